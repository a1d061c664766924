// Somebody who looks at what a relay carries: a recording, or who decides what may be asked for.
#pragma once

#include "ssh/wire/message.hpp"
#include "text/secret_bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace towline::relay {

enum class Side : std::uint8_t { a, b };

constexpr Side other(Side side) { return side == Side::a ? Side::b : Side::a; }

enum class Ruling : std::uint8_t { pass, refuse, end };

// A request that is made where another one was asked for.
struct OtherRequest {
  std::string type;
  text::SecretBytes payload;
};

// Hears of each thing, by the side that it came from, when it is about to be handed on; false: it is not, and
// the relay is over. Called on the relay's io_context, from inside Connection::run() as well.
class Tap {
 public:
  virtual ~Tap() = default;
  // `stream`: 0, or a type of extended data (RFC 4254, 5.2).
  virtual bool on_data(Side /*from*/, std::uint32_t /*stream*/, ssh::Bytes /*data*/) { return true; }
  // Refused: it is not handed on, and answered with a failure if it wants an answer.
  virtual Ruling on_request(Side /*from*/, std::string_view /*type*/, ssh::Bytes /*payload*/,
                            bool /*want_reply*/) {
    return Ruling::pass;
  }
  // What is handed on where that passes, and answered in its place; nothing: it itself.
  virtual std::optional<OtherRequest> instead_of(Side /*from*/, std::string_view /*type*/) { return {}; }
  // To the oldest request of the other side that has none.
  virtual bool on_reply(Side /*from*/, bool /*success*/) { return true; }
  virtual bool on_eof(Side /*from*/) { return true; }
  virtual void on_close(Side /*from*/) {}
};

}  // namespace towline::relay
