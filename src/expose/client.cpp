#include "expose/client.hpp"

#include "endpoint/asked.hpp"
#include "net/network.hpp"
#include "ssh/wire/error.hpp"

#include <algorithm>
#include <utility>

namespace towline::expose {

using ssh::connection::ChannelOffered;
using ssh::connection::GlobalRequest;

namespace {

// What a client that opens no session will never read.
constexpr std::size_t untold_max = 64;

ssh::ClientAddress address_of(const observe::ClientTraits& traits) {
  const auto where = net::parse_host_port(traits.address, 0);
  return where ? net::address_of(*where) : std::nullopt;
}

// What is reached by now is told when a session begins.
bool is_kept(ToldEvent event) {
  return event == ToldEvent::replaced || event == ToldEvent::refused || event == ToldEvent::failed;
}

}  // namespace

Client::Client(const asio::any_io_executor& executor, std::unique_ptr<ssh::Packets> packets,
               const ssh::Connection::Options& options, const ssh::LoggedIn& user,
               std::shared_ptr<observe::ClientSlot> slot, Host& host)
    : executor_(executor),
      account_{.fingerprint = user.fingerprint, .user = user.user},
      permissions_(user.permissions),
      address_(address_of(slot->traits())),
      slot_(std::move(slot)),
      host_(host),
      heard_(executor),
      tasks_(executor),
      connection_(executor, std::move(packets), options, *this, *this) {}

Task<Failure> Client::run() {
  auto why = co_await connection_.run();
  while (tasks_.size() > 0) co_await tasks_.join();
  co_return why;
}

Task<> Client::close(Deadline deadline, std::string words) {
  co_await connection_.close(deadline, std::move(words));
}

Task<> Client::send_away(Deadline deadline, std::string words) {
  sent_away_ = true;
  co_await connection_.close(deadline, std::move(words));
}

// Whatever it says is a sign; it is asked, so that there is something to say.
Client::Sign Client::ask_for_sign() {
  if (!gone()) connection_.global_request("keepalive@openssh.com", true);
  return heard_count_;
}

Task<bool> Client::is_there(Sign since, Deadline deadline) {
  if (!gone() && heard_count_ == since) co_await before(deadline, heard_.wait());
  co_return !gone() && heard_count_ != since;
}

void Client::on_received(std::chrono::steady_clock::time_point) {
  ++heard_count_;
  heard_.notify_all();
}

void Client::answer(std::optional<ssh::connection::RequestId> id, ssh::connection::Answer answer) {
  if (id && !gone()) connection_.answer(*id, std::move(answer));
}

void Client::tell(const Told& told) {
  bool is_told = false;
  for (const auto& session : sessions_) {
    is_told |= session->started();
    session->tell(told, words_.json);
  }
  if (!is_told && is_kept(told.event) && untold_.size() < untold_max) untold_.push_back(told);
}

void Client::on_started(Session& session) {
  for (const auto& told : host_.exposed(*this)) session.tell(told, words_.json);
  for (const auto& told : std::exchange(untold_, {})) session.tell(told, words_.json);
}

// They hold for the whole connection, and come once.
std::string Client::take_words(std::string_view written) {
  const std::string_view text = permissions_.command ? std::string_view(*permissions_.command) : written;
  if (text.empty()) return {};
  auto read = parse_words(text);
  if (!read.problem.empty()) return read.problem;
  if (std::exchange(has_words_, true) && read.words != words_)
    return "the words of this connection have been said already";
  words_ = std::move(read.words);
  host_.reword(shared_from_this());
  return {};
}

Result<> Client::on_offered(ssh::Channel channel, const ChannelOffered& offered) {
  if (offered.type == "session" && !no_more_sessions_) {
    const auto session =
        std::make_shared<Session>(executor_, std::move(channel), static_cast<Session::Owner&>(*this));
    sessions_.push_back(session);
    tasks_.spawn(run_session(session));
  } else if (offered.type == "session") {
    channel.refuse(ssh::errc::open_administratively_prohibited, "no more sessions, as was asked for");
  } else if (offered.type == "direct-tcpip") {
    on_call(std::move(channel), offered);
  } else {
    channel.refuse(ssh::errc::open_unknown_channel_type,
                   "there are sessions here, and what other clients offer by name and port");
  }
  return {};
}

Task<> Client::run_session(std::shared_ptr<Session> session) {
  co_await session->run();
  std::erase(sessions_, session);
}

void Client::on_call(ssh::Channel channel, const ChannelOffered& offered) {
  auto asked = endpoint::read_direct(offered.payload);
  if (!asked) {
    channel.refuse(ssh::errc::open_connect_failed, "there is no such target");
  } else if (!ssh::permits_open(permissions_, asked->target.host, asked->target.port)) {
    channel.refuse(ssh::errc::open_administratively_prohibited, "not permitted by authorized_keys");
  } else {
    host_.call(shared_from_this(), std::move(channel), std::move(asked->target));
  }
}

Result<> Client::on_global_request(const GlobalRequest& request) {
  if (request.name == "tcpip-forward") return on_forward(request, false);
  if (request.name == "cancel-tcpip-forward") return on_forward(request, true);
  if (request.name == "streamlocal-forward@openssh.com") {
    const auto asked = endpoint::read_listen(request.payload, true);
    if (!asked) return ssh::errc::malformed_message;
    tell({.event = ToldEvent::refused,
          .name = asked->path,
          .reason = std::string(label_of(NotHad::unix_socket)),
          .text = std::string(sentence_of(NotHad::unix_socket))});
  }
  if (request.name == "no-more-sessions@openssh.com") no_more_sessions_ = true;
  // keepalive@openssh.com gets this, too, and is content (OpenSSH's clientloop.c takes either answer).
  answer(request.id, {.success = request.name == "no-more-sessions@openssh.com"});
  return {};
}

Result<> Client::on_forward(const GlobalRequest& request, bool cancels) {
  auto asked = endpoint::read_listen(request.payload, false);
  if (!asked) return ssh::errc::malformed_message;
  if (cancels) {
    host_.withdraw(*this, asked->tcp, request.id);
  } else if (ssh::permits_listen(permissions_, asked->tcp.host, asked->tcp.port)) {
    host_.offer(shared_from_this(), std::move(asked->tcp), request.id);
  } else {
    tell({.event = ToldEvent::refused,
          .name = name_of(asked->tcp),
          .reason = std::string(label_of(NotHad::not_permitted)),
          .text = std::string(sentence_of(NotHad::not_permitted))});
    answer(request.id, {});
  }
  return {};
}

}  // namespace towline::expose
