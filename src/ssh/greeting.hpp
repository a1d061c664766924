// What a server says before anything is encrypted: lines, its identification (RFC 4253, 4.2), and its first
// SSH_MSG_KEXINIT. Pure.
#pragma once

#include "ssh/connection/message.hpp"
#include "ssh/negotiation.hpp"
#include "ssh/server_words.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace towline::ssh {

// Reads along with the library, which drops the lines and does not say what was offered. Needs as much memory
// as the longest packet that RFC 4253 (6.1) knows, until it is over.
class Greeting {
 public:
  // Lines before the identification go to `words`.
  explicit Greeting(ServerWords& words) : words_(words) {}

  // The next bytes of the connection, in pieces of any size.
  void read(connection::Bytes bytes);
  // The server has ended the connection: what it has begun is a line too.
  void end();

  bool is_over() const { return phase_ == Phase::over; }
  const std::optional<KexInit>& kexinit() const { return kexinit_; }

 private:
  enum class Phase { lines, packets, over };

  void read_line(connection::Bytes& bytes);
  void line_ended();
  void read_packet(connection::Bytes& bytes);
  void finish();

  ServerWords& words_;
  Phase phase_ = Phase::lines;
  std::string pending_;  // a line or a packet that is not complete
  std::optional<KexInit> kexinit_;
};

}  // namespace towline::ssh
