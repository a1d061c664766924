#include "ssh/transport/client/client_transport.hpp"

#include "ssh/transport/negotiation.hpp"
#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <boost/asio/error.hpp>
#include <libssh2.h>
#include <libssh2_packet.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <string_view>
#include <utility>

namespace towline::ssh {

namespace {

// Enough for eight full packets a turn; then the other connections of the loop have theirs.
constexpr std::size_t read_budget = 256 * 1024;
// A read of less has emptied the wire.
constexpr std::size_t small_read_max = 4 * 1024;

// What the server did, by libssh2's code. The end of the wire is not told by it.
errc of_library(int rc) {
  switch (rc) {
    case LIBSSH2_ERROR_INVALID_MAC: return errc::mac_invalid;
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE: return errc::rekey_failed;
    case LIBSSH2_ERROR_PROTO: return errc::unexpected_message;
    default: return errc::packet_invalid;
  }
}

}  // namespace

// libssh2's callbacks: C functions that find their ClientTransport behind the session's abstract pointer.
struct TransportCallbacks {
  static ClientTransport& self(void** abstract) { return *static_cast<ClientTransport*>(*abstract); }

  static ssize_t receive(libssh2_socket_t, void* buffer, size_t length, int, void** abstract) {
    return self(abstract).receive({static_cast<std::uint8_t*>(buffer), length});
  }
  static ssize_t send(libssh2_socket_t, const void* buffer, size_t length, int, void** abstract) {
    return self(abstract).send({static_cast<const std::uint8_t*>(buffer), length});
  }
  static void disconnect(LIBSSH2_SESSION*, int reason, const char* message, int length, const char*, int,
                         void** abstract) {
    self(abstract).words_->add(text(message, length));
    self(abstract).disconnect_reason_ = static_cast<std::uint32_t>(reason);
    self(abstract).disconnect_received_ = true;
  }
  // Messages for debugging are for whoever debugs the server, but for those to be shown (RFC 4253, 11.3).
  static void debug(LIBSSH2_SESSION*, int always_display, const char* message, int length, const char*, int,
                    void** abstract) {
    if (always_display != 0) self(abstract).words_->add(text(message, length));
  }
  static std::string_view text(const char* message, int length) {
    return message && length > 0 ? std::string_view(message, static_cast<std::size_t>(length))
                                 : std::string_view();
  }
  static int packet(void* context, std::uint32_t sequence, const unsigned char* data, std::size_t length) {
    return static_cast<ClientTransport*>(context)->packet({data, length}, sequence);
  }
};

void ClientTransport::Free::operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }

ClientTransport::ClientTransport(std::unique_ptr<net::Wire> wire)
    : wire_(std::move(wire)), session_(libssh2_session_init_ex(nullptr, nullptr, nullptr, this)) {
  if (!session_) throw std::bad_alloc();
  auto* session = session_.get();
  libssh2_session_set_blocking(session, 0);
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV,
                                reinterpret_cast<libssh2_cb_generic*>(&TransportCallbacks::receive));
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND,
                                reinterpret_cast<libssh2_cb_generic*>(&TransportCallbacks::send));
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DISCONNECT,
                                reinterpret_cast<libssh2_cb_generic*>(&TransportCallbacks::disconnect));
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DEBUG,
                                reinterpret_cast<libssh2_cb_generic*>(&TransportCallbacks::debug));
  libssh2_packet_hook(session, &TransportCallbacks::packet, this);
}

ClientTransport::~ClientTransport() {
  abandoned_ = true;  // else freeing the session could wait for a peer that is silent
  session_.reset();
  wire_->close();
}

std::ptrdiff_t ClientTransport::receive(std::span<std::uint8_t> into) {
  if (abandoned_) return -ECONNRESET;
  if (budget_ == 0 || wire_is_empty_) return -EAGAIN;
  into = into.first(std::min(into.size(), budget_));
  const auto got = wire_->read_some(into);
  // A few bytes were all there was: asking again would be a system call for nothing. Under load more has come
  // by now.
  wire_is_empty_ = got.would_block() || (!got.error && got.bytes < small_read_max);
  if (got.would_block()) return -EAGAIN;
  if (got.eof()) {
    wire_ended_ = true;  // whether or not a write has noticed it first
    greeting_.end();
    return 0;
  }
  if (got.error) {
    wire_error_ = got.error;
    greeting_.end();
    return -ECONNRESET;
  }
  if (!greeting_.is_over()) greeting_.read(into.first(got.bytes));
  budget_ -= got.bytes;
  bytes_received_ += got.bytes;
  last_received_ = Clock::now();
  return static_cast<std::ptrdiff_t>(got.bytes);
}

