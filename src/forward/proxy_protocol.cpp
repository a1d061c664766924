#include "forward/proxy_protocol.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace towline::forward {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

// §2.2
constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr char v2_local = 0x20;
constexpr char v2_proxy = 0x21;
constexpr char v2_tcp4 = 0x11;
constexpr char v2_tcp6 = 0x21;

struct Ends {
  address source;
  address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

std::optional<address> parse(const std::string& text) {
  boost::system::error_code ec;
  auto parsed = boost::asio::ip::make_address(text, ec);
  if (ec || text.find('\0') != std::string::npos) return std::nullopt;
  if (parsed.is_v4()) return parsed;
  auto v6 = parsed.to_v6();
  if (v6.is_v4_mapped()) return address(make_address_v4(boost::asio::ip::v4_mapped, v6));
  v6.scope_id(0);  // means nothing on another machine
  return address(v6);
}

// Where the server listens, if it was told a name or nothing: in the family of whoever came.
address stand_in(const std::string& host, bool v4) {
  if (host == "localhost") return v4 ? address(address_v4::loopback()) : address(address_v6::loopback());
  return v4 ? address(address_v4::any()) : address(address_v6::any());
}

std::optional<Ends> ends(const net::HostPort& originator, const net::HostPort& bound) {
  const auto source = parse(originator.host);
  if (!source) return std::nullopt;
  const auto destination = parse(bound.host).value_or(stand_in(bound.host, source->is_v4()));
  if (source->is_v4() != destination.is_v4()) return std::nullopt;
  return Ends{*source, destination, originator.port, bound.port};
}

std::string v1(const std::optional<Ends>& ends) {
  if (!ends) return "PROXY UNKNOWN\r\n";
  return std::string("PROXY ") + (ends->source.is_v4() ? "TCP4 " : "TCP6 ") + ends->source.to_string() + ' ' +
         ends->destination.to_string() + ' ' + std::to_string(ends->source_port) + ' ' +
         std::to_string(ends->destination_port) + "\r\n";
}

void append(std::string& out, const address& where) {
  if (where.is_v4()) {
    for (const auto byte : where.to_v4().to_bytes()) out += static_cast<char>(byte);
  } else {
    for (const auto byte : where.to_v6().to_bytes()) out += static_cast<char>(byte);
  }
}

void append(std::string& out, std::uint16_t number) {
  out += static_cast<char>(number >> 8U);
  out += static_cast<char>(number & 0xffU);
}

std::string v2(const std::optional<Ends>& ends) {
  std::string header(v2_signature);
  if (!ends) return header + v2_local + std::string(3, '\0');  // AF_UNSPEC, no addresses
  std::string addresses;
  append(addresses, ends->source);
  append(addresses, ends->destination);
  append(addresses, ends->source_port);
  append(addresses, ends->destination_port);
  header += v2_proxy;
  header += ends->source.is_v4() ? v2_tcp4 : v2_tcp6;
  append(header, static_cast<std::uint16_t>(addresses.size()));
  return header + addresses;
}

}  // namespace

std::string proxy_header(ProxyProtocol version, const net::HostPort& originator, const net::HostPort& bound) {
  switch (version) {
    case ProxyProtocol::none: return {};
    case ProxyProtocol::v1: return v1(ends(originator, bound));
    case ProxyProtocol::v2: return v2(ends(originator, bound));
  }
  return {};
}

}  // namespace towline::forward
