#include "observe/session_algorithms.hpp"

namespace towline::observe {

std::vector<Field> fields_of(const SessionAlgorithms& algorithms) {
  return {{"kex", algorithms.kex},
          {"host_key_algorithm", algorithms.host_key_algorithm},
          {"cipher", algorithms.cipher},
          {"mac", algorithms.mac},
          {"cipher_to_client", algorithms.cipher_to_client},
          {"mac_to_client", algorithms.mac_to_client}};
}

}  // namespace towline::observe