std::ptrdiff_t ClientTransport::send(std::span<const std::uint8_t> from) {
  if (abandoned_) return -ECONNRESET;
  output_.append(from);
  return static_cast<std::ptrdiff_t>(from.size());
}

int ClientTransport::packet(Bytes message, std::uint32_t sequence) {
  if (!receiver_) return 0;
  if (message.data() == nullptr) {
    receiver_->on_expiry();
  } else {
    receiver_->on_message(message, sequence);
  }
  return 1;
}

Failure ClientTransport::refused_by_library(errc code) const {
  char* text = nullptr;
  libssh2_session_last_error(session_.get(), &text, nullptr, 0);
  return {code, text ? text : ""};
}

Failure ClientTransport::lost(errc otherwise) const {
  Failure why(otherwise);
  if (disconnect_received_) {
    why = errc::peer_disconnected;
    why.ssh_code = disconnect_reason_;
  } else if (wire_ended_) {
    why = errc::peer_closed;
  } else if (wire_error_) {
    why = Failure(errc::transport_failed, wire_error_.message());
    why.cause = wire_error_;
  } else if (otherwise != errc::mac_invalid) {
    why = refused_by_library(otherwise);
  }
  why.said = words_->quoted();
  return why;
}

Result<> ClientTransport::set_algorithms(const Algorithms& algorithms) {
  const std::pair<int, const std::string*> preferences[] = {
      {LIBSSH2_METHOD_KEX, &algorithms.key_exchange}, {LIBSSH2_METHOD_HOSTKEY, &algorithms.host_key},
      {LIBSSH2_METHOD_CRYPT_CS, &algorithms.cipher},  {LIBSSH2_METHOD_CRYPT_SC, &algorithms.cipher},
      {LIBSSH2_METHOD_MAC_CS, &algorithms.mac},       {LIBSSH2_METHOD_MAC_SC, &algorithms.mac}};
  signature_algorithms_ = algorithms.signature;
  for (const auto& [method, list] : preferences) {
    if (libssh2_session_method_pref(session_.get(), method, list->c_str()) != 0) {
      return refused_by_library(errc::key_exchange_failed);
    }
  }
  return {};
}

Task<int> ClientTransport::shake_hands() {
  // libssh2 hands the descriptor to our callbacks, which do not look at it, and sets O_NONBLOCK on it: one of
  // no use.
  constexpr libssh2_socket_t no_descriptor = std::numeric_limits<libssh2_socket_t>::max();
  for (;;) {
    budget_ = std::size_t{1} << 30U;
    wire_is_empty_ = false;
    const int rc = libssh2_session_handshake(session_.get(), no_descriptor);
    const auto flushed = co_await flush_all();
    if (rc != LIBSSH2_ERROR_EAGAIN) co_return rc;
    if (!flushed) {
      wire_is_empty_ = false;
      libssh2_session_handshake(session_.get(),
                                no_descriptor);  // reads what the server said before it hung up
      co_return LIBSSH2_ERROR_SOCKET_SEND;
    }
    if (!wire_is_empty_) continue;  // some ciphers ask again although the wire still has bytes
    if (co_await wire_->wait_readable()) co_return LIBSSH2_ERROR_SOCKET_RECV;
  }
}

Task<Result<>> ClientTransport::handshake(const Algorithms& algorithms) {
  if (auto set = set_algorithms(algorithms); !set) co_return set;
  const int rc = co_await shake_hands();
  if (rc != 0) co_return handshake_failure(algorithms, rc);
  auto identity = read_host_identity();
  if (!identity)
    co_return Failure{errc::key_exchange_failed,
                      "the server's host key is damaged, too short or of no known type"};
  host_key_ = std::move(identity->key);
  host_certificate_ = std::move(identity->certificate);
  key_exchanges_ = libssh2_packet_kex_count(session_.get());
  co_return Result<>{};
}

// Whoever ends it: the server may close the connection when it has seen our offer, or wait until we do.
Failure ClientTransport::handshake_failure(const Algorithms& ours, int rc) const {
  // RFC 4253, 4.2: lines before the identification are allowed; libssh2 keeps the last one it read.
  if (!peer_software().starts_with("SSH-")) {
    auto why = lost(errc::banner_missing);
    why.code =
        bytes_received_ == 0 && (wire_ended_ || wire_error_) ? errc::closed_at_once : errc::banner_missing;
    return why;
  }
  if (libssh2_packet_kex_count(session_.get()) > 0) return lost(of_library(rc));
  const auto& theirs = greeting_.kexinit();
  auto mismatch = theirs ? no_common_algorithm(ours, *theirs) : std::nullopt;
  if (!mismatch) return lost(errc::key_exchange_failed);
  mismatch->said = words_->quoted();
  return std::move(*mismatch);
}

