// Hosts and ports as people write them and as servers report them, and the PROXY header that a target gets of
// them.
#include "expect.hpp"
#include "forward/proxy_protocol.hpp"
#include "net/host_port.hpp"

#include <algorithm>
#include <string>

using namespace towline;
using namespace towline::fuzz;
using forward::ProxyProtocol;

namespace {

void read_address(std::string_view text) {
  const auto where = net::parse_host_port(text, 22);
  if (!where) return;
  require(!where->host.empty() && where->host.size() <= 255);
  require_one_line(where->host);
  require(net::parse_host_port(net::to_string(*where), 0) == where);
  require(net::parse_host(where->host) == where->host);
}

// proxy-protocol.txt, 2.1: one line of at most 107 characters.
void expect_v1(std::string_view header) {
  require(header.size() <= 107 && header.ends_with("\r\n"));
  header.remove_suffix(2);
  require_one_line(header);
  if (header == "PROXY UNKNOWN") return;
  const auto words = std::ranges::count(header, ' ') + 1;
  require(words == 6 && (header.starts_with("PROXY TCP4 ") || header.starts_with("PROXY TCP6 ")));
}

// 2.2: the length says what follows the 16 bytes.
void expect_v2(std::string_view header) {
  require(header.size() >= 16);
  const auto length = static_cast<unsigned char>(header[14]) << 8U | static_cast<unsigned char>(header[15]);
  require(header.size() == 16U + static_cast<std::size_t>(length));
  require(header[12] == 0x20 ? length == 0 : header[12] == 0x21 && (length == 12 || length == 36));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of({data, size});
  read_address(text);
  (void)net::parse_port(text);
  const auto cut = std::min(text.find('\n'), size);
  const net::HostPort originator{std::string(text.substr(0, cut)), 50'000};
  const net::HostPort bound{std::string(text.substr(std::min(cut + 1, size))), 65'535};
  expect_v1(forward::proxy_header(ProxyProtocol::v1, originator, bound));
  expect_v2(forward::proxy_header(ProxyProtocol::v2, originator, bound));
  return 0;
}
