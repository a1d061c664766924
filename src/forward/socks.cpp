#include "forward/socks.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace towline::forward::socks {

using observe::ConnectionFailure;

namespace {

constexpr std::uint8_t connect_command = 1;  // both versions
constexpr std::size_t text_max = 255;        // RFC 1928's largest name; SOCKS 4 gives no bound

// RFC 1928, 3
constexpr char no_authentication = 0;
constexpr char no_acceptable_methods = static_cast<char>(0xff);

// RFC 1928, 5
constexpr std::uint8_t type_v4 = 1;
constexpr std::uint8_t type_name = 3;
constexpr std::uint8_t type_v6 = 4;

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

std::uint16_t big16(std::string_view two) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(two[0]) << 8U |
                                    static_cast<unsigned char>(two[1]));
}

template <class Address>
std::string address_text(std::string_view raw) {
  typename Address::bytes_type bytes;
  std::ranges::transform(raw.substr(0, bytes.size()), bytes.begin(),
                         [](char c) { return static_cast<unsigned char>(c); });
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

std::size_t Decoder::feed(std::span<const std::uint8_t> bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !done()) on_byte(bytes[taken++]);
  return taken;
}

std::string Decoder::take_answer() { return std::exchange(answer_, {}); }

void Decoder::expect(At at, std::size_t bytes) {
  at_ = at;
  wanted_ = bytes;
  field_.clear();
}

void Decoder::grant(Version version, std::string host, std::uint16_t port) {
  request_ = Request{version, {std::move(host), port}};
}

void Decoder::refuse(errc why) { refusal_ = why; }

void Decoder::on_byte(std::uint8_t byte) {
  const bool is_text = at_ == At::v4_user || at_ == At::v4_name;
  if (!is_text) {
    field_ += static_cast<char>(byte);
    if (field_.size() < wanted_) return;
  } else if (byte != 0) {
    field_ += static_cast<char>(byte);
    if (field_.size() <= text_max) return;
    answer_ += reply(Reply4::rejected);
    return refuse(errc::bad_request);
  }
  switch (at_) {
    case At::version:
      if (byte == 4) return expect(At::v4_header, 7);
      if (byte == 5) return expect(At::v5_method_count, 1);
      return refuse(errc::not_socks);
    case At::v4_header: return on_v4_header();
    case At::v4_user:
      if (address_type_ == type_name) return expect(At::v4_name, 0);
      return on_v4_name();
    case At::v4_name: return on_v4_name();
    case At::v5_method_count:
      if (byte > 0) return expect(At::v5_methods, byte);
      field_.clear();
      return on_v5_methods();
    case At::v5_methods: return on_v5_methods();
    case At::v5_header: return on_v5_header();
    case At::v5_name_length: return expect(At::v5_address, byte + std::size_t{2});
    case At::v5_address: return on_v5_address();
  }
}

void Decoder::on_v4_header() {
  command_ = static_cast<std::uint8_t>(field_[0]);
  v4_port_ = big16(std::string_view(field_).substr(1));
  const auto address = field_.substr(3);
  // 0.0.0.x with x other than 0: a name follows (SOCKS 4a).
  const bool name_follows = address.starts_with(std::string_view("\0\0\0", 3)) && address[3] != 0;
  address_type_ = name_follows ? type_name : type_v4;
  v4_address_ = address_text<boost::asio::ip::address_v4>(address);
  expect(At::v4_user, 0);
}

void Decoder::on_v4_name() {
  const bool named = address_type_ == type_name;
  if (command_ != connect_command) {
    answer_ += reply(Reply4::rejected);
    return refuse(errc::command_not_supported);
  }
  if (named && !is_name(field_)) {
    answer_ += reply(Reply4::rejected);
    return refuse(errc::bad_request);
  }
  grant(Version::v4, named ? std::move(field_) : std::move(v4_address_), v4_port_);
}

void Decoder::on_v5_methods() {
  const bool acceptable = field_.find(no_authentication) != std::string::npos;
  answer_ += std::string{5, acceptable ? no_authentication : no_acceptable_methods};
  if (!acceptable) return refuse(errc::no_acceptable_method);
  expect(At::v5_header, 4);
}

void Decoder::on_v5_header() {
  if (field_[0] != 5) {
    answer_ += reply(Reply5::general_failure);
    return refuse(errc::not_socks);
  }
  command_ = static_cast<std::uint8_t>(field_[1]);
  address_type_ = static_cast<std::uint8_t>(field_[3]);
  switch (address_type_) {
    case type_v4: return expect(At::v5_address, 4 + 2);
    case type_v6: return expect(At::v5_address, 16 + 2);
    case type_name: return expect(At::v5_name_length, 1);
    default:
      answer_ += reply(Reply5::address_type_not_supported);
      return refuse(errc::address_type_not_supported);
  }
}

void Decoder::on_v5_address() {
  const auto host = std::string_view(field_).substr(0, field_.size() - 2);
  const auto port = big16(std::string_view(field_).substr(host.size()));
  const bool named = address_type_ == type_name;
  const auto problem = command_ != connect_command ? std::optional(errc::command_not_supported)
                       : named && !is_name(host)   ? std::optional(errc::bad_request)
                                                   : std::nullopt;
  if (problem) {
    answer_ += reply(reply_code(*problem));
    return refuse(*problem);
  }
  if (named) return grant(Version::v5, std::string(host), port);
  grant(Version::v5,
        address_type_ == type_v4 ? address_text<boost::asio::ip::address_v4>(host)
                                 : address_text<boost::asio::ip::address_v6>(host),
        port);
}

std::string granted(Version version) {
  return version == Version::v4 ? reply(Reply4::granted) : reply(Reply5::succeeded);
}

std::string failed(Version version, ConnectionFailure why) {
  return version == Version::v4 ? reply(Reply4::rejected) : reply(reply_code(why));
}

}  // namespace towline::forward::socks
