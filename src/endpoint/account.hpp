// What is told of the clients of an endpoint: log lines and metrics.
#pragma once

#include "endpoint/client_metrics.hpp"
#include "observe/facts.hpp"
#include "observe/log.hpp"
#include "ssh/server/endpoint.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace towline::endpoint {

// Not thread-safe; use on the endpoint's io_context. The references outlive it.
class Account final : public ssh::EndpointObserver {
 public:
  Account(ClientMetrics& metrics, const observe::Log& log) : metrics_(metrics), log_(log) {}

  void on_turned_away(const ssh::Newcomer& who, ssh::TurnedAway why) override;
  void on_connected(const ssh::Newcomer& who) override;
  void on_refused(const ssh::Newcomer& who, const std::string& user,
                  const ssh::RefusedAttempt& attempt) override;
  void on_no_login(const ssh::Newcomer& who, const std::string& user, const ssh::NoLogin& end) override;
  void on_login(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                const ssh::ServerTransport& transport) override;
  void on_gone(const ssh::Newcomer& who, const ssh::LoggedIn& user, const ssh::Gone& gone) override;

  ClientMetrics& metrics() { return metrics_; }

 private:
  ClientMetrics& metrics_;
  observe::Log log_;
  std::map<std::uint64_t, observe::SessionAlgorithms> agreed_;  // with those that are logged in, by number
};

// A client as the pages show it, from now on.
observe::ClientTraits traits_of(const ssh::Newcomer& who, const ssh::LoggedIn& user);

// In the words for the end of a session. Pure.
observe::Disconnect reason_of(const ssh::Gone& gone);

// What to do about a refusal; empty: nothing that is known here. Pure.
std::string_view hint(ssh::Refusal why);
std::string_view hint(ssh::TurnedAway why);

}  // namespace towline::endpoint
