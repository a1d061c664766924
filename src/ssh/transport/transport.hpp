// The SSH transport protocol over a wire: libssh2 does key exchange and ciphers, we own every byte in and
// out, and every message above the transport's own is handed to a receiver.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/wire.hpp"
#include "ssh/connection/message.hpp"
#include "ssh/error.hpp"
#include "ssh/greeting.hpp"
#include "ssh/host_certificate.hpp"
#include "ssh/host_key.hpp"
#include "ssh/server_words.hpp"
#include "ssh/transport/algorithms.hpp"
#include "ssh/transport/send_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct _LIBSSH2_SESSION;

namespace towline::ssh {

// Not thread-safe; use on one io_context. libssh2 never sees a socket: it reads what the wire has and its
// output is always accepted, so no packet is ever half sent. The first error is final.
class Transport {
 public:
  using Clock = std::chrono::steady_clock;

  // Gets the messages of user authentication, then of the connection protocol, from inside read().
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void on_message(connection::Bytes message, std::uint32_t sequence) = 0;
  };

  explicit Transport(std::unique_ptr<net::Wire> wire);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  net::Wire& wire() { return *wire_; }
  const net::Wire& wire() const { return *wire_; }

  // Identification strings, the first key exchange, and the request for user authentication. Bounded by the
  // caller's deadline. Errors: banner_missing, no_common_*, key_exchange_failed; lost() when the keys are
  // there.
  Task<Result<>> handshake(const Algorithms& algorithms);
  // The key the server has proved to own. Where it showed a certificate (for one of the certificate
  // algorithms it was asked for), nobody has looked at that yet.
  const HostKey& host_key() const { return host_key_; }
  const std::optional<Certificate>& host_certificate() const { return host_certificate_; }
  Negotiated negotiated() const;
  std::string server_software() const;  // the server's identification, "SSH-2.0-OpenSSH_9.2p1 …"

  // What the server has said and nobody has taken; may outlive the transport.
  const std::shared_ptr<ServerWords>& words() const { return words_; }

  // `code` with the server's own words, and the system's or libssh2's.
  Failure failure(boost::system::error_code code) const;
  // The end of the session: peer_disconnected, peer_closed, or `otherwise`.
  Failure lost(errc otherwise) const;

  bool peer_disconnected() const { return disconnect_received_; }

  // What signatures of the user's keys cover (RFC 4252, 7).
  connection::Bytes session_id() const;
  // What RSA keys and others may sign with: ours, and the server's (RFC 8308, 3.1), empty where it does not
  // say. Comma lists.
  const std::string& signature_algorithms() const { return signature_algorithms_; }
  std::string server_signature_algorithms() const;
  // The server has accepted the user. Called from inside on_message(): read() ends behind that message, and
  // what follows it is for the next receiver.
  void authenticated();

  // From here on messages go to `receiver` (nullptr: to libssh2, which has no use for them).
  void deliver_to(Receiver* receiver) { receiver_ = receiver; }

  // Reads at most one turn's budget of bytes and delivers what they hold. True: there is more, call again
  // after others had their turn. False: wait for the wire.
  Result<bool> read();

  // One message of two pieces. Never call while in_key_exchange().
  Result<> write(connection::Bytes head, connection::Bytes tail = {});
  bool in_key_exchange() const;

  // Bytes accepted by write() that the wire has not taken yet.
  std::size_t backlog() const { return output_.size(); }
  // Gives the wire what it takes now; true when nothing is left.
  Result<bool> flush();
  Task<Result<>> flush_all();

  // Tells the server that we leave (RFC 4253, 11.1); flush afterwards.
  void disconnect(const std::string& reason);

  Clock::time_point last_received() const { return last_received_; }
  std::uint64_t bytes_received() const { return bytes_received_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }

 private:
  friend struct TransportCallbacks;
  struct Free {
    void operator()(_LIBSSH2_SESSION* session) const;
  };

  // Calls `call` (a libssh2 function that may answer EAGAIN) until it is done; returns its last answer.
  template <class Call>
  Task<int> drive(Call call);

  std::ptrdiff_t receive(std::span<std::uint8_t> into);
  std::ptrdiff_t send(std::span<const std::uint8_t> from);
  int packet(connection::Bytes message, std::uint32_t sequence);
  struct HostIdentity {
    HostKey key;
    std::optional<Certificate> certificate;
  };
  std::optional<HostIdentity> read_host_identity() const;
  Result<> check_host_key_after_rekey();
  Result<> set_algorithms(const Algorithms& algorithms);
  Failure handshake_failure(const Algorithms& ours) const;
  Failure plain_failure(boost::system::error_code code) const;

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
  std::shared_ptr<ServerWords> words_ = std::make_shared<ServerWords>();
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
