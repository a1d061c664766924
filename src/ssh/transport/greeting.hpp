// What a peer says before anything is encrypted: lines, its identification (RFC 4253, 4.2), and its first
// SSH_MSG_KEXINIT. Pure.
#pragma once

#include "ssh/transport/negotiation.hpp"
#include "ssh/transport/peer_words.hpp"
#include "ssh/wire/message.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace towline::ssh {

// Reads along with the library, which drops the lines and does not say what was offered. Needs as much memory
// as the longest packet that RFC 4253 (6.1) knows, until it is over.
class Greeting {
 public:
  // Lines before the identification go to `words`.
  explicit Greeting(PeerWords& words) : words_(words) {}

  // The next bytes of the connection, in pieces of any size.
  void read(Bytes bytes);
  // The peer has ended the connection: what it has begun is a line too.
  void end();

  bool is_over() const { return phase_ == Phase::over; }
  const std::optional<KexInit>& kexinit() const { return kexinit_; }

 private:
  enum class Phase { lines, packets, over };

  void read_line(Bytes& bytes);
  void line_ended();
  void read_packet(Bytes& bytes);
  void finish();

  PeerWords& words_;
  Phase phase_ = Phase::lines;
  std::string pending_;  // a line or a packet that is not complete
  std::optional<KexInit> kexinit_;
};

}  // namespace towline::ssh
