#include "ssh/server/endpoint.hpp"

#include "async/deadline.hpp"
#include "net/error.hpp"
#include "net/tcp_wire.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string_view>
#include <sys/socket.h>
#include <tuple>
#include <utility>

namespace towline::ssh {

using std::chrono::steady_clock;

namespace {

// Where a descriptor cannot be had: those in use must be given back first.
constexpr std::chrono::milliseconds accept_pause{100};

SourceAddress source_of(const net::HostPort& peer) {
  error_code not_an_address;
  const auto address = asio::ip::make_address(peer.host, not_an_address);
  return not_an_address ? std::nullopt : SourceAddress(address);
}

// In the words of sshd, which a client shows when no identification comes (RFC 4253, 4.2: lines may stand
// before it).
void turn_away(net::Stream& socket, TurnedAway why) {
  const std::string_view words =
      why == TurnedAway::penalty ? "Not allowed at this time\r\n" : "Exceeded MaxStartups\r\n";
  ::send(socket.native_handle(), words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  error_code ignored;
  socket.shutdown(net::Stream::shutdown_send, ignored);
  socket.close(ignored);
}

Misdeed misdeed_of(const NoLogin& end, bool attempted) {
  if (end.refusal == Refusal::login_timeout) return Misdeed::grace_exceeded;
  return attempted ? Misdeed::authentication_failed : Misdeed::no_authentication;
}

}  // namespace

Endpoint::Endpoint(asio::any_io_executor executor, const EndpointOptions& options, ServerKeys& keys,
                   Users users, std::string banner, LoginHelp& help, ClientNumbers& numbers,
                   EndpointObserver& observer, Serve serve)
    : executor_(executor),
      options_(options),
      login_(std::make_shared<const LoginOptions>(options.login)),
      keys_(keys),
      users_(std::move(users)),
      banner_(std::move(banner)),
      help_(help),
      numbers_(numbers),
      observer_(observer),
      serve_(std::move(serve)),
      admission_(options),
      logins_(executor),
      clients_(executor) {}

Task<> Endpoint::accept(net::Acceptor& acceptor) {
  while (!co_await cancelled()) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (!ec) {
      arrived(std::move(socket));
    } else if (net::is_resource_shortage(ec)) {
      if (co_await sleep_until(steady_clock::now() + accept_pause)) co_return;
    }
  }
}

Task<> Endpoint::close() {
  logins_.cancel();
  while (logins_.size() > 0) co_await logins_.join();
  while (clients_.size() > 0) co_await clients_.join();
}

void Endpoint::arrived(net::Stream socket) {
  Newcomer who{.number = numbers_.next(), .address = net::peer_of(socket)};
  auto source = source_of(who.address);
  if (const auto why = admission_.judge(source, steady_clock::now(), random_())) {
    observer_.on_turned_away(who, *why);
    return turn_away(socket, *why);
  }
  logins_.spawn(receive(std::move(socket), std::move(who), std::move(source)));
}

Task<> Endpoint::receive(net::Stream socket, Newcomer who, SourceAddress source) {
  auto guest = admission_.enter(source);
  observer_.on_connected(who);
  auto transport =
      std::make_unique<ServerTransport>(std::make_unique<net::TcpWire>(std::move(socket)), keys_);
  auto user = co_await admit(*transport, who, source);
  if (!user) co_return;
  guest.logged_in();
  observer_.on_login(who, *user, *transport);
  clients_.spawn(keep(std::move(guest), std::move(who), std::move(*user), std::move(transport)));
}

Task<> Endpoint::keep(Admission::Guest guest, Newcomer who, LoggedIn user,
                      std::unique_ptr<ServerTransport> transport) {
  const auto gone = co_await serve_(who, user, std::move(transport));
  observer_.on_gone(who, user, gone);
  std::ignore = guest;
}

Task<std::optional<LoggedIn>> Endpoint::admit(ServerTransport& transport, const Newcomer& who,
                                              const SourceAddress& source) {
  const auto deadline = who.since + options_.login.login_timeout;
  if (auto shaken = co_await transport.handshake(deadline); !shaken) {
    const bool late = shaken.error().code == errc::connect_timeout;
    not_admitted(who, source, {}, false,
                 {late ? Refusal::login_timeout : Refusal::none, std::move(shaken).error()});
    co_return std::nullopt;
  }
  const auto session_id = transport.session_id();
  UserAuthentication authentication(login_, users_(),
                                    {.address = source,
                                     .session_id = {session_id.begin(), session_id.end()},
                                     .host_key = transport.host_key().blob});
  const auto refused = [&](const RefusedAttempt& attempt) {
    observer_.on_refused(who, authentication.user(), attempt);
  };
  auto end = co_await before(deadline, log_in(transport, authentication, banner_, help_, refused));
  if (!end)
    end = LoginEnd{.user = {},
                   .no_login = {Refusal::login_timeout, Failure(errc::login_ended, "it took too long")}};
  if (end->user) co_return std::move(*end->user);
  not_admitted(who, source, authentication.user(), authentication.attempted(), end->no_login);
  co_return std::nullopt;
}

void Endpoint::not_admitted(const Newcomer& who, const SourceAddress& source, const std::string& user,
                            bool attempted, const NoLogin& end) {
  if (end.why.code == asio::error::operation_aborted) return;
  observer_.on_no_login(who, user, end);
  // On this machine it is one of our own programs, and all of them have the same address.
  if (source && !source->is_loopback())
    admission_.punish(source, misdeed_of(end, attempted), steady_clock::now());
}

}  // namespace towline::ssh
