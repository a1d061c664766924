#include "supervisor/explain_jump_host.hpp"

#include "net/error.hpp"
#include "ssh/error.hpp"
#include "ssh/forwarding_rules.hpp"
#include "ssh/hops.hpp"
#include "supervisor/explain.hpp"
#include "supervisor/explain_authentication.hpp"
#include "supervisor/explain_words.hpp"

#include <boost/asio/error.hpp>

namespace towline::supervisor {

namespace {

using ssh::errc;

std::string next_server(const ssh::Options& options, std::size_t index) {
  const bool last = index + 1 >= options.jump_hosts.size();
  return net::to_string(last ? options.server : options.jump_hosts[index + 1].server);
}

}  // namespace

std::string hint_at_jump_host(const Failure& failure, const ssh::Options& options, std::size_t index) {
  const auto& code = failure.code;
  const auto& hop = options.jump_hosts[index];
  const auto name = ssh::jump_host_name(hop.server);
  if (code == errc::open_administratively_prohibited || code == errc::open_unknown_channel_type) {
    return name + " forbids it: see " + ssh::rules_on_opening;
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
  if (auto advice = hint_by_words(failure, hop.user); !advice.empty()) return advice;
  const Login login{.user = hop.user,
                    .credentials = hop.credentials,
                    .server = name,
                    .sshd_config = "the sshd_config of " + name,
                    .key_variable = "SSH_JUMP_KEY_FILE",
                    .user_variable = "the user in SSH_JUMP_HOSTS",
                    .passwords = false};
  if (auto advice = authentication_hint(failure, login); !advice.empty()) return advice;
  return hint(failure, ssh::servers_on_the_way(options)[index]);
}

}  // namespace towline::supervisor
