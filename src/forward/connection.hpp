// What is the same for every connection, whichever side it came from: counting, logging, the pump.
#pragma once

#include "forward/place.hpp"
#include "forward/site.hpp"
#include "forward/socks.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace towline::forward {

// A connection's originator and how long it has existed.
struct Arrival {
  net::HostPort originator;  // empty host: a unix socket
  std::chrono::steady_clock::time_point when = std::chrono::steady_clock::now();
  std::optional<socks::Request> request{};  // of -D, once it has been read
  Place place{};
};

// Carries the connection until it ends, then counts and logs how.
Task<> carry(Site site, ssh::Channel channel, net::Stream socket, Arrival arrival);

// The connection could not be joined: counted, and logged with its cause.
void report_failed(const Site& site, const Arrival& arrival, observe::ConnectionFailure reason,
                   const std::optional<Failure>& failure, std::string_view hint = {});

// Which label a failure to open a channel for a client that waits, or to reach a target from here, has. Pure.
observe::ConnectionFailure channel_failure(const error_code& code);
observe::ConnectionFailure target_failure(const error_code& code);

}  // namespace towline::forward
