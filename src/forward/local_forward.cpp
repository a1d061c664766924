#include "forward/local_forward.hpp"

#include "async/event.hpp"
#include "async/wait.hpp"
#include "forward/socks_handshake.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>
#include <tuple>
#include <utility>

namespace towline::forward {

using observe::ConnectionFailure;
using observe::ForwardState;
using observe::Steady;

namespace {

// A program sends its request in one go; this is for a slow network, and bounds what a silent client holds.
constexpr std::chrono::seconds handshake_timeout{20};
constexpr std::chrono::seconds goodbye_timeout{2};

Task<> ask(const Site& site, ssh::connection::OpenRequest request,
           std::optional<Result<ssh::Channel>>& answer) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto deadline = Steady::now() + site.spec.target_timeout;
  answer = co_await site.session.open(std::move(request), deadline);
}

// Ends with the client; its bytes stay in the socket.
Task<> until_gone(net::Stream& client, bool& gone) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto ec = co_await wait(client, net::Stream::wait_error);
  if (ec == asio::error::operation_aborted) co_return;
  gone = ec || net::has_hung_up(client);
  if (gone) co_return;
  // Urgent data wakes this wait too, and would do so again and again.
  Event nothing_more(client.get_executor());
  co_await nothing_more.wait();
}

// For as long as the client waits, and at most the forward's target_timeout. Errors: those of
// Session::open(), and connection_reset where the client has gone meanwhile: net::has_hung_up().
Task<Result<ssh::Channel>> open_channel(const Site& site, net::Stream& client,
                                        ssh::connection::OpenRequest request) {
  using namespace asio::experimental::awaitable_operators;
  if (co_await cancelled()) co_return Failure(asio::error::operation_aborted);
  std::optional<Result<ssh::Channel>> answer;
  bool gone = false;
  co_await (ask(site, std::move(request), answer) || until_gone(client, gone));
  if (gone && !(answer && *answer)) co_return Failure(asio::error::connection_reset);
  co_return std::move(*answer);
}

// A session that ends during the handshake is not the client's fault.
ConnectionFailure handshake_failure(const error_code& code) {
  return code == asio::error::operation_aborted ? ConnectionFailure::not_up : ConnectionFailure::handshake;
}

}  // namespace

ssh::connection::OpenRequest open_request(const ForwardSpec& spec, const Arrival& arrival) {
  if (!spec.connect_path.empty()) return ssh::connection::DirectStreamlocal{spec.connect_path};
  const auto& target = arrival.request ? arrival.request->target : spec.connect;
  // What OpenSSH says for a client of a unix socket (PROTOCOL, 2.4 has no other place for it).
  const bool is_unix = arrival.originator.host.empty();
  return ssh::connection::DirectTcpip{target,
                                      is_unix ? net::HostPort{"127.0.0.1", 65535} : arrival.originator};
}

LocalForward::LocalForward(LocalEntry& entry, Site site)
    : Carrier(entry, site.connections.executor()), site_(site) {}

void LocalForward::start() {
  // A successor finds the forward up and keeps it so.
  if (site_.report.status().state != ForwardState::up) site_.report.enter(ForwardState::binding);
  join();
}

void LocalForward::on_listening(std::uint16_t port) {
  site_.report.up(port);
  site_.watch.listens(true);
}

void LocalForward::on_unbound(const Explanation& why) {
  site_.report.down(ForwardState::binding, why);
  site_.watch.listens(false);
}

void LocalForward::on_accepted(net::Stream socket, Arrival arrival) {
  site_.connections.spawn(serve(std::move(socket), std::move(arrival)));
}

Task<> LocalForward::serve(net::Stream socket, Arrival arrival) {
  if (site_.spec.mode == Mode::dynamic && !co_await hear_request(socket, arrival)) co_return;
  auto channel = co_await open_channel(site_, socket, open_request(site_.spec, arrival));
  if (!channel) co_return co_await not_opened(socket, arrival, channel.error());
  // A client that is gone by now is found out by the pump.
  if (arrival.request) std::ignore = socks::send_reply(socket, socks::granted(arrival.request->version));
  co_await carry(site_, std::move(*channel), std::move(socket), std::move(arrival));
}

// It is there already where another session had to give the connection back.
Task<bool> LocalForward::hear_request(net::Stream& socket, Arrival& arrival) {
  if (arrival.request) co_return true;
  auto request = co_await socks::read_request(socket, Steady::now() + handshake_timeout);
  if (request) {
    arrival.request = *std::move(request);
    co_return true;
  }
  const auto& code = request.error().code;
  report_failed(site_, arrival, handshake_failure(code), request.error(), socks::hint(code));
  co_await socks::close_after_reply(socket, Steady::now() + goodbye_timeout);
  co_return false;
}

// Another session takes the connection, if it was this one's fault.
Task<> LocalForward::not_opened(net::Stream& socket, Arrival& arrival, const Failure& failure) {
  const auto reason = channel_failure(failure.code);
  if (reason == ConnectionFailure::not_up && !keeps_all_) {
    leave();
    co_return give_back(std::move(socket), std::move(arrival));
  }
  report_failed(site_, arrival, reason, failure);
  if (!arrival.request) co_return net::reset(socket);
  std::ignore = socks::send_reply(socket, socks::failed(arrival.request->version, reason));
  co_await socks::close_after_reply(socket, Steady::now() + goodbye_timeout);
}

}  // namespace towline::forward
