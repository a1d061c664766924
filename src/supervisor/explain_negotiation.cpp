#include "supervisor/explain_negotiation.hpp"

#include "ssh/algorithm_policy.hpp"
#include "ssh/error.hpp"
#include "ssh/negotiation.hpp"
#include "ssh/pattern.hpp"

#include <span>
#include <string_view>

namespace towline::supervisor {

namespace {

using ssh::errc;

// One of the lists: how ssh_config(5) and sshd_config(5) call it, what is asked for and what we have.
struct List {
  const char* option;
  const std::string& wish;
  std::span<const std::string_view> ours;
};

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ",") + std::string(name);
  return list;
}

bool all_forbidden(std::string_view offered) {
  if (offered.empty()) return false;
  while (!offered.empty()) {
    if (!ssh::is_forbidden_algorithm(ssh::take_listed(offered))) return false;
  }
  return true;
}

std::string hint_on(const List& list, const std::string& offered, const std::string& sshd) {
  const auto ours = list_of(list.ours);
  const auto left_out = ssh::common_algorithms(ours, offered);
  if (!left_out.empty() && !list.wish.empty())
    return std::string("add ") + left_out + " to " + list.option + " in SSH_OPTIONS, or leave that out";
  const std::string why =
      all_forbidden(offered) ? "what it offers is broken and never used here" : "towline has none of these";
  return why + ": add " + std::string(list.ours.front()) + " (or another of ours) to " + list.option +
         " in the sshd_config of " + sshd;
}

}  // namespace

std::string negotiation_hint(const Failure& failure, const ssh::AlgorithmOptions& wish,
                             const std::string& sshd) {
  if (failure.code == errc::no_common_key_exchange)
    return hint_on({"KexAlgorithms", wish.key_exchange, ssh::key_exchange_names}, failure.offered, sshd);
  if (failure.code == errc::no_common_cipher)
    return hint_on({"Ciphers", wish.cipher, ssh::cipher_names}, failure.offered, sshd);
  if (failure.code == errc::no_common_mac)
    return hint_on({"MACs", wish.mac, ssh::mac_names}, failure.offered, sshd);
  if (failure.code == errc::no_common_host_key)
    return hint_on({"HostKeyAlgorithms", wish.host_key, ssh::host_key_names}, failure.offered,
                   sshd + ", and make its key there (ssh-keygen -A)");
  if (failure.code == errc::no_common_compression)
    return "allow connections without compression on " + sshd + ": towline has none";
  return {};
}

}  // namespace towline::supervisor
