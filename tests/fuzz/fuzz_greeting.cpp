// A server may say anything before a key is exchanged, in pieces of any size.
#include "expect.hpp"
#include "ssh/transport/greeting.hpp"

#include <algorithm>

using namespace towline;
using namespace towline::fuzz;

namespace {

const ssh::Algorithms ours = ssh::algorithms_for({}, ssh::algorithm_names(ssh::host_key_names));

std::string read(Bytes bytes, std::size_t piece) {
  ssh::PeerWords words;
  ssh::Greeting greeting(words);
  while (!bytes.empty()) {
    const auto n = std::min(piece, bytes.size());
    greeting.read(bytes.first(n));
    bytes = bytes.subspan(n);
  }
  greeting.end();
  auto heard = words.quoted();
  require_one_line(heard);
  if (!greeting.kexinit()) return heard;
  if (const auto failure = ssh::no_common_algorithm(ours, *greeting.kexinit())) {
    require_one_line(failure->message());
    heard += failure->message();
  }
  return heard + greeting.kexinit()->key_exchange;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  require(read(bytes, data[0] + 1U) == read(bytes, bytes.size()));
  return 0;
}
