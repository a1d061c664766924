// Writes down the steps of one connection, jump hosts included, while ssh::connect takes them.
#pragma once

#include "async/result.hpp"
#include "check/report.hpp"
#include "check/session.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/client/options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace towline::check {

// Not thread-safe. Options and report outlive it.
class CheckSteps final : public ssh::ConnectObserver {
 public:
  CheckSteps(const net::HostPort& server, const ssh::Options& options, CheckReport& report);

  // The end: everything worked, or the step under way failed and the rest was not reached.
  void arrived();
  void failed(const Failure& failure);

  // The session that came of it is there a moment later, or was lost: right after the login, or later.
  void session_kept(std::chrono::steady_clock::duration after);
  void session_lost(const SessionLoss& loss);

  void on_jump_host(std::optional<std::size_t> index) override;
  void on_step(ssh::ConnectStep step) override;
  void on_known_hosts_skipped(const ssh::KnownHosts::BadLine& line) override;
  void on_accepted_file_failed(const std::string& problem) override;
  void on_resolved(const net::Endpoints& endpoints) override;
  void on_server_shown(const ssh::ClientTransport& transport) override;
  void on_words(const std::string& said) override;
  void on_host_key_accepted(const ssh::ShownHostKey& shown, const ssh::HostKeyDecision& decision) override;
  void on_handshake_failed(const ssh::ClientTransport& transport) override;

 private:
  const ssh::JumpHost& server() const { return servers_[at_]; }
  void close_step();
  void skip_rest(CheckStep failed);
  CheckLine line(CheckStep step) const;
  CheckLine warning(CheckStep step, std::string detail) const;
  std::string hint(const Failure& failure) const;
  bool at_jump_host() const { return at_ + 1 < servers_.size(); }

  const ssh::Options& options_;
  std::vector<ssh::JumpHost> servers_;  // the jump hosts, then the server
  CheckReport& report_;
  std::size_t at_ = 0;
  std::optional<ssh::ConnectStep> open_;
  std::chrono::steady_clock::time_point began_;
  std::string detail_;               // of the step under way
  std::vector<CheckLine> warnings_;  // of it, to stand below it
  std::string software_;             // the server's identification, once the key exchange has failed
};

}  // namespace towline::check
