// The part of `towline check` that talks with a tunnel service: its session, and the addresses it tells.
#pragma once

#include "async/event.hpp"
#include "async/task_group.hpp"
#include "check/report.hpp"
#include "forward/spec.hpp"
#include "publish/conversation.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace towline::check {

// Not thread-safe. stop() before it is destroyed. All that it is given outlives it.
class PublishCheck final : private publish::Conversation::Listener {
 public:
  PublishCheck(ssh::Session& session, const publish::Options& options,
               const std::vector<forward::ForwardSpec>& forwards, std::chrono::milliseconds answer_timeout,
               CheckReport& report);

  // Opens the one session, in which everything is told.
  Task<> start();
  // Waits for the address of a forward that the server listens for at `port`, 10 s at most.
  Task<> address(const forward::ForwardSpec& spec, std::uint16_t port);
  // The server refuses to listen for it: what it says of that is a part of the hint.
  std::string said() const;
  void refused(const forward::ForwardSpec& spec) { conversation_.refused(spec.name); }
  Task<> stop();

 private:
  void on_text(const std::string&) override {}
  void on_complaint(const std::string& line) override;
  void on_words_refused() override { words_refused_ = true; }
  void on_change() override { changed_.notify_all(); }

  void add(CheckStep step, const std::string& subject, CheckResult result, std::string detail,
           std::string hint);

  const publish::Options& options_;
  CheckReport& report_;
  publish::Conversation conversation_;
  std::vector<std::string> complaints_;
  bool words_refused_ = false;
  Event changed_;
  TaskGroup talking_;
};

}  // namespace towline::check
