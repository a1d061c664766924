#include "share/client.hpp"

#include "endpoint/asked.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"
#include "ssh/wire/writer.hpp"

#include <utility>
#include <vector>

namespace towline::share {

using ssh::connection::ChannelOffered;
using ssh::connection::GlobalRequest;

namespace {

// Of the target of a -L (RFC 4254, 7.2).
bool may_open(const ssh::Permissions& permissions, ssh::Bytes payload) {
  if (permissions.open.empty()) return permissions.port_forwarding;
  const auto asked = endpoint::read_direct(payload);
  return asked && ssh::permits_open(permissions, asked->target.host, asked->target.port);
}

}  // namespace

Client::Client(const asio::any_io_executor& executor, std::unique_ptr<ssh::Packets> packets,
               const ssh::Connection::Options& options, const Allowed& allowed, ssh::Permissions permissions,
               std::shared_ptr<observe::ClientSlot> slot, Host& host)
    : allowed_(allowed),
      permissions_(std::move(permissions)),
      slot_(std::move(slot)),
      host_(host),
      connection_(executor, std::move(packets), options, *this, *this) {}

Task<> Client::send_away(Deadline deadline) {
  sent_away_ = true;
  co_await connection_.close(deadline, "disconnected by an operator");
}

void Client::answer(std::optional<ssh::connection::RequestId> id, ssh::connection::Answer answer) {
  if (id && !gone()) connection_.answer(*id, std::move(answer));
}

Result<> Client::on_offered(ssh::Channel channel, const ChannelOffered& offered) {
  if (const auto why = refusal(offered); !why.empty()) {
    channel.refuse(ssh::errc::open_administratively_prohibited, why);
    return {};
  }
  host_.want(shared_from_this(), std::move(channel),
             {std::string(offered.type), {offered.payload.begin(), offered.payload.end()}});
  return {};
}

// What is neither a session nor known is the server's to judge.
std::string Client::refusal(const ChannelOffered& offered) const {
  const bool is_session = offered.type == "session";
  if (is_session && no_more_sessions_) return "no more sessions, as was asked for";
  if (is_session ? !allowed_.session : !allowed_.local)
    return "TOWLINE_SHARE_ALLOW has no " + std::string(is_session ? "session" : "local");
  if (is_session) return {};
  const bool permitted = offered.type == "direct-tcpip"
                             ? may_open(permissions_, offered.payload)
                             : permissions_.port_forwarding && permissions_.open.empty();
  return permitted ? std::string() : "not permitted by authorized_keys";
}

Result<> Client::on_global_request(const GlobalRequest& request) {
  if (request.name == "tcpip-forward") return on_listen(request, false, false);
  if (request.name == "cancel-tcpip-forward") return on_listen(request, false, true);
  if (request.name == "streamlocal-forward@openssh.com") return on_listen(request, true, false);
  if (request.name == "cancel-streamlocal-forward@openssh.com") return on_listen(request, true, true);
  if (request.name == "no-more-sessions@openssh.com") no_more_sessions_ = true;
  // keepalive@openssh.com gets this, too, and is content (OpenSSH's clientloop.c takes either answer).
  answer(request.id, {.success = request.name == "no-more-sessions@openssh.com"});
  return {};
}

Result<> Client::on_listen(const GlobalRequest& request, bool is_unix, bool cancels) {
  auto address = endpoint::read_listen(request.payload, is_unix);
  if (!address) return ssh::errc::malformed_message;
  if (cancels) {
    host_.cancel(*this, *address, request.id);
  } else if (may_listen(*address)) {
    host_.listen(shared_from_this(), *std::move(address), request.id);
  } else {
    answer(request.id, {});
  }
  return {};
}

bool Client::may_listen(const ssh::ListenAddress& address) const {
  if (!allowed_.remote) return false;
  if (address.is_unix()) return permissions_.port_forwarding && permissions_.listen.empty();
  return ssh::permits_listen(permissions_, address.tcp.host, address.tcp.port);
}

bool ClientTap::on_data(relay::Side from, std::uint32_t, ssh::Bytes data) {
  if (from == is_client_) {
    forward_.bytes_sent(data.size());
    clients_.received(data.size());
  } else {
    forward_.bytes_received(data.size());
    clients_.sent(data.size());
  }
  return true;
}

relay::Ruling ClientTap::on_request(relay::Side from, std::string_view type, ssh::Bytes, bool) {
  const bool may = from != is_client_ || may_request(type, client_.permissions());
  return may ? relay::Ruling::pass : relay::Ruling::refuse;
}

std::optional<relay::OtherRequest> ClientTap::instead_of(relay::Side from, std::string_view type) {
  return from == is_client_ ? forced(type, client_.permissions()) : std::nullopt;
}

std::optional<relay::OtherRequest> forced(std::string_view type, const ssh::Permissions& permissions) {
  const bool runs = type == "exec" || type == "shell" || type == "subsystem";
  if (!runs || !permissions.command) return std::nullopt;
  return relay::OtherRequest{"exec", ssh::MessageWriter().string(*permissions.command).take()};
}

bool may_request(std::string_view type, const ssh::Permissions& permissions) {
  if (type == "x11-req" || type == "auth-agent-req@openssh.com") return false;
  return type != "pty-req" || permissions.pty;
}

}  // namespace towline::share
