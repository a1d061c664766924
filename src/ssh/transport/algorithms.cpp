#include "ssh/transport/algorithms.hpp"

#include <utility>

namespace towline::ssh {

namespace {

std::string name_list(const AlgorithmNames& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

std::string chosen(const std::string& wish, const AlgorithmNames& ours) {
  const auto choice = choose_algorithms(wish, ours);
  return name_list(choice.names.empty() ? ours : choice.names);
}

// Certificates before plain keys, as in OpenSSH's default. Security keys sign in an agent.
AlgorithmNames user_key_names() {
  AlgorithmNames names;
  auto keys = algorithm_names(host_key_names);
  for (const auto& name : keys) names.push_back(name + std::string(certificate_suffix));
  for (const auto& type : key_types) {
    if (type.kind != KeyKind::security_key) continue;
    names.emplace_back(type.certificate);
    keys.emplace_back(type.name);
  }
  names.insert(names.end(), keys.begin(), keys.end());
  return names;
}

}  // namespace

Algorithms algorithms_for(const AlgorithmOptions& wish, const AlgorithmNames& host_keys) {
  return {.key_exchange = chosen(wish.key_exchange, algorithm_names(key_exchange_names)),
          .host_key = chosen(wish.host_key, host_keys),
          .cipher = chosen(wish.cipher, algorithm_names(cipher_names)),
          .mac = chosen(wish.mac, algorithm_names(mac_names)),
          .signature = chosen(wish.signature, user_key_names())};
}

Algorithms server_algorithms_for(const AlgorithmOptions& wish, const AlgorithmNames& host_keys) {
  return {.key_exchange = chosen(wish.key_exchange, algorithm_names(server_key_exchange_names)),
          .host_key = chosen(wish.host_key, host_keys),
          .cipher = chosen(wish.cipher, algorithm_names(cipher_names)),
          .mac = chosen(wish.mac, algorithm_names(server_mac_names)),
          .signature = chosen(wish.signature, algorithm_names(host_key_names))};
}

Negotiated::Way negotiated_way(std::string cipher, std::string mac) {
  if (authenticates_itself(cipher)) mac.clear();
  return {std::move(cipher), std::move(mac)};
}

}  // namespace towline::ssh
