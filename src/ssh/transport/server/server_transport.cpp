#include "ssh/transport/server/server_transport.hpp"

#include "async/yield_turn.hpp"
#include "ssh/transport/negotiation.hpp"
#include "ssh/wire/writer.hpp"
#include "text/utf8.hpp"

#include <boost/asio/error.hpp>
#include <libssh/libssh.h>
#include <libssh/packet_hook.h>
#include <libssh/server.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace towline::ssh {

namespace {

// As ClientTransport's.
constexpr std::size_t server_read_budget = 256 * 1024;
constexpr std::size_t server_small_read_max = 4 * 1024;
// RFC 4253, 6.1: what a packet may have with all that belongs to it. Whoever is not known gets no more
// memory.
constexpr std::size_t early_packet_max = 35'000;
// libssh's own bound (MAX_PACKET_LEN), with length and MAC, and room to read on behind it.
constexpr std::size_t library_packet_max = 256 * 1024 + 4 + 64;
constexpr std::size_t scratch_size = library_packet_max + 128 * 1024;

// RFC 4253, 12; 11.1.
constexpr std::uint8_t disconnect_number = 1;
constexpr std::uint8_t unimplemented_number = 3;
constexpr std::uint8_t debug_number = 4;
constexpr std::uint8_t service_request_number = 5;
constexpr std::uint8_t service_accept_number = 6;
constexpr std::uint32_t service_not_available = 7;
constexpr std::uint32_t by_application = 11;
constexpr std::string_view userauth = "ssh-userauth";

constexpr bool is_userauth(std::uint8_t number) { return number >= 50 && number <= 79; }

// What the client did, by what the hook says of it.
errc of_violation(ssh_packet_hook_violation_e violation, errc otherwise) {
  switch (violation) {
    case SSH_PACKET_HOOK_MAC: return errc::mac_invalid;
    case SSH_PACKET_HOOK_LENGTH: return errc::packet_invalid;
    case SSH_PACKET_HOOK_STATE: return errc::unexpected_message;
    default: return otherwise;
  }
}

}  // namespace

// libssh's callbacks: C functions that find their ServerTransport behind the user pointer.
struct ServerTransportCallbacks {
  static void message(void* user, std::uint32_t sequence, const std::uint8_t* data, std::size_t length) {
    static_cast<ServerTransport*>(user)->message({data, length}, sequence);
  }
  static void output(void* user, const std::uint8_t* data, std::size_t length) {
    static_cast<ServerTransport*>(user)->output_.append({data, length});
  }
};

void ServerTransport::Free::operator()(ssh_session_struct* session) const { ssh_free(session); }

ServerTransport::ServerTransport(std::unique_ptr<net::Wire> wire, ServerKeys& keys, std::uint64_t rekey_bytes)
    : wire_(std::move(wire)), keys_(keys), session_(ssh_new()) {
  if (!session_) throw std::bad_alloc();
  if (rekey_bytes > 0) ssh_options_set(session_.get(), SSH_OPTIONS_REKEY_DATA, &rekey_bytes);
}

ServerTransport::~ServerTransport() {
  session_.reset();
  wire_->close();
}

Task<Result<>> ServerTransport::handshake(Deadline deadline) {
  const ssh_packet_hook_struct hook{&ServerTransportCallbacks::message, &ServerTransportCallbacks::output,
                                    this};
  if (ssh_packet_hook_accept(keys_.bind_.get(), session_.get(), &hook) != SSH_OK)
    co_return refused_by_library(errc::key_exchange_failed);
  auto done = co_await before(deadline, shake_hands());
  greeting_.end();
  (void)flush();  // a client that finds nothing in common says so only when it has read our offer
  if (!done) co_return Failure(errc::connect_timeout);
  co_return std::move(*done);
}

Task<Result<>> ServerTransport::shake_hands() {
  for (;;) {
    const auto more = read();
    const auto sent = co_await flush_all();
    if (!more || !sent) co_return handshake_failure();
    if (service_accepted_) break;
    if (*more) {
      co_await yield_turn();
    } else if (const auto ec = co_await wire_->wait_readable()) {
      co_return Failure(ec);
    }
  }
  if (const auto* key = keys_.shown_for(negotiated().host_key)) host_key_ = *key;
  co_return Result<>{};
}

