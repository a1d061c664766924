// What is the same for every connection, whichever side it came from: counting, logging, the pump.
#pragma once

#include "forward/site.hpp"

#include <chrono>

namespace towline::forward {

// A connection's originator and how long it has existed.
struct Arrival {
  net::HostPort originator;
  std::chrono::steady_clock::time_point when = std::chrono::steady_clock::now();
};

// Carries the connection until it ends, then counts and logs how.
Task<> carry(Site site, ssh::Channel channel, asio::ip::tcp::socket socket, Arrival arrival);

// The connection could not be joined: counted, and logged with its cause.
void report_failed(const Site& site, const Arrival& arrival, observe::ConnectionFailure reason,
                   const Failure& failure);

// Which label a failure to open a channel, or to reach a target from here, has. Pure.
observe::ConnectionFailure channel_failure(const error_code& code);
observe::ConnectionFailure target_failure(const error_code& code);

}  // namespace towline::forward
