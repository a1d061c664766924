#include "supervisor/network_watch.hpp"

#include "async/deadline.hpp"
#include "async/wait.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

namespace towline::supervisor {

namespace {

using asio::generic::raw_protocol;

// DHCP and router advertisements bring an address first and the route a moment later.
constexpr std::chrono::milliseconds settling{100};
// What the kernel's own NLMSG_GOODSIZE comes to at most.
constexpr std::size_t datagram_max = 8192;

}  // namespace

NetworkWatch::NetworkWatch(const asio::any_io_executor& executor) : socket_(executor) {}

Result<> NetworkWatch::open() {
  error_code failed;
  socket_.open(raw_protocol(AF_NETLINK, NETLINK_ROUTE), failed);
  sockaddr_nl here{};
  here.nl_family = AF_NETLINK;
  here.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (!failed) socket_.bind({&here, sizeof here, NETLINK_ROUTE}, failed);
  if (!failed) socket_.non_blocking(true, failed);
  if (!failed) return {};
  error_code ignored;
  socket_.close(ignored);
  return Failure(failed, "rtnetlink");
}

Task<> NetworkWatch::run(std::function<void()> changed) {
  while (socket_.is_open()) {
    if (co_await wait(socket_, raw_protocol::socket::wait_read)) co_return;
    if (!take_in()) continue;
    if (co_await sleep_until(std::chrono::steady_clock::now() + settling)) co_return;
    take_in();
    changed();
  }
}

// Everything that has been said by now; true when something is new.
bool NetworkWatch::take_in() {
  std::array<std::byte, datagram_max> datagram;
  for (bool news = false;;) {
    error_code failed;
    const auto size = socket_.receive(asio::buffer(datagram), 0, failed);
    if (failed == asio::error::no_buffer_space) news = true;  // something was said that we missed
    if (failed == asio::error::no_buffer_space || failed == asio::error::interrupted) continue;
    if (failed) return news;
    for (const auto& change : network_changes({datagram.data(), size})) news |= known_.apply(change);
  }
}

}  // namespace towline::supervisor
