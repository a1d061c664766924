// A server may show any blob as its certificate.
#include "ssh/host_certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace towline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = ssh::parse_host_certificate({data, size});
  if (!certificate) return 0;
  // Nobody has signed what the fuzzer makes up.
  if (ssh::objection_to(*certificate, "example.com", std::chrono::system_clock::now()).empty()) std::abort();
  return 0;
}
