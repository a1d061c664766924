#include "supervisor/explain_negotiation.hpp"

#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/transport/negotiation.hpp"
#include "text/pattern.hpp"

#include <span>
#include <string_view>

namespace towline::supervisor {

namespace {

// One of the lists: how ssh_config(5) and sshd_config(5) call it, what is asked for and what we have.
struct List {
  const char* option;
  const std::string& wish;
  std::span<const std::string_view> ours;
  const char* usual;         // of ours, what any server has
  const char* besides = "";  // what a change of the server's takes
};

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) list += (list.empty() ? "" : ",") + std::string(name);
  return list;
}

// Of what it offers, what we would have with another OpenSSL.
std::string with_another_openssl(std::string_view offered) {
  while (!offered.empty()) {
    const auto name = text::take_listed(offered);
    if (const auto why = ssh::why_unavailable(name); !why.empty()) return std::string(name) + ' ' + why;
  }
  return {};
}

bool all_forbidden(std::string_view offered) {
  if (offered.empty()) return false;
  while (!offered.empty()) {
    if (!ssh::is_forbidden_algorithm(text::take_listed(offered))) return false;
  }
  return true;
}

std::string hint_on(const List& list, const Failure& failure) {
  const auto& offered = failure.offered;
  const auto ours = list_of(list.ours);
  const auto left_out = ssh::common_algorithms(ours, offered);
  if (!left_out.empty() && !list.wish.empty())
    return std::string("add ") + left_out + " to " + list.option + " in SSH_OPTIONS, or leave that out";
  auto why = with_another_openssl(offered);
  if (why.empty())
    why =
        all_forbidden(offered) ? "what it offers is broken and never used here" : "towline has none of these";
  return why + ": add " + list.usual + " (or another of ours) to " + list.option +
         " in the sshd_config of {address}" + list.besides;
}

}  // namespace

std::string no_common_key_exchange(const Failure& failure, const Peer& peer) {
  return hint_on(
      {"KexAlgorithms", peer.options.algorithms.key_exchange, ssh::key_exchange_names, "curve25519-sha256"},
      failure);
}

std::string no_common_host_key(const Failure& failure, const Peer& peer) {
  return hint_on({"HostKeyAlgorithms", peer.options.algorithms.host_key, ssh::host_key_names, "ssh-ed25519",
                  ", and make its key there (ssh-keygen -A)"},
                 failure);
}

std::string no_common_cipher(const Failure& failure, const Peer& peer) {
  return hint_on({"Ciphers", peer.options.algorithms.cipher, ssh::cipher_names, "aes128-gcm@openssh.com"},
                 failure);
}

std::string no_common_mac(const Failure& failure, const Peer& peer) {
  return hint_on({"MACs", peer.options.algorithms.mac, ssh::mac_names, "hmac-sha2-256-etm@openssh.com"},
                 failure);
}

}  // namespace towline::supervisor
