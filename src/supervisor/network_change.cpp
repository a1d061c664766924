#include "supervisor/network_change.hpp"

#include <cstring>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <optional>
#include <sys/socket.h>

namespace towline::supervisor {

namespace {

using Bytes = std::span<const std::byte>;

template <class T>
std::optional<T> read(Bytes from) {
  if (from.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, from.data(), sizeof value);
  return value;
}

constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

Bytes behind(Bytes bytes, std::size_t size) {
  return bytes.size() > aligned(size) ? bytes.subspan(aligned(size)) : Bytes{};
}

// The bytes of the first attribute of this type; empty without one.
Bytes attribute(Bytes attributes, unsigned short type) {
  while (const auto head = read<rtattr>(attributes)) {
    if (head->rta_len < sizeof(rtattr) || head->rta_len > attributes.size()) break;
    if (head->rta_type == type) return attributes.subspan(sizeof(rtattr), head->rta_len - sizeof(rtattr));
    attributes = behind(attributes, head->rta_len);
  }
  return {};
}

std::string text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::optional<NetworkPiece> address(Bytes body) {
  const auto head = read<ifaddrmsg>(body);
  if (!head || head->ifa_scope >= RT_SCOPE_LINK) return std::nullopt;
  const auto attributes = behind(body, sizeof(ifaddrmsg));
  const auto flags = read<std::uint32_t>(attribute(attributes, IFA_FLAGS)).value_or(head->ifa_flags);
  if ((flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return std::nullopt;
  auto bytes = attribute(attributes, IFA_LOCAL);  // the peer's is in IFA_ADDRESS on a point-to-point link
  if (bytes.empty()) bytes = attribute(attributes, IFA_ADDRESS);
  return NetworkPiece{NetworkPiece::Kind::address, head->ifa_family, head->ifa_index, text(bytes)};
}

std::optional<NetworkPiece> default_route(Bytes body) {
  const auto head = read<rtmsg>(body);
  if (!head || head->rtm_dst_len != 0 || head->rtm_type != RTN_UNICAST) return std::nullopt;
  if (head->rtm_family != AF_INET && head->rtm_family != AF_INET6) return std::nullopt;
  const auto attributes = behind(body, sizeof(rtmsg));
  const auto table = read<std::uint32_t>(attribute(attributes, RTA_TABLE)).value_or(head->rtm_table);
  if (table != RT_TABLE_MAIN) return std::nullopt;
  const auto link = read<std::uint32_t>(attribute(attributes, RTA_OIF)).value_or(0);
  return NetworkPiece{NetworkPiece::Kind::default_route, head->rtm_family, link,
                      text(attribute(attributes, RTA_GATEWAY))};
}

std::optional<NetworkChange> change(const nlmsghdr& head, Bytes body) {
  const bool is_address = head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_DELADDR;
  const bool is_route = head.nlmsg_type == RTM_NEWROUTE || head.nlmsg_type == RTM_DELROUTE;
  if (!is_address && !is_route) return std::nullopt;
  const auto piece = is_address ? address(body) : default_route(body);
  if (!piece) return std::nullopt;
  return NetworkChange{head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_NEWROUTE, *piece};
}

}  // namespace

std::vector<NetworkChange> network_changes(std::span<const std::byte> datagram) {
  std::vector<NetworkChange> changes;
  while (const auto head = read<nlmsghdr>(datagram)) {
    if (head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > datagram.size()) break;
    const auto body = datagram.subspan(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
    if (auto found = change(*head, body)) changes.push_back(*std::move(found));
    datagram = behind(datagram, head->nlmsg_len);
  }
  return changes;
}

bool KnownNetwork::apply(const NetworkChange& change) {
  if (change.added) return pieces_.insert(change.piece).second;
  pieces_.erase(change.piece);
  return false;
}

}  // namespace towline::supervisor
