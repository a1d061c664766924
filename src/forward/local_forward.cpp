#include "forward/local_forward.hpp"

#include "forward/carrier.hpp"
#include "forward/open_channel.hpp"

#include <utility>

namespace towline::forward {

net::HostPort originator_to_tell(const Arrival& arrival) {
  // What OpenSSH says for a client of a unix socket (PROTOCOL, 2.4 has no other place for it).
  if (arrival.originator.host.empty()) return {"127.0.0.1", 65535};
  return arrival.originator;
}

ssh::connection::OpenRequest open_request(const ForwardSpec& spec, const Arrival& arrival) {
  if (!spec.connect_path.empty()) return ssh::connection::DirectStreamlocal{spec.connect_path};
  return ssh::connection::DirectTcpip{spec.connect, originator_to_tell(arrival)};
}

Task<> serve_local(Site site, net::Stream socket, Arrival arrival) {
  auto request = open_request(site.spec, arrival);
  auto channel = co_await open_channel(site, socket, std::move(request));
  if (!channel) {
    if (site.carrier && site.carrier->give_back(channel.error(), socket, arrival)) co_return;
    report_failed(site, arrival, channel_failure(channel.error().code), channel.error());
    net::reset(socket);
    co_return;
  }
  co_await carry(site, std::move(*channel), std::move(socket), std::move(arrival));
}

}  // namespace towline::forward
