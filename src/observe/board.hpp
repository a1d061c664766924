// Where session threads publish how things stand and the admin thread reads it.
#pragma once

#include "observe/attendance.hpp"
#include "observe/client_sessions.hpp"
#include "observe/endpoint_slot.hpp"
#include "observe/facts.hpp"
#include "observe/health.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace towline::observe {

// The signs of life of one SSH session and its loop. Each call is one relaxed store. Thread-safe.
class Pulse {
 public:
  explicit Pulse(std::string name);

  // The loop has turned. Call it once a second from the loop itself; the first call makes it count for
  // liveness.
  void beat(Steady::time_point now);

  // The loop ends on purpose and is no longer expected to beat.
  void retire();

  // Bytes came from the SSH server.
  void received(Steady::time_point now);

 private:
  friend class Board;

  using Ticks = Steady::rep;
  static constexpr Ticks none = std::numeric_limits<Ticks>::min();

  std::string name_;
  std::atomic<Ticks> last_beat_{none};
  std::atomic<Ticks> last_received_{none};
};

class Board;

// What one session has to say about one forward. Thread-safe, though one owner publishes.
class ForwardSlot {
 public:
  struct Forward;

  ForwardSlot(Board& board, Forward& forward, const Pulse& pulse);

  // Replaces what was known. A change of state stamps its time; readiness is judged again. `seen` is called
  // in between: what it logs stands before the change of readiness that follows from it.
  void publish(ForwardStatus status, const std::function<void()>& seen = {});

 private:
  friend class Board;

  Board& board_;
  Forward& forward_;
  const Pulse& pulse_;
  std::shared_ptr<const ForwardStatus> status_;  // guarded by the board's mutex
};

// Lives as long as the process. Thread-safe. The mutex guards pointer swaps only; nothing is formatted,
// logged or waited for under it, so a stuck session thread cannot silence the admin thread.
class Board {
 public:
  // Called after each change of readiness, on the thread that caused or found it.
  using ReadinessChanged = std::function<void(const Verdict&)>;

  explicit Board(ReadyPolicy policy = {}, ReadinessChanged changed = {}, Clock clock = Instant::now);
  ~Board();

  // One per SSH session, in the order of the sessions. References stay valid for the board's life.
  Pulse& add_pulse(std::string name);

  // One per configured forward and session that carries it, whose `pulse` it is. The forward is as well as
  // the best of its sessions; its place is that of its first.
  ForwardSlot& add_forward(ForwardTraits traits, const Pulse& pulse);

  // One per configured endpoint, by the name of its forward. Before anybody asks for them.
  EndpointSlot& add_endpoint(std::string forward);

  // Called for each publish(), on the publisher's thread: `before` anybody can see what is published, and
  // `after` readiness was judged by it. Set them before anything is published.
  using Publishing = std::function<void(const ForwardTraits&, const ForwardStatus&)>;
  void on_publish(Publishing before, std::function<void()> after) {
    publishing_ = std::move(before);
    published_ = std::move(after);
  }

  // Whose clients the facts have; it outlives the board. Before anything is published.
  void tell_of(const ClientSessions& clients) { clients_ = &clients; }

  // Readiness is false from here on.
  void begin_draining();

  Facts snapshot() const;

  // Apart from the snapshot, which every change of readiness takes: clients may be many, and have no say in
  // it.
  std::vector<EndpointFacts> endpoints() const;
  bool has_client(std::uint64_t id) const;
  // One that a client of an endpoint has, by its whole name.
  bool has_listener(std::string_view where) const;

  // Call it every second, where somebody is to judge by what the board says: after a break in these calls the
  // silence of a session or a loop counts from its end only.
  void attend();

  // Judges readiness now: latches the first ready and reports a change. publish() does it; call it also every
  // second or so, because a deadline can pass without anyone publishing.
  void review();

 private:
  friend class ForwardSlot;

  static constexpr std::chrono::seconds absence_min{3};  // of looks that come every second

  ForwardFacts facts_of(const ForwardSlot::Forward& forward, Steady::time_point now) const;

  Clock clock_;
  ReadyPolicy policy_;
  ReadinessChanged changed_;
  Publishing publishing_;
  std::function<void()> published_;
  const ClientSessions* clients_ = nullptr;
  Instant process_start_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> started_{false};

  mutable std::mutex mutex_;
  Attendance attendance_{absence_min};
  std::deque<Pulse> pulses_;
  std::deque<ForwardSlot> slots_;
  std::deque<ForwardSlot::Forward> forwards_;
  std::deque<EndpointSlot> endpoints_;

  std::mutex review_mutex_;  // taken before mutex_
  bool ready_ = false;
};

}  // namespace towline::observe
