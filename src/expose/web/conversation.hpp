// One visitor's connection: its requests one after another, each to whoever has its host. Between two of them
// it is a line, a visitor and what was read ahead, which another thread could take over.
#pragma once

#include "async/task.hpp"
#include "expose/tls/line.hpp"
#include "expose/web/exchange.hpp"
#include "expose/web/hosts.hpp"
#include "expose/web/limits.hpp"
#include "expose/web/observer.hpp"
#include "expose/web/page.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose::web {

// What all conversations of a thread have in common, and outlives them.
struct Surroundings {
  Hosts& hosts;
  Observer& observer;
  const Limits& limits;
  Scratch& scratch;
  std::vector<std::weak_ptr<HttpOffer>>& with_idle_channels;  // to be swept
  const bool& leaving;
  const std::uint16_t& https_port;  // where visitors are sent by force-https; 0: there is none
};

// Not thread-safe.
class Conversation {
 public:
  Conversation(const Surroundings& around, Visitor visitor, std::unique_ptr<tls::Line> line);

  // Until the visitor has no more to ask, or may not.
  Task<> run();

  // Nothing is on its way: it can be ended without loss.
  bool idle() const { return idle_; }
  std::chrono::steady_clock::time_point since() const { return since_; }
  // Ends an idle one.
  void end() { line_->close(); }

 private:
  struct Turn;

  Task<bool> take_turn();
  Task<std::optional<NoWay>> read_head(std::string& text);
  std::optional<NoWay> choose(Turn& turn);
  Task<std::optional<NoWay>> answer(Turn& turn);
  Task<std::optional<NoWay>> pass(Turn& turn);
  Task<bool> say(std::string text);
  Task<> linger();
  Task<bool> refuse(NoWay why, std::string_view detail);
  void report(const Turn& turn, std::optional<NoWay> why) const;

  Surroundings around_;
  Visitor visitor_;
  std::unique_ptr<tls::Line> line_;
  std::string read_ahead_;
  bool idle_ = true;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace towline::expose::web
