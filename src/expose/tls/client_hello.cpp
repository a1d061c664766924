#include "expose/tls/client_hello.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace towline::expose::tls {

namespace {

constexpr std::uint8_t handshake_record = 22;
constexpr std::uint8_t hello_message = 1;
constexpr std::size_t record_head = 5;
constexpr std::size_t record_octets_max = 16 * 1024;
constexpr std::size_t message_head = 4;
constexpr std::uint16_t server_name_extension = 0;
constexpr std::uint16_t protocols_extension = 16;

// Reads numbers and vectors; what is not there makes it short, for good.
class Octets {
 public:
  explicit Octets(std::string_view text) : text_(text) {}

  std::size_t number(int octets) {
    std::size_t value = 0;
    for (const char c : take(static_cast<std::size_t>(octets)))
      value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view take(std::size_t n) {
    if (n > text_.size()) short_ = true;
    if (short_) return {};
    const auto taken = text_.substr(0, n);
    text_.remove_prefix(n);
    return taken;
  }
  // With its length before it, in so many octets.
  std::string_view vector(int length_octets) { return take(number(length_octets)); }
  bool empty() const { return text_.empty() || short_; }
  bool is_short() const { return short_; }

 private:
  std::string_view text_;
  bool short_ = false;
};

// RFC 6066, 3: a host name is in ASCII, without a trailing dot, and no address.
std::string host_name_of(std::string_view text) {
  std::string name(text);
  for (auto& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  const bool is_name = !name.empty() && name.size() < 254 && std::ranges::all_of(name, belongs) &&
                       !name.starts_with('.') && !name.ends_with('.') && name.find("..") == std::string::npos;
  return is_name ? name : std::string();
}

bool read_server_name(std::string_view extension, ClientHello& hello) {
  Octets octets(extension);
  Octets list(octets.vector(2));
  if (octets.is_short()) return false;
  while (!list.empty()) {
    const auto type = list.number(1);
    const auto name = list.vector(2);
    if (list.is_short()) return false;
    if (type == 0 && hello.server_name.empty()) hello.server_name = host_name_of(name);
  }
  return true;
}

bool read_protocols(std::string_view extension, ClientHello& hello) {
  Octets octets(extension);
  Octets list(octets.vector(2));
  while (!list.empty()) {
    const auto protocol = list.vector(1);
    if (!list.is_short()) hello.protocols.emplace_back(protocol);
  }
  return !octets.is_short() && !list.is_short();
}

bool read_extensions(std::string_view text, ClientHello& hello) {
  Octets extensions(text);
  while (!extensions.empty()) {
    const auto type = extensions.number(2);
    const auto extension = extensions.vector(2);
    if (extensions.is_short()) return false;
    if (type == server_name_extension && !read_server_name(extension, hello)) return false;
    if (type == protocols_extension && !read_protocols(extension, hello)) return false;
  }
  return true;
}

std::optional<ClientHello> parse_message(std::string_view message) {
  constexpr std::size_t version_and_random = 2 + 32;
  ClientHello hello;
  Octets octets(message);
  octets.take(version_and_random);
  octets.vector(1);  // session
  octets.vector(2);  // ciphers
  octets.vector(1);  // compressions
  if (octets.is_short()) return std::nullopt;
  if (octets.empty()) return hello;  // as old as SSL 3
  const auto extensions = octets.vector(2);
  if (octets.is_short() || !octets.empty() || !read_extensions(extensions, hello)) return std::nullopt;
  return hello;
}

}  // namespace

std::variant<ClientHello, NoHello> parse_client_hello(std::string_view octets) {
  std::string message;
  const auto octets_in_all = octets.size();
  while (!octets.empty()) {
    if (static_cast<std::uint8_t>(octets[0]) != handshake_record) return NoHello::not_tls;
    if (octets.size() > 1 && octets[1] != 3) return NoHello::not_tls;
    if (octets.size() < record_head) break;
    const auto length = Octets(octets.substr(3)).number(2);
    if (length == 0 || length > record_octets_max) return NoHello::not_tls;
    const auto record = octets.substr(record_head, length);
    message += record;
    octets.remove_prefix(std::min(octets.size(), record_head + length));
    if (message.empty()) break;
    if (static_cast<std::uint8_t>(message[0]) != hello_message) return NoHello::not_tls;
    if (message.size() < message_head) continue;
    const auto needed = Octets(std::string_view(message).substr(1)).number(3);
    if (needed > hello_octets_max) return NoHello::not_tls;
    if (message.size() < message_head + needed) continue;
    auto hello = parse_message(std::string_view(message).substr(message_head, needed));
    if (!hello) return NoHello::not_tls;
    return std::move(*hello);
  }
  return octets_in_all > hello_octets_max ? NoHello::not_tls : NoHello::more;
}

}  // namespace towline::expose::tls
