#include "ssh/client/listen_requests.hpp"

#include "ssh/wire/writer.hpp"
#include "text/utf8.hpp"

#include <utility>

namespace towline::ssh {

namespace {

constexpr std::string_view forwarded_tcpip = "forwarded-tcpip";
constexpr std::string_view forwarded_streamlocal = "forwarded-streamlocal@openssh.com";

std::string_view request_name(const ListenAddress& address, bool cancels) {
  if (address.is_unix())
    return cancels ? "cancel-streamlocal-forward@openssh.com" : "streamlocal-forward@openssh.com";
  return cancels ? "cancel-tcpip-forward" : "tcpip-forward";
}

std::string_view why_refused(ChannelFit fit) {
  switch (fit) {
    case ChannelFit::unknown_type: return "this client takes forwarded connections only";
    case ChannelFit::ambiguous: return "several listeners can be meant";
    default: return "nothing was asked to listen there";
  }
}

}  // namespace

void ListenRequests::ask(ListenId id, const ListenAddress& address, bool cancels) {
  MessageWriter where;
  if (address.is_unix()) {
    where.string(address.path);
  } else {
    where.string(address.tcp.host).u32(address.tcp.port);
  }
  const auto request = mux_.global_request(request_name(address, cancels), true, where.take());
  asked_[*request] = {id, cancels};
}

ListenId ListenRequests::listen(ListenAddress address) {
  const auto id = listens_.add(address);
  ask(id, address, false);
  return id;
}

void ListenRequests::cancel(ListenId id) {
  // Which port to give back is not known before the answer.
  if (listens_.give_up(id)) return;
  const auto* address = listens_.find(id);
  if (!address) return;
  ask(id, *address, true);
  listens_.cancel(id);
}

void ListenRequests::abandon(ListenId id) {
  if (listens_.give_up(id)) return;
  cancel(id);
  listens_.retire(id);
}

Result<std::optional<ListenRequests::Reply>> ListenRequests::on_reply(const connection::GlobalReply& reply) {
  const auto found = asked_.find(reply.id);
  if (found == asked_.end()) return std::optional<Reply>();
  const auto [listen, cancels] = found->second;
  asked_.erase(found);
  if (cancels) {
    listens_.retire(listen);
    return std::optional<Reply>(ListenCancelled{listen, reply.success});
  }
  if (!reply.success) {
    listens_.remove(listen);
    return std::optional<Reply>(ListenReply{listen, false, 0});
  }
  const auto* address = listens_.find(listen);
  std::uint32_t port = address->tcp.port;
  if (port == 0 && !address->is_unix()) {
    Reader payload(reply.payload);
    port = payload.u32();  // only sent when the choice was the server's (RFC 4254, 7.1)
    if (!payload.ok() || port == 0 || port > 65535) return errc::malformed_message;
  }
  const auto bound_port = static_cast<std::uint16_t>(port);
  const bool wanted = listens_.accepted(listen, bound_port);
  if (!wanted) abandon(listen);
  return std::optional<Reply>(ListenReply{listen, true, bound_port});
}

Result<ListenRequests::Named> ListenRequests::read_name(std::string_view type, Reader payload) const {
  if (type == forwarded_tcpip) {
    const auto address = payload.string();
    const auto port = payload.u32();
    const auto originator_host = payload.string();
    const auto originator_port = payload.u32();
    if (!payload.complete()) return errc::malformed_message;
    auto listener = net::to_string({text::shown(address), 0});
    listener.replace(listener.size() - 1, 1, std::to_string(port));  // it may be none
    // For the log only: an impossible one must not cost the session.
    const auto port_known =
        originator_port <= 65535 ? static_cast<std::uint16_t>(originator_port) : std::uint16_t{0};
    return Named{
        listens_.match(address, port), std::move(listener), {text::shown(originator_host), port_known}};
  }
  if (type == forwarded_streamlocal) {
    const auto path = payload.string();
    payload.string();  // reserved (OpenSSH PROTOCOL, 2.4)
    if (!payload.complete()) return errc::malformed_message;
    return Named{listens_.match_path(path), text::shown(path)};
  }
  return Named{{ChannelFit::unknown_type}, ""};
}

Result<ListenRequests::Offer> ListenRequests::on_offered(const connection::ChannelOffered& offered) {
  auto named = read_name(offered.type, Reader(offered.payload));
  if (!named) return named.error();
  const auto match = named->match;
  if (match.fit != ChannelFit::named && match.fit != ChannelFit::only_one)
    return refuse(offered, std::move(*named));
  IncomingChannel incoming{offered.channel, match.listen, named->originator};
  if (match.fit == ChannelFit::only_one)
    incoming.unmatched = unmatched(match.fit, offered.type, std::move(*named));
  return Offer(std::move(incoming));
}

ListenRequests::Offer ListenRequests::refuse(const connection::ChannelOffered& offered, Named named) {
  const auto fit = named.match.fit;
  const auto reason = fit == ChannelFit::unknown_type ? errc::open_unknown_channel_type
                                                      : errc::open_administratively_prohibited;
  mux_.refuse(offered.channel, reason, why_refused(fit));
  return unmatched(fit, offered.type, std::move(named));
}

UnmatchedChannel ListenRequests::on_refused(const connection::OfferRefused& refused) const {
  auto named = read_name(refused.type, Reader(refused.payload));
  return unmatched(ChannelFit::limit, refused.type, named ? std::move(*named) : Named{});
}

UnmatchedChannel ListenRequests::unmatched(ChannelFit fit, std::string_view type, Named named) const {
  return {fit, text::shown(type), std::move(named.listener), listens_.described(),
          std::move(named.originator)};
}

}  // namespace towline::ssh
