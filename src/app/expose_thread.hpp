// The thread of the public entrance, which has no server that it connects to.
#pragma once

#include "app/loop_thread.hpp"
#include "app/session_thread.hpp"
#include "expose/entrance.hpp"
#include "expose/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace towline::app {

class ExposeThread final : public LoopThread {
 public:
  // `spec` is that of the entrance.
  ExposeThread(const Surroundings& around, const forward::ForwardSpec& spec);
  ~ExposeThread() override;

  Result<> prepare() override { return entrance_.prepare(); }
  void stop() override;
  void wake() override {}
  // Who may log in and the certificates are looked at all the time: there is nothing else to be had.
  void replace(observe::Disconnect why, std::function<void(bool)> replaced) override;
  void disconnect(std::uint64_t client) override;
  bool end_exposed(std::string where) override;

 private:
  Task<supervisor::Ending> run() override;
  Task<> beat();

  std::chrono::milliseconds drain_timeout_;
  observe::Pulse& pulse_;
  observe::Metrics& metrics_;
  expose::Metrics counts_;
  expose::Entrance entrance_;
};

}  // namespace towline::app
