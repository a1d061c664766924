// The control listener's answers: the requests that change something, and the configuration. Off by default,
// on loopback or a unix socket only.
#pragma once

#include "admin/router.hpp"
#include "observe/options.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace towline::admin {

// What may be ordered. Each returns at once.
struct ControlOrders {
  std::function<void()> quit;  // as SIGTERM
  std::function<void()> reload;
  std::function<bool(std::string_view forward)> reconnect;  // "" = every one; false: there is no such forward
  std::function<bool(std::uint64_t client)> disconnect;     // false: there is no such client
  // What clients offer there: "tcp 9000", "http web.example.com". False: nothing.
  std::function<bool(std::string_view where)> end_exposed;
  std::function<void(observe::Level)> set_level;
  std::string config = "{}\n";  // the effective configuration as JSON, secrets masked
};

// Carries out at most one order, and only for a request that is allowed in every respect.
Response respond_control(const Request& request, const ControlOrders& orders);

}  // namespace towline::admin
