// What a visitor says first at the TLS listener: it is understood in whatever pieces it comes, and never
// beyond its end.
#include "expect.hpp"
#include "expose/tls/client_hello.hpp"

#include <string>

using namespace towline;
using namespace towline::fuzz;
using namespace towline::expose::tls;

namespace {

bool is_none(const std::variant<ClientHello, NoHello>& seen, NoHello what) {
  const auto* why = std::get_if<NoHello>(&seen);
  return why && *why == what;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = text_of({data + 1, size - 1});
  const auto seen = parse_client_hello(text);
  const auto before = parse_client_hello(text.substr(0, text.size() * *data / 256));
  // What has been seen stays.
  if (is_none(before, NoHello::not_tls)) require(is_none(seen, NoHello::not_tls));
  if (const auto* earlier = std::get_if<ClientHello>(&before)) {
    const auto* hello = std::get_if<ClientHello>(&seen);
    require(hello && hello->server_name == earlier->server_name && hello->protocols == earlier->protocols);
  }
  if (const auto* hello = std::get_if<ClientHello>(&seen)) {
    require(hello->server_name.size() < 254);
    for (const char c : hello->server_name)
      require((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.');
  }
  require(!is_none(seen, NoHello::more) || size <= hello_octets_max + 1);
  return 0;
}
