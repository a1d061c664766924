// The log: events with a stable id, a sentence for people and typed fields; one event, one line.
#pragma once

#include "observe/log_line.hpp"
#include "observe/options.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace towline::observe {

// `log.warn("ssh.auth_failed", "the server refused every key", {{"reason", "auth"}, {"hint", "…"}});`
//
// A cheap value: copies and children share one sink, level and limit. Thread-safe; lines never mix. A line is
// rendered on the caller's thread. Nobody waits for the reader of stderr: LineWriter says what becomes of
// lines that it does not take, and the last copy of the log waits for it a moment.
class Log {
 public:
  // Gets one whole line with its newline. Never called by two threads at once.
  using Sink = std::function<void(std::string_view)>;
  using Fields = std::initializer_list<Field>;

  struct Counts {
    std::array<std::uint64_t, 5> written{};  // by Level
    std::uint64_t suppressed = 0;
    std::uint64_t dropped = 0;  // of those written: stderr did not take them
  };

  // An empty sink is stderr; an empty clock is the system's.
  explicit Log(Options options, Sink sink = {}, Clock clock = {});

  // The same log with these fields on every line. A field `forward` also scopes repeatable().
  Log with(Fields fields) const;

  // For lines a retry writes again and again: of equal ones (same event, forward and reason) one per 30 s is
  // written, with `suppressed=N`. Debug and trace are never limited. Life events do not use it.
  Log repeatable() const;

  // Writes one more line for each run of equal lines that has ended, none having come for 30 s, and left some
  // unwritten. Call it about once a second.
  void sum_up() const;

  // The same for every run, ended or not: the process ends.
  void sum_up_all() const;

  void error(std::string_view event, std::string_view message, Fields fields = {}) const;
  void warn(std::string_view event, std::string_view message, Fields fields = {}) const;
  void info(std::string_view event, std::string_view message, Fields fields = {}) const;
  void debug(std::string_view event, std::string_view message, Fields fields = {}) const;
  void trace(std::string_view event, std::string_view message, Fields fields = {}) const;
  void write(Level level, std::string_view event, std::string_view message,
             std::span<const Field> fields) const;

  // Waits until stderr has taken what was written, for SideThread::last_patience at most. For whoever ends
  // the process without destroying the log.
  void flush() const;

  // Ask before building something costly for a debug line.
  bool enabled(Level level) const;

  // For this log and everything that shares with it, from any thread.
  void set_level(Level level) const;

  Counts counts() const;

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
  std::string scope_;    // the fields of with(), rendered
  std::string forward_;  // of them, what repeatable() needs
  bool repeatable_ = false;
};

}  // namespace towline::observe
