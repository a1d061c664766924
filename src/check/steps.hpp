// Writes down the steps of one connection, jump hosts included, as ssh::connect has taken them.
#pragma once

#include "async/result.hpp"
#include "check/report.hpp"
#include "check/session.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/options.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace towline::check {

// Not thread-safe. Options and report outlive it.
class CheckSteps {
 public:
  CheckSteps(const net::HostPort& server, const ssh::Options& options, CheckReport& report);

  // The end: everything worked, or the last step failed and the rest was not reached.
  void arrived(const ssh::Trace& trace);
  void failed(const Failure& failure, const ssh::Trace& trace);

  // The session that came of it is there a moment later, or was lost: right after the login, or later.
  void session_kept(std::chrono::steady_clock::duration after);
  void session_lost(const SessionLoss& loss);

 private:
  const ssh::JumpHost& server() const { return servers_[at_]; }
  bool at_jump_host() const { return at_ + 1 < servers_.size(); }
  void speak_of(std::optional<std::size_t> jump_host) { at_ = jump_host.value_or(servers_.size() - 1); }
  void passed(const ssh::Trace& trace, bool all);
  void passed(const ssh::Visit& visit, const ssh::Visit::Step& step);
  void above(const ssh::Visit& visit, ssh::ConnectStep step);
  std::string detail(const ssh::Visit& visit, ssh::ConnectStep step) const;
  void skip_rest(CheckStep failed);
  CheckLine line(CheckStep step, std::string detail) const;
  void warn(CheckStep step, std::string detail, std::string hint = {});
  std::string hint(const Failure& failure) const;

  const ssh::Options& options_;
  std::vector<ssh::JumpHost> servers_;  // the jump hosts, then the server
  CheckReport& report_;
  std::size_t at_ = 0;  // of servers_
};

}  // namespace towline::check
