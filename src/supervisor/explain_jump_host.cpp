#include "supervisor/explain_jump_host.hpp"

#include "net/error.hpp"
#include "ssh/error.hpp"
#include "ssh/hops.hpp"
#include "supervisor/explain.hpp"

#include <boost/asio/error.hpp>

namespace towline::supervisor {

namespace {

using ssh::errc;

std::string next_server(const ssh::Options& options, std::size_t index) {
  const bool last = index + 1 >= options.jump_hosts.size();
  return net::to_string(last ? options.server : options.jump_hosts[index + 1].server);
}

}  // namespace

std::string hint_at_jump_host(const boost::system::error_code& code, const ssh::Options& options,
                              std::size_t index) {
  const auto& hop = options.jump_hosts[index];
  const auto name = ssh::jump_host_name(hop.server);
  const bool no_key = hop.credentials.keys.empty() && hop.credentials.agent_socket.empty();
  if (code == errc::authentication_refused && no_key) {
    return "there is no key for " + name + ": set SSH_JUMP_KEY_FILE, or SSH_KEY_FILE for every server";
  }
  if (code == errc::authentication_refused) {
    return "add the public key to ~" + hop.user + "/.ssh/authorized_keys on " + name +
           ", and check the user in SSH_JUMP_HOSTS and the key in SSH_JUMP_KEY_FILE";
  }
  if (code == errc::open_administratively_prohibited || code == errc::open_unknown_channel_type) {
    return "allow it in the sshd_config of " + name + ": AllowTcpForwarding and PermitOpen";
  }
  if (code == errc::open_connect_failed || code == errc::open_timeout) {
    return "check that " + next_server(options, index) + " can be reached from " + name +
           ", where its name is looked up too";
  }
  if (code == errc::open_resource_shortage) return name + " is out of channels or memory";
  if (code == net::errc::name_not_found || code == net::errc::no_address) {
    return "check SSH_JUMP_HOSTS and the name servers in /etc/resolv.conf";
  }
  if (code == boost::asio::error::connection_refused) {
    return "check SSH_JUMP_HOSTS, and that sshd runs on " + name;
  }
  return hint(code, ssh::servers_on_the_way(options)[index]);
}

}  // namespace towline::supervisor
