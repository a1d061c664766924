#include "endpoint/asked.hpp"

#include <boost/endian/conversion.hpp>

#include <limits>
#include <utility>
#include <vector>

namespace towline::endpoint {

namespace {

constexpr auto port_max = std::numeric_limits<std::uint16_t>::max();

}  // namespace

std::optional<ssh::ListenAddress> read_listen(ssh::Bytes payload, bool is_unix) {
  ssh::Reader reader(payload);
  ssh::ListenAddress address;
  if (is_unix) {
    address.path = reader.string();
    return reader.complete() && !address.path.empty() ? std::optional(address) : std::nullopt;
  }
  address.tcp.host = reader.string();
  const auto port = reader.u32();
  address.tcp.port = static_cast<std::uint16_t>(port);
  return reader.complete() && port <= port_max ? std::optional(address) : std::nullopt;
}

ssh::connection::Answer port_answer(std::uint16_t port) {
  ssh::connection::Answer answer{.success = true, .payload = std::vector<std::uint8_t>(4)};
  boost::endian::store_big_u32(answer.payload.data(), port);
  return answer;
}

std::optional<DirectTarget> read_direct(ssh::Bytes payload) {
  ssh::Reader reader(payload);
  DirectTarget direct;
  direct.target.host = reader.string();
  const auto port = reader.u32();
  if (!reader.ok() || port > port_max) return std::nullopt;
  direct.target.port = static_cast<std::uint16_t>(port);
  net::HostPort originator;
  originator.host = reader.string();
  const auto from = reader.u32();
  if (!reader.ok() || from > port_max) return direct;
  originator.port = static_cast<std::uint16_t>(from);
  direct.originator = std::move(originator);
  return direct;
}

}  // namespace towline::endpoint