// Whoever ends it: the client may close the connection when it has seen our offer.
Failure ServerTransport::handshake_failure() const {
  // RFC 4253, 4.2: a client says nothing before its identification.
  if (!peer_software().starts_with("SSH-"))
    return lost(bytes_received_ == 0 && (wire_ended_ || wire_error_) ? errc::closed_at_once
                                                                     : errc::banner_missing);
  if (key_exchanges() > 0) return lost(errc::transport_failed);
  const auto& theirs = greeting_.kexinit();
  auto mismatch = theirs ? no_common_algorithm(keys_.algorithms(), *theirs, Chooser::they) : std::nullopt;
  if (!mismatch) return lost(errc::key_exchange_failed);
  mismatch->said = words_->quoted();
  return std::move(*mismatch);
}

Failure ServerTransport::refused_by_library(errc code) const {
  const auto what = of_violation(ssh_packet_hook_violation(session_.get()), code);
  // Of the others libssh's words say no more than the sentence.
  return what == code ? Failure(code, text::shown(ssh_get_error(session_.get()))) : Failure(what);
}

Failure ServerTransport::lost(errc otherwise) const {
  Failure why(otherwise);
  if (disconnect_received_) {
    why = errc::peer_disconnected;
    why.ssh_code = disconnect_reason_;
  } else if (violation_) {
    why = *violation_;
  } else if (otherwise == errc::closed_at_once || otherwise == errc::banner_missing) {
    why.cause = wire_error_;
  } else if (wire_ended_) {
    why = errc::peer_closed;
  } else if (wire_error_) {
    why = Failure(errc::transport_failed, wire_error_.message());
    why.cause = wire_error_;
  } else {
    why = refused_by_library(otherwise);
  }
  why.said = words_->quoted();
  return why;
}

Negotiated ServerTransport::negotiated() const {
  const auto method = [this](int which) {
    const char* name = ssh_packet_hook_method(session_.get(), which);
    return std::string(name ? name : "");
  };
  return {.key_exchange = method(0),
          .host_key = method(1),
          .to_server = negotiated_way(method(2), method(4)),
          .to_client = negotiated_way(method(3), method(5))};
}

std::string ServerTransport::peer_software() const {
  const char* banner = ssh_get_clientbanner(session_.get());
  return banner ? text::shown(banner) : "";
}

Bytes ServerTransport::session_id() const {
  std::size_t size = 0;
  const auto* id = ssh_packet_hook_session_id(session_.get(), &size);
  return {id, size};
}

bool ServerTransport::in_key_exchange() const { return ssh_packet_hook_in_kex(session_.get()) != 0; }
unsigned ServerTransport::key_exchanges() const { return ssh_packet_hook_kex_count(session_.get()); }

Result<> ServerTransport::authenticated() {
  read_enough_ = true;
  authenticated_ = true;
  if (ssh_packet_hook_authenticated(session_.get()) != SSH_OK) return lost(errc::transport_failed);
  return {};
}

// A message's bytes are libssh's until it is given the next packet.
void ServerTransport::expire() {
  if (std::exchange(message_stands_, false) && receiver_) receiver_->on_expiry();
}

void ServerTransport::message(Bytes message, std::uint32_t sequence) {
  Reader reader(message);
  const auto number = reader.u8();
  switch (number) {
    case disconnect_number:
      disconnect_received_ = true;
      disconnect_reason_ = reader.u32();
      words_->add(reader.string());
      return;
    case debug_number:  // RFC 4253, 11.3: to be shown, or for whoever debugs the client
      if (reader.boolean()) words_->add(reader.string());
      return;
    case service_request_number: return service_requested(message);
    default: break;
  }
  if (!service_accepted_ && number != unimplemented_number) {
    violation_.emplace(errc::unexpected_message);
    read_enough_ = true;
    return;
  }
  if (!receiver_ || (authenticated_ && is_userauth(number))) return;
  message_stands_ = true;
  receiver_->on_message(message, sequence);
}

