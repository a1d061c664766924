#include "forward/socks.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace towline::forward::socks {

using namespace std::string_view_literals;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using observe::ConnectionFailure;

namespace {

constexpr char connect_command = 1;    // both versions
constexpr std::size_t text_max = 255;  // RFC 1928's largest name; SOCKS 4 gives no bound

// RFC 1928, 3
constexpr char no_authentication = 0;
constexpr char no_acceptable_methods = static_cast<char>(0xff);

// RFC 1928, 5
constexpr char type_v4 = 1;
constexpr char type_name = 3;
constexpr char type_v6 = 4;

// RFC 1928, 6
enum class Reply5 : char {
  succeeded = 0,
  general_failure = 1,
  not_allowed = 2,
  network_unreachable = 3,
  host_unreachable = 4,
  connection_refused = 5,
  command_not_supported = 7,
  address_type_not_supported = 8,
};

// SOCKS 4: "request granted", "request rejected or failed"
enum class Reply4 : char { granted = 0x5a, rejected = 0x5b };

std::string reply(Reply5 code) {
  std::string bytes{5, static_cast<char>(code), 0, type_v4};
  return bytes + std::string(6, '\0');
}

std::string reply(Reply4 code) {
  std::string bytes{0, static_cast<char>(code)};
  return bytes + std::string(6, '\0');
}

Reply5 reply_code(errc why) {
  switch (why) {
    case errc::command_not_supported: return Reply5::command_not_supported;
    case errc::address_type_not_supported: return Reply5::address_type_not_supported;
    default: return Reply5::general_failure;
  }
}

Reply5 reply_code(ConnectionFailure why) {
  switch (why) {
    case ConnectionFailure::channel_prohibited: return Reply5::not_allowed;
    case ConnectionFailure::channel_connect_failed: return Reply5::connection_refused;
    case ConnectionFailure::target_timeout: return Reply5::host_unreachable;
    case ConnectionFailure::not_up: return Reply5::network_unreachable;
    default: return Reply5::general_failure;
  }
}

// Printable, so that neither a server's C string nor a log line ends in the middle of it.
bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

std::uint16_t big16(std::string_view two) {
  return static_cast<std::uint16_t>(byte(two[0]) << 8U | byte(two[1]));
}

struct Host {
  bool is_name;  // else an address
  std::string text;
};

template <class Address>
std::string address_text(std::string_view raw) {
  typename Address::bytes_type bytes;
  std::ranges::transform(raw, bytes.begin(), byte);
  return Address(bytes).to_string();
}

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "socks"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::not_socks: return "the client does not speak SOCKS";
      case errc::no_acceptable_method: return "the client insists on authentication";
      case errc::command_not_supported: return "the client asked for something else than CONNECT";
      case errc::address_type_not_supported: return "the client sent an address of unknown type";
      case errc::bad_request: return "the client sent a name that cannot be one";
      case errc::incomplete: return "the client ended before its request was complete";
      case errc::timed_out: return "the client did not complete its request in time";
    }
    return "unknown SOCKS error";
  }
};

Heard refused(Version version, errc why, std::size_t taken) {
  const auto answer = version == Version::v4 ? reply(Reply4::rejected) : reply(reply_code(why));
  return {.refusal = why, .taken = taken, .answer = answer};
}

// What a complete request of `taken` bytes comes to.
Heard judge(Version version, char command, Host host, std::uint16_t port, std::size_t taken) {
  if (command != connect_command) return refused(version, errc::command_not_supported, taken);
  if (host.is_name && !is_name(host.text)) return refused(version, errc::bad_request, taken);
  return {.request = Request{version, {std::move(host.text), port}}, .taken = taken};
}

// Of the text from `begin` on: its NUL, or the first byte too many.
std::size_t end_of_text(std::string_view said, std::size_t begin) {
  return std::min(said.find('\0', begin), begin + text_max);
}

// Version, command, port, address, a user of no interest, and for 0.0.0.x with x other than 0 a name (4a).
Heard parse_v4(std::string_view said) {
  constexpr std::size_t user = 1 + 1 + 2 + 4;
  if (said.size() < user) return {};
  const auto address = said.substr(4, 4);
  const bool named = address.starts_with("\0\0\0"sv) && address[3] != 0;
  auto begin = user;
  auto end = end_of_text(said, begin);
  if (named && end < said.size() && said[end] == 0) {
    begin = end + 1;
    end = end_of_text(said, begin);
  }
  if (end >= said.size()) return {};
  if (said[end] != 0) return refused(Version::v4, errc::bad_request, end + 1);
  Host host{named, named ? std::string(said.substr(begin, end - begin)) : address_text<address_v4>(address)};
  return judge(Version::v4, said[1], std::move(host), big16(said.substr(2)), end + 1);
}

// Version, command, reserved, type of address, the address, port.
Heard parse_v5_request(std::string_view said) {
  std::size_t begin = 1 + 1 + 1 + 1;
  std::size_t size = 0;
  if (said.size() < begin) return {};
  if (said[0] != 5) return refused(Version::v5, errc::not_socks, begin);
  const auto type = said[3];
  switch (type) {
    case type_v4: size = 4; break;
    case type_v6: size = 16; break;
    case type_name:
      if (said.size() == begin) return {};
      size = byte(said[begin++]);
      break;
    default: return refused(Version::v5, errc::address_type_not_supported, begin);
  }
  const auto taken = begin + size + 2;
  if (said.size() < taken) return {};
  const auto address = said.substr(begin, size);
  Host host{type == type_name, std::string(address)};
  if (type == type_v4) host.text = address_text<address_v4>(address);
  if (type == type_v6) host.text = address_text<address_v6>(address);
  return judge(Version::v5, said[1], std::move(host), big16(said.substr(begin + size)), taken);
}

// Version, how many methods, the methods; then, when one is chosen, the request.
Heard parse_v5(std::string_view said) {
  if (said.size() < 2) return {};
  const auto methods = said.substr(2, byte(said[1]));
  if (methods.size() < byte(said[1])) return {};
  const auto taken = 2 + methods.size();
  if (methods.find(no_authentication) == methods.npos)
    return {.refusal = errc::no_acceptable_method, .taken = taken, .answer = {5, no_acceptable_methods}};
  auto heard = parse_v5_request(said.substr(taken));
  heard.taken += taken;
  heard.answer = std::string{5, no_authentication} + heard.answer;
  return heard;
}

}  // namespace

const boost::system::error_category& category() noexcept {
  static const Category instance;
  return instance;
}

const char* hint(const boost::system::error_code& code) {
  if (code == errc::not_socks)
    return "set the client's proxy to socks5h://, socks4a:// or the like: this is not an HTTP proxy";
  if (code == errc::no_acceptable_method)
    return "take user name and password out of the client's proxy setting";
  if (code == errc::command_not_supported)
    return "only outgoing TCP connections are carried, no UDP, no BIND";
  return "see the client's proxy setting";
}

Heard parse(std::string_view said) {
  Heard heard;
  if (said.starts_with('\4')) {
    heard = parse_v4(said);
  } else if (said.starts_with('\5')) {
    heard = parse_v5(said);
  } else if (!said.empty()) {
    heard = {.refusal = errc::not_socks, .taken = 1};
  }
  if (!heard.over()) heard.taken = said.size();
  return heard;
}

std::string granted(Version version) {
  return version == Version::v4 ? reply(Reply4::granted) : reply(Reply5::succeeded);
}

std::string failed(Version version, ConnectionFailure why) {
  return version == Version::v4 ? reply(Reply4::rejected) : reply(reply_code(why));
}

}  // namespace towline::forward::socks
