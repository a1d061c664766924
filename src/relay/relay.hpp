// A channel of one connection joined with one of another: what one side says is what the other hears.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "relay/tap.hpp"
#include "ssh/session/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace towline::relay {

struct Joint;

enum class RelayEnd {
  closed,        // by one side, and what it had said before has been handed on
  session_lost,  // the channel of one side went with its connection
  flooded,       // one side asks for more than can be held while the other takes nothing
  tapped,        // the tap has ended it
  cancelled,
};

// For a log: "the channel was closed".
std::string_view sentence(RelayEnd end);

// Bytes of both streams that have been handed on.
struct Carried {
  std::uint64_t from_a = 0;
  std::uint64_t from_b = 0;

  bool operator==(const Carried&) const = default;
};

struct RelayResult {
  RelayEnd end = RelayEnd::closed;
  Side by = Side::a;  // whose doing it was; of no meaning when it was cancelled
  Carried carried{};
};

// A refusal to open a channel as the peer gave it (RFC 4254, 5.1).
struct Refusal {
  std::uint32_t code;
  std::string text;
};

// Data, extended data, EOF, CLOSE, requests and their answers are carried both ways, each side's in the order
// in which it said them, and nothing else is said. The window is the only buffer: it is opened when the other
// side has taken the bytes. Channels are closed at the end. `tap` may be nullptr and outlives it. Not
// thread-safe; both connections are on one io_context, and outlive it.
class Relay {
 public:
  // `a` is offered, and open() comes next.
  Relay(const asio::any_io_executor& executor, ssh::Channel a, Tap* tap = nullptr);
  // Both are open. Neither may have asked for anything before.
  Relay(const asio::any_io_executor& executor, ssh::Channel a, ssh::Channel b, Tap* tap = nullptr);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Opens b on `connection` as `request` says (OpaqueChannel: as it was asked for), and then accepts a. After
  // a failure a still waits: open() it elsewhere, or refuse() it. Given up when a's connection is lost.
  // Errors: as Connection::open(), or a's end.
  Task<Result<>> open(ssh::Connection& connection, ssh::connection::OpenRequest request, Deadline deadline);
  // How the peer refused in the last open(); nothing where it did not.
  const std::optional<Refusal>& refusal() const;
  // Tells a what b was told; `otherwise`: what it is told where b was not opened for another reason.
  void refuse(ssh::errc otherwise, std::string_view text);

  // Until the relay is over; at once, where it is. Once.
  Task<RelayResult> run();

  Carried carried() const;   // so far
  std::size_t held() const;  // bytes that one side has said and the other has not taken

 private:
  std::unique_ptr<Joint> joint_;
};

// Joins two open channels.
Task<RelayResult> relay(ssh::Channel a, ssh::Channel b, Tap* tap = nullptr);

// Opens on `connection` what `offered` is offered for, refuses it as it is refused there, or joins the two.
// A failure: there was nothing to join.
Task<Result<RelayResult>> relay_open(ssh::Channel offered, ssh::connection::OpenRequest request,
                                     ssh::Connection& connection, Deadline deadline, Tap* tap = nullptr);

}  // namespace towline::relay
