// A running session and its server, for tests: what either side says is followed by everything that comes of
// it.
#pragma once

#include "doubles/plain_server.hpp"
#include "ssh/client/session.hpp"
#include "unit/async/turns.hpp"
#include "unit/ssh/connection/talk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::ssh {

inline Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

// Long enough never to be met by a test that passes.
inline Deadline soon() { return in(std::chrono::seconds(20)); }

// Valid as long as the text is.
inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Counts final : SessionObserver {
  void on_received(std::chrono::steady_clock::time_point) override { ++received; }
  void on_keepalive_sent() override { ++sent; }
  void on_keepalive_missed() override { ++missed; }
  void on_round_trip(std::chrono::steady_clock::duration) override { ++round_trips; }
  void on_unmatched(const UnmatchedChannel&) override { ++unmatched; }

  int received = 0, sent = 0, missed = 0, round_trips = 0, unmatched = 0;
};

class SessionTalk : public Turns {
 public:
  explicit SessionTalk(const KeepaliveOptions& keepalive = {.interval = std::chrono::seconds{0},
                                                            .count_max = 0},
                       std::chrono::milliseconds answer_timeout = std::chrono::seconds(20))
      : session(io.get_executor(), server.transport(), keepalive, answer_timeout, counts) {
    running_.spawn(keep(session.run(), ended));
    turn();
  }
  ~SessionTalk() { stop(); }

  // Ends whatever still runs, before what it uses is gone.
  void stop() {
    server.takes(std::size_t{1} << 30U);
    asio::post(io, [this] {
      tasks.cancel();
      running_.cancel();
    });
    turn();
  }

  // Runs `task` as far as it gets; its result is in `result` once it has one.
  template <class T>
  void start(Task<T> task, std::optional<T>& result) {
    begin(std::move(task), result);
    turn();
  }

  void server_says(const connection::Said& message) {
    server.says(message.bytes());
    turn();
  }

  std::vector<std::string> server_heard() {
    std::vector<std::string> words;
    for (const auto& message : server.heard()) words.push_back(connection::in_words(Bytes(message)));
    return words;
  }

  // A channel that the server has confirmed as its own number 7, and nothing more to say about it.
  Channel open_channel(std::uint32_t window = connection::plenty) {
    std::optional<Result<Channel>> result;
    start(session.open(connection::to_web, soon()), result);
    server_says(connection::confirmation(static_cast<std::uint32_t>(session.channels()) - 1, 7, window));
    server_heard();
    return std::move(**result);
  }

  doubles::PlainServer server{io.get_executor()};
  Counts counts;
  Session session;
  std::optional<Failure> ended;

 private:
  TaskGroup running_{io.get_executor()};  // the session; `tasks` are what was started on it
};

}  // namespace towline::ssh
