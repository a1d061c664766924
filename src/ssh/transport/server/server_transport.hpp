// The SSH transport protocol towards a client: libssh does key exchange and ciphers, we own every byte in and
// out, and every message above the transport's own is handed to a receiver.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "net/wire.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/transport/greeting.hpp"
#include "ssh/transport/packets.hpp"
#include "ssh/transport/peer_words.hpp"
#include "ssh/transport/send_queue.hpp"
#include "ssh/transport/server/server_keys.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct ssh_session_struct;

namespace towline::ssh {

// Not thread-safe; use on one io_context. libssh never sees a socket: it is given what the wire has, and its
// output is always accepted. Nothing is read but in handshake() and read(), so that a client is held back
// while nobody calls them, and nothing of libssh's own authentication or channels is used. The first error is
// final.
class ServerTransport final : public Packets {
 public:
  // `keys` outlive it. A key exchange is begun after `rekey_bytes` each way, sooner where the cipher demands
  // it (RFC 4344, 3.2); 0: then only.
  ServerTransport(std::unique_ptr<net::Wire> wire, ServerKeys& keys, std::uint64_t rekey_bytes = 0);
  ~ServerTransport() override;
  ServerTransport(const ServerTransport&) = delete;
  ServerTransport& operator=(const ServerTransport&) = delete;

  using Packets::wire;
  net::Wire& wire() override { return *wire_; }

  // Identification strings, the first key exchange, and the client's request for user authentication, which
  // is accepted. Errors: connect_timeout, closed_at_once, banner_missing, no_common_*, key_exchange_failed,
  // lost(). What was said last has left then, as far as the wire takes it at once.
  Task<Result<>> handshake(Deadline deadline);

  // After handshake(). What we have shown in the first key exchange: the key that we own, or its certificate.
  const HostKey& host_key() const { return host_key_; }
  Negotiated negotiated() const;  // last
  std::string peer_software() const override;

  // What the client has said and nobody has taken; may outlive the transport.
  const std::shared_ptr<PeerWords>& words() const { return words_; }
  std::string take_words() override { return words_->take(); }

  // The end of the session, with the client's own words: peer_disconnected, peer_closed, transport_failed
  // with the system's reason, or `otherwise`. ssh::message_of() says "the client".
  Failure lost(errc otherwise) const;
  bool peer_disconnected() const { return disconnect_received_; }

  // What signatures of the user's keys cover (RFC 4252, 7).
  Bytes session_id() const;

  // Called from inside on_message(): read() ends behind that message. Until then each one has its time: while
  // a decision is open nothing more is read.
  void pause() { read_enough_ = true; }
  // Sends SSH_MSG_USERAUTH_SUCCESS; channels may come from here on, and requests for authentication are
  // passed over (RFC 4252, 5.3). The read() that runs ends behind its message: what follows is for the next
  // receiver.
  Result<> authenticated();

  // Messages 50 to 79 before authenticated(), 80 and above behind it; 3, and numbers that are nobody's, at
  // any time. What comes without a receiver is lost.
  void deliver_to(Receiver* receiver) override { receiver_ = receiver; }
  Result<bool> read() override;
  Result<> write(Bytes head, Bytes tail) override;
  Result<> write(Bytes message) { return write(message, {}); }
  bool in_key_exchange() const override;
  unsigned key_exchanges() const override;
  std::size_t backlog() const override { return output_.size(); }
  Result<bool> flush() override;
  Task<Result<>> flush_all();
  void disconnect(const std::string& reason) override;
  void disconnect(std::uint32_t code, const std::string& reason);  // RFC 4253, 11.1

  Clock::time_point last_received() const override { return last_received_; }
  std::uint64_t bytes_received() const override { return bytes_received_; }
  std::uint64_t bytes_sent() const override { return bytes_sent_; }

 private:
  friend struct ServerTransportCallbacks;
  using Buffer = std::vector<std::uint8_t>;
  struct Free {
    void operator()(ssh_session_struct* session) const;
  };

  Task<Result<>> shake_hands();
  Failure handshake_failure() const;
  // `code` with what libssh says, or what the client did in the place of it.
  Failure refused_by_library(errc code) const;

  Result<bool> read_into(Buffer& scratch);
  // Appends to the `have` bytes in `scratch`; their new number.
  Result<std::size_t> receive(Buffer& scratch, std::size_t have);
  // How many of the `have` bytes are done with.
  Result<std::size_t> process(Buffer& scratch, std::size_t have);
  void keep(std::span<const std::uint8_t> rest);
  void message(Bytes message, std::uint32_t sequence);
  void service_requested(Bytes message);
  void expire();

  std::unique_ptr<net::Wire> wire_;
  ServerKeys& keys_;
  std::unique_ptr<ssh_session_struct, Free> session_;
  Receiver* receiver_ = nullptr;
  SendQueue output_;
  Buffer partial_;            // read and not processed
  bool unprocessed_ = false;  // there may be whole packets in it
  std::size_t budget_ = 0;
  bool wire_is_empty_ = false;
  bool read_enough_ = false;     // this read() ends early
  bool message_stands_ = false;  // the receiver has one that has not expired
  bool service_accepted_ = false;
  bool authenticated_ = false;
  bool wire_ended_ = false;  // the peer has closed it
  error_code wire_error_;
  std::optional<Failure> violation_;  // of what is not libssh's to judge
  std::shared_ptr<PeerWords> words_ = std::make_shared<PeerWords>();
  Greeting greeting_{*words_};
  std::uint32_t disconnect_reason_ = 0;
  bool disconnect_received_ = false;
  HostKey host_key_;
  Clock::time_point last_received_ = Clock::now();
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace towline::ssh
