// What the connection protocol needs of the transport below it, whoever shook hands: messages in and out.
#pragma once

#include "async/result.hpp"
#include "net/wire.hpp"
#include "ssh/wire/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace towline::ssh {

// Not thread-safe; use on one io_context. The first error is final.
class Packets {
 public:
  using Clock = std::chrono::steady_clock;

  // Gets the messages of user authentication, then of the connection protocol, from inside read().
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // `message` is valid until on_expiry() or the next read(), whichever comes first.
    virtual void on_message(Bytes message, std::uint32_t sequence) = 0;
    virtual void on_expiry() {}
  };

  virtual ~Packets() = default;

  virtual net::Wire& wire() = 0;
  const net::Wire& wire() const { return const_cast<Packets*>(this)->wire(); }

  // From here on messages go to `receiver` (nullptr: to nobody).
  virtual void deliver_to(Receiver* receiver) = 0;

  // Reads at most one turn's budget of bytes and delivers what they hold. True: there is more, call again
  // after others had their turn. False: wait for the wire.
  virtual Result<bool> read() = 0;

  // One message of two pieces. Never call while in_key_exchange().
  virtual Result<> write(Bytes head, Bytes tail) = 0;
  virtual bool in_key_exchange() const = 0;
  // How many are over, the first one included.
  virtual unsigned key_exchanges() const = 0;

  // Bytes accepted by write() that the wire has not taken yet.
  virtual std::size_t backlog() const = 0;
  // Gives the wire what it takes now; true when nothing is left.
  virtual Result<bool> flush() = 0;

  // Tells the peer that we leave (RFC 4253, 11.1); flush afterwards.
  virtual void disconnect(const std::string& reason) = 0;

  virtual std::string peer_software() const = 0;  // its identification, "SSH-2.0-OpenSSH_9.2p1 …"
  // Messages of the peer to be shown to people that nobody has taken (PeerWords); empty for none.
  virtual std::string take_words() = 0;

  virtual Clock::time_point last_received() const = 0;
  virtual std::uint64_t bytes_received() const = 0;
  virtual std::uint64_t bytes_sent() const = 0;
};

}  // namespace towline::ssh