// RFC 4253, 10. Authentication is the only service to begin with; asked for again, as it may be, it is there.
void ServerTransport::service_requested(Bytes message) {
  Reader reader(message);
  reader.u8();
  read_enough_ = true;
  if (reader.string() != userauth || !reader.ok() || authenticated_) {
    disconnect(service_not_available, "only ssh-userauth is to be had here");
    violation_.emplace(errc::unexpected_message, "it asks for another service than ssh-userauth");
    return;
  }
  MessageWriter writer;
  writer.u8(service_accept_number).string(userauth);
  const auto accept = writer.take();
  service_accepted_ = write(accept).has_value();
}

Result<bool> ServerTransport::read() {
  // Taken while it is in use: whoever is told of a message may read another transport of the thread.
  auto scratch = std::exchange(keys_.scratch_, {});
  scratch.resize(scratch_size);
  auto more = read_into(scratch);
  keys_.scratch_ = std::move(scratch);
  return more;
}

Result<bool> ServerTransport::read_into(Buffer& scratch) {
  budget_ = server_read_budget;
  wire_is_empty_ = false;
  read_enough_ = false;
  message_stands_ = false;
  std::ranges::copy(partial_, scratch.begin());
  auto have = partial_.size();
  while (budget_ > 0 && !wire_is_empty_) {
    if (!std::exchange(unprocessed_, false)) {
      const auto received = receive(scratch, have);
      if (!received) return received.error();
      have = *received;
    }
    const auto done = process(scratch, have);
    if (!done) return done.error();
    std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(*done),
              scratch.begin() + static_cast<std::ptrdiff_t>(have), scratch.begin());
    have -= *done;
    unprocessed_ = read_enough_ && have > 0;
    if (read_enough_) break;
  }
  keep(std::span(scratch).first(have));
  return read_enough_ || !wire_is_empty_;
}

Result<std::size_t> ServerTransport::receive(Buffer& scratch, std::size_t have) {
  const auto most = authenticated_ ? scratch.size() : early_packet_max;
  if (have >= most) {
    violation_.emplace(errc::packet_invalid, "longer than 35,000 bytes before the login");
    return lost(errc::packet_invalid);
  }
  auto into = std::span(scratch).subspan(have, std::min(budget_, most - have));
  const auto got = wire_->read_some(into);
  // As ClientTransport's: a few bytes were all there was.
  wire_is_empty_ = got.would_block() || (!got.error && got.bytes < server_small_read_max);
  if (got.would_block()) return have;
  if (got.error) {
    wire_ended_ = got.eof();
    if (!wire_ended_) wire_error_ = got.error;
    if (!greeting_.is_over()) greeting_.end();
    return lost(errc::transport_failed);
  }
  if (!greeting_.is_over()) greeting_.read(into.first(got.bytes));
  budget_ -= got.bytes;
  bytes_received_ += got.bytes;
  last_received_ = Clock::now();
  return have + got.bytes;
}

Result<std::size_t> ServerTransport::process(Buffer& scratch, std::size_t have) {
  std::size_t done = 0;
  while (done < have && !read_enough_) {
    expire();
    const auto n = ssh_packet_hook_input(session_.get(), scratch.data() + done, have - done);
    if (n < 0 || violation_)
      return lost(authenticated_ && in_key_exchange() ? errc::rekey_failed : errc::transport_failed);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

// An idle connection owns no buffer.
void ServerTransport::keep(std::span<const std::uint8_t> rest) {
  if (rest.empty()) {
    partial_ = {};
  } else {
    partial_.assign(rest.begin(), rest.end());
  }
}

Result<> ServerTransport::write(Bytes head, Bytes tail) {
  if (ssh_packet_hook_send(session_.get(), head.data(), head.size(), tail.data(), tail.size()) == SSH_OK)
    return {};
  return lost(errc::transport_failed);
}

Result<bool> ServerTransport::flush() {
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

Task<Result<>> ServerTransport::flush_all() {
  for (;;) {
    auto done = flush();
    if (!done) co_return done.error();
    if (*done) co_return Result<>{};
    if (auto ec = co_await wire_->wait_writable()) co_return ec;
  }
}

void ServerTransport::disconnect(std::uint32_t code, const std::string& reason) {
  (void)ssh_packet_hook_disconnect(session_.get(), code, reason.c_str());
}

void ServerTransport::disconnect(const std::string& reason) { disconnect(by_application, reason); }

}  // namespace towline::ssh
