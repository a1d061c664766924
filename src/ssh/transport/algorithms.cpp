#include "ssh/transport/algorithms.hpp"

namespace towline::ssh {

namespace {

std::string comma_list(const AlgorithmNames& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

std::string chosen(const std::string& wish, const AlgorithmNames& ours) {
  const auto choice = choose_algorithms(wish, ours);
  return comma_list(choice.names.empty() ? ours : choice.names);
}

}  // namespace

Algorithms algorithms_for(const AlgorithmOptions& wish, const AlgorithmNames& host_keys) {
  Algorithms algorithms{.key_exchange = chosen(wish.key_exchange, algorithm_names(key_exchange_names)),
                        .host_key = chosen(wish.host_key, host_keys),
                        .cipher = chosen(wish.cipher, algorithm_names(cipher_names)),
                        .mac = chosen(wish.mac, algorithm_names(mac_names)),
                        .signature = {}};
  // Only RSA keys leave a choice: every other type has one algorithm.
  auto signatures = choose_algorithms(wish.signature, algorithm_names(host_key_names)).names;
  std::erase_if(signatures, [](const std::string& name) { return !name.starts_with("rsa-sha2-"); });
  algorithms.signature = signatures.empty() ? "rsa-sha2-512,rsa-sha2-256" : comma_list(signatures);
  return algorithms;
}

}  // namespace towline::ssh
