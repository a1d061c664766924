// What the main thread is told, one thing after the other: by signals, by other threads and by the clock.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <deque>
#include <span>

namespace towline::app {

// Use on the main thread's loop, but for put().
class Inbox {
 public:
  // News is the number of a signal, or one of these.
  enum : int {
    too_late = 0,
    quit = -1,       // asked for by /quitquitquit
    published = -2,  // something new is on the board
    ended = -3,      // no session is left
  };

  explicit Inbox(asio::io_context& loop);

  // These signals are news from here on, and come while deliver() runs.
  void hear(std::span<const int> signals);
  Task<> deliver();

  // From any thread.
  void put(int news);

  // Waits for news, of which none is lost; too_late when `deadline` passes first.
  Task<int> next(Deadline deadline = Deadline::max());

 private:
  void take(int news);

  asio::io_context& loop_;
  asio::signal_set signals_;
  std::deque<int> news_;
  Event arrived_;
};

}  // namespace towline::app
