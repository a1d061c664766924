// The SSH transport protocol over a wire: libssh2 does key exchange and ciphers, we own every byte in and
// out, and every message above the transport's own is handed to a receiver.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/wire.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/transport/algorithms.hpp"
#include "ssh/transport/greeting.hpp"
#include "ssh/transport/packets.hpp"
#include "ssh/transport/peer_words.hpp"
#include "ssh/transport/send_queue.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

struct _LIBSSH2_SESSION;

namespace towline::ssh {

// Not thread-safe; use on one io_context. libssh2 never sees a socket: it reads what the wire has and its
// output is always accepted, so no packet is ever half sent. The first error is final.
class ClientTransport final : public Packets {
 public:
  explicit ClientTransport(std::unique_ptr<net::Wire> wire);
  ~ClientTransport() override;
  ClientTransport(const ClientTransport&) = delete;
  ClientTransport& operator=(const ClientTransport&) = delete;

  using Packets::wire;
  net::Wire& wire() override { return *wire_; }

  // Identification strings, the first key exchange, and the request for user authentication. Bounded by the
  // caller's deadline. Errors: closed_at_once, banner_missing, no_common_*, key_exchange_failed, lost().
  Task<Result<>> handshake(const Algorithms& algorithms);
  // The key the server has proved to own. Where it showed a certificate (for one of the certificate
  // algorithms it was asked for), nobody has looked at that yet.
  const HostKey& host_key() const { return host_key_; }
  const std::optional<Certificate>& host_certificate() const { return host_certificate_; }
  Negotiated negotiated() const;
  std::string peer_software() const override;

  // What the server has said and nobody has taken; may outlive the transport.
  const std::shared_ptr<PeerWords>& words() const { return words_; }
  std::string take_words() override { return words_->take(); }

  // The end of the session, with the server's own words: peer_disconnected, peer_closed, transport_failed
  // with the system's reason, or `otherwise`.
  Failure lost(errc otherwise) const;

  bool peer_disconnected() const { return disconnect_received_; }

  // What signatures of the user's keys cover (RFC 4252, 7).
  Bytes session_id() const;
  // What RSA keys and others may sign with: ours, and the server's (RFC 8308, 3.1), empty where it does not
  // say. Comma lists.
  const std::string& signature_algorithms() const { return signature_algorithms_; }
  std::string server_signature_algorithms() const;
  // The server has accepted the user. Called from inside on_message(): read() ends behind that message, and
  // what follows it is for the next receiver.
  void authenticated();

  void deliver_to(Receiver* receiver) override {
    receiver_ = receiver;
    if (!greeting_.is_over()) greeting_.end();
  }
  Result<bool> read() override;
  Result<> write(Bytes head, Bytes tail) override;
  Result<> write(Bytes message) { return write(message, {}); }
  bool in_key_exchange() const override;
  unsigned key_exchanges() const override { return key_exchanges_; }
  std::size_t backlog() const override { return output_.size(); }
  Result<bool> flush() override;
  Task<Result<>> flush_all();
  void disconnect(const std::string& reason) override;

  Clock::time_point last_received() const override { return last_received_; }
  std::uint64_t bytes_received() const override { return bytes_received_; }
  std::uint64_t bytes_sent() const override { return bytes_sent_; }

 private:
  friend struct TransportCallbacks;
  struct Free {
    void operator()(_LIBSSH2_SESSION* session) const;
  };

  // Until libssh2 is done; returns its last answer.
  Task<int> shake_hands();

  std::ptrdiff_t receive(std::span<std::uint8_t> into);
  std::ptrdiff_t send(std::span<const std::uint8_t> from);
  int packet(Bytes message, std::uint32_t sequence);
  struct HostIdentity {
    HostKey key;
    std::optional<Certificate> certificate;
  };
  std::optional<HostIdentity> read_host_identity() const;
  Result<> check_host_key_after_rekey();
  Result<> set_algorithms(const Algorithms& algorithms);
  Failure handshake_failure(const Algorithms& ours, int rc) const;
  // `code` with what libssh2 says of its last call.
  Failure refused_by_library(errc code) const;

  std::unique_ptr<net::Wire> wire_;
  std::unique_ptr<_LIBSSH2_SESSION, Free> session_;
  Receiver* receiver_ = nullptr;
  SendQueue output_;
  std::size_t budget_ = 0;
  bool wire_is_empty_ = false;
  bool read_enough_ = false;  // this read() ends early
  std::string signature_algorithms_;
  bool abandoned_ = false;   // libssh2 must come to an end by itself: reads and writes fail
  bool wire_ended_ = false;  // the peer has closed it
  error_code wire_error_;
  std::shared_ptr<PeerWords> words_ = std::make_shared<PeerWords>();
  Greeting greeting_{*words_};
  std::uint32_t disconnect_reason_ = 0;
  bool disconnect_received_ = false;
  unsigned key_exchanges_ = 0;
  HostKey host_key_;  // of the first key exchange
  std::optional<Certificate> host_certificate_;
  Clock::time_point last_received_ = Clock::now();
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;
};

}  // namespace towline::ssh