std::optional<ClientTransport::HostIdentity> ClientTransport::read_host_identity() const {
  std::size_t length = 0;
  int type = 0;
  const char* blob = libssh2_session_hostkey(session_.get(), &length, &type);
  if (!blob) return std::nullopt;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(blob), length);
  if (auto key = parse_host_key(bytes)) return HostIdentity{std::move(*key), std::nullopt};
  auto certificate = parse_host_certificate(bytes);
  if (!certificate) return std::nullopt;
  return HostIdentity{certificate->key, std::move(certificate)};
}

Negotiated ClientTransport::negotiated() const {
  auto method = [this](int which) {
    const char* name = libssh2_session_methods(session_.get(), which);
    return std::string(name ? name : "");
  };
  return {.key_exchange = method(LIBSSH2_METHOD_KEX),
          .host_key = method(LIBSSH2_METHOD_HOSTKEY),
          .to_server = negotiated_way(method(LIBSSH2_METHOD_CRYPT_CS), method(LIBSSH2_METHOD_MAC_CS)),
          .to_client = negotiated_way(method(LIBSSH2_METHOD_CRYPT_SC), method(LIBSSH2_METHOD_MAC_SC))};
}

std::string ClientTransport::peer_software() const {
  const char* banner = libssh2_session_banner_get(session_.get());
  return banner ? text::shown(banner) : "";
}

Result<> ClientTransport::check_host_key_after_rekey() {
  const auto count = libssh2_packet_kex_count(session_.get());
  if (count == key_exchanges_) return {};
  key_exchanges_ = count;
  const auto now = read_host_identity();
  if (now && now->key == host_key_) return {};
  return Failure{errc::host_key_changed_in_rekey,
                 "was " + fingerprint(host_key_) + ", is " + (now ? fingerprint(now->key) : "damaged")};
}

Result<bool> ClientTransport::read() {
  budget_ = read_budget;
  wire_is_empty_ = false;
  read_enough_ = false;
  libssh2_session_set_last_error(session_.get(), LIBSSH2_ERROR_NONE, nullptr);  // of an earlier call
  int rc = 0;
  do {
    rc = libssh2_packet_read(session_.get());
    if (rc == LIBSSH2_ERROR_SOCKET_DISCONNECT && !wire_ended_) disconnect_received_ = true;  // without a word
    if (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN) return lost(of_library(rc));
    if (auto same = check_host_key_after_rekey(); !same) return same.error();
    if (read_enough_) return true;
  } while (rc > 0 || (rc == 0 && libssh2_packet_pending(session_.get()) != 0));
  return !wire_is_empty_;
}

Result<> ClientTransport::write(Bytes head, Bytes tail) {
  const int rc = libssh2_packet_send(session_.get(), head.data(), head.size(), tail.data(), tail.size());
  if (rc == 0) return {};
  return lost(errc::transport_failed);
}

Bytes ClientTransport::session_id() const {
  std::size_t size = 0;
  const auto* id = libssh2_packet_session_id(session_.get(), &size);
  return {id, size};
}

std::string ClientTransport::server_signature_algorithms() const {
  const char* list = libssh2_packet_server_sig_algs(session_.get());
  return list ? list : "";
}

void ClientTransport::authenticated() {
  libssh2_packet_authenticated(session_.get());
  read_enough_ = true;
}

bool ClientTransport::in_key_exchange() const { return libssh2_packet_in_kex(session_.get()) != 0; }

Result<bool> ClientTransport::flush() {
  while (backlog() > 0) {
    const auto put = wire_->write_some(output_.waiting());
    if (put.would_block()) return false;
    if (put.error) {
      wire_error_ = put.error;
      return lost(errc::transport_failed);
    }
    output_.sent(put.bytes);
    bytes_sent_ += put.bytes;
  }
  return true;
}

Task<Result<>> ClientTransport::flush_all() {
  for (;;) {
    auto done = flush();
    if (!done) co_return done.error();
    if (*done) co_return Result<>{};
    if (auto ec = co_await wire_->wait_writable()) co_return ec;
  }
}

void ClientTransport::disconnect(const std::string& reason) {
  libssh2_session_disconnect_ex(session_.get(), SSH_DISCONNECT_BY_APPLICATION, reason.c_str(), "");
}

}  // namespace towline::ssh
