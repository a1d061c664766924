#include "forward/dynamic_forward.hpp"

#include "forward/carrier.hpp"
#include "forward/local_forward.hpp"
#include "forward/open_channel.hpp"
#include "forward/socks_handshake.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace towline::forward {

namespace {

using observe::ConnectionFailure;
using observe::Steady;

// A program sends its request in one go; this is for a slow network, and bounds what a silent client holds.
constexpr std::chrono::seconds handshake_timeout{20};
constexpr std::chrono::seconds goodbye_timeout{2};

// A session that ends during the handshake is not the client's fault.
ConnectionFailure handshake_failure(const error_code& code) {
  return code == asio::error::operation_aborted ? ConnectionFailure::not_up : ConnectionFailure::handshake;
}

}  // namespace

Task<> serve_dynamic(Site site, net::Stream socket, Arrival arrival) {
  // It is there already where another session had to give the connection back.
  if (!arrival.request) {
    auto request = co_await socks::read_request(socket, Steady::now() + handshake_timeout);
    if (!request) {
      const auto& code = request.error().code;
      report_failed(site, arrival, handshake_failure(code), request.error(), socks::hint(code));
      co_return co_await socks::close_after_reply(socket, Steady::now() + goodbye_timeout);
    }
    arrival.target = net::to_string(request->target);
    arrival.request = *std::move(request);
  }
  const auto request = *arrival.request;
  ssh::connection::OpenRequest open =
      ssh::connection::DirectTcpip{request.target, originator_to_tell(arrival)};
  auto channel = co_await open_channel(site, socket, std::move(open));
  if (!channel) {
    if (site.carrier && site.carrier->give_back(channel.error(), socket, arrival)) co_return;
    const auto reason = channel_failure(channel.error().code);
    report_failed(site, arrival, reason, channel.error());
    [[maybe_unused]] const auto told = socks::send_reply(socket, socks::failed(request.version, reason));
    co_return co_await socks::close_after_reply(socket, Steady::now() + goodbye_timeout);
  }
  // A client that is gone by now is found out by the pump.
  [[maybe_unused]] const auto told = socks::send_reply(socket, socks::granted(request.version));
  co_await carry(site, std::move(*channel), std::move(socket), std::move(arrival));
}

}  // namespace towline::forward
