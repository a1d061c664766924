// What systemd is told of a service of Type=notify: sd_notify(3), without its library.
#pragma once

#include "config/env.hpp"
#include "observe/attendance.hpp"
#include "observe/board.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace towline::app {

// Each message is one datagram to NOTIFY_SOCKET and never waited for; without that variable there are none.
// Thread-safe.
class Systemd {
 public:
  explicit Systemd(const config::Env& env);
  ~Systemd();
  Systemd(const Systemd&) = delete;
  Systemd& operator=(const Systemd&) = delete;

  // What is new: READY=1 with the first ready, STOPPING=1 with the beginning of the end, STATUS= with each
  // change of its sentence.
  void update(const observe::Board& board);

  // RELOADING=1, and READY=1 when it is over. A service that has not been ready yet is not told to be
  // reloading: the READY=1 that must follow would be a lie.
  void reload_begins();
  void reload_ends();

  // How often beat() is wanted: half of WATCHDOG_USEC; nothing: never.
  std::optional<std::chrono::microseconds> beat_interval() const { return beat_interval_; }

  // WATCHDOG=1, unless a loop is stuck. Call it from a loop that would not turn if it were stuck itself.
  void beat(const observe::Board& board);

 private:
  bool send(std::string_view message) const;

  int socket_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> beat_interval_;
  std::optional<observe::Attendance> attendance_;  // at the beats; of whoever calls beat()

  std::mutex mutex_;
  bool ready_told_ = false;
  bool stopping_told_ = false;
  bool reloading_ = false;
  std::string sentence_told_;
};

// "Ready: 2 of 3 forwards are up", "Not ready: db: auth: the server refused every key". Pure.
std::string status_sentence(const observe::Facts& facts);

// The variables that are meant for this process and for none that it starts.
bool is_for_main_process(std::string_view variable);

}  // namespace towline::app
