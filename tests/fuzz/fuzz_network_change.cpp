// What the kernel says about addresses and routes.
#include "expect.hpp"
#include "supervisor/network_change.hpp"

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  supervisor::KnownNetwork known;
  for (const auto& change : supervisor::network_changes(std::as_bytes(Bytes(data, size)))) {
    require(change.piece.bytes.size() < size);
    known.apply(change);
    require(!known.apply(change));
  }
  return 0;
}
