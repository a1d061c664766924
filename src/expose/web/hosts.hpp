// How the entrance for visitors sees the clients: which of them has a host, and a channel to it. Who
// implements it knows what clients have asked for.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "expose/web/idle_channels.hpp"
#include "expose/web/no_way.hpp"
#include "net/host_port.hpp"
#include "ssh/session/channel.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace towline::expose::web {

// Who asks, on one connection.
struct Visitor {
  net::HostPort address;  // the originator of what is opened for it
  net::HostPort local;    // where it came in
  bool over_tls = false;
  std::string sni{};  // lower case; what it wants, nothing that it has proved
};

// What the client wants to be done for its host.
struct HttpRules {
  bool force_https = false;                  // redirect what comes without TLS
  std::string host{};                        // written as Host instead of the visitor's; empty: the visitor's
  std::chrono::seconds strict_transport{0};  // Strict-Transport-Security over TLS; 0: none
};

// One request, when it is over. Views live for the call, and are the visitor's own words: to be cleaned
// before they are shown (a method is a token, a target has no space and no control character).
struct RequestLine {
  const Visitor& visitor;
  std::string_view method;
  std::string_view host;
  std::string_view target;
  unsigned status = 0;                             // 0: the visitor got no answer
  std::uint64_t bytes_received = 0;                // of bodies: from the visitor
  std::uint64_t bytes_sent = 0;                    // to it
  std::chrono::steady_clock::duration duration{};  // from the request's first byte
};

// A host as one client offers it, the one that was chosen for this visitor. Whoever has a channel of it keeps
// it, so the client's Connection must outlive it. What choose() gives may count for as long as it is held,
// and so is held for one request only. On the client's io_context.
class HttpOffer : public std::enable_shared_from_this<HttpOffer> {
 public:
  virtual ~HttpOffer() = default;

  virtual const HttpRules& rules() const = 0;
  // A forwarded-tcpip channel. Errors: those of ssh::Connection::open().
  virtual Task<Result<ssh::Channel>> open(const Visitor& visitor, Deadline deadline) = 0;
  virtual void on_request(const RequestLine& line) = 0;
  // So many bytes of bodies have gone to the client, or come from it: how long the next ones wait.
  virtual std::chrono::steady_clock::duration sent(std::size_t /*bytes*/) { return {}; }
  virtual std::chrono::steady_clock::duration received(std::size_t /*bytes*/) { return {}; }
  // Nothing can be opened any more: the client has cancelled it, or its session is over.
  virtual bool gone() const = 0;

  // Those that wait for the next request: the entrance's. They count as connections of the offer.
  IdleChannels& idle() { return idle_; }

 private:
  IdleChannels idle_;
};

// On the io_context of the entrance.
class Hosts {
 public:
  virtual ~Hosts() = default;

  // A visitor has connected, before its first byte is read; nothing: let it in, and leave() follows. Counts
  // and networks of addresses are decided here. Who is not let in is told why, over plain HTTP, and closed.
  virtual std::optional<NoWay> enter(const Visitor& visitor) = 0;
  virtual void leave(const Visitor& visitor) = 0;

  // For one request to `host`: lower case, without port and trailing dot, an IPv6 address without brackets;
  // empty for HTTP/1.0 that names none. The pointer is never null.
  virtual std::variant<std::shared_ptr<HttpOffer>, NoWay> choose(std::string_view host,
                                                                 const Visitor& visitor) = 0;
  // Who speaks TLS with visitors of `sni` itself; null: we do, or nobody.
  virtual std::shared_ptr<HttpOffer> passthrough(std::string_view sni, const Visitor& visitor) = 0;
};

}  // namespace towline::expose::web
