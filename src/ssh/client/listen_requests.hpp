// tcpip-forward and streamlocal-forward (RFC 4254, 7.1; OpenSSH PROTOCOL, 2.4) as a client speaks them: what
// we ask the server to listen on, its answers, and the channels that come of it. Pure.
#pragma once

#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/client/listens.hpp"
#include "ssh/connection/mux.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace towline::ssh {

// A channel that the server opened under another name than it was asked for, or not for us at all. Refused
// already, unless it is `only_one`.
struct UnmatchedChannel {
  ChannelFit fit;
  std::string type;   // as the server says, as the next one; each text::shown()
  std::string named;  // "127.0.0.1:0", or a path; empty where the type is not known
  std::string asked;  // what it was asked for and has accepted
  net::HostPort originator;
};

// A channel towards one of our listeners: answer with Mux::accept() or refuse().
struct IncomingChannel {
  connection::ChannelId channel;
  ListenId listen;
  net::HostPort originator;  // who connected to the server, as it says; empty for a unix socket
  std::optional<UnmatchedChannel> unmatched{};  // only_one
};

struct ListenReply {
  ListenId listen;
  bool success;
  std::uint16_t bound_port;  // the port that was asked for, or the server's choice
};

struct ListenCancelled {
  ListenId listen;
  bool success;
};

class ListenRequests {
 public:
  explicit ListenRequests(connection::Mux& mux) : mux_(mux) {}

  // Answered by ListenReply and ListenCancelled. What the server opens before it answers a cancel() is
  // offered as before: it had accepted that connection.
  ListenId listen(ListenAddress address);
  void cancel(ListenId id);
  // The same, but what it opens is refused: nobody is left to take it. Before the ListenReply it is said
  // after that, and not at all if the server refused.
  void abandon(ListenId id);

  // Nothing: an answer to another request than these. Errors: malformed_message.
  using Reply = std::variant<ListenReply, ListenCancelled>;
  Result<std::optional<Reply>> on_reply(const connection::GlobalReply& reply);

  // Errors: malformed_message.
  using Offer = std::variant<IncomingChannel, UnmatchedChannel>;
  Result<Offer> on_offered(const connection::ChannelOffered& offered);
  UnmatchedChannel on_refused(const connection::OfferRefused& refused) const;

 private:
  struct Request {
    ListenId listen;
    bool cancels;
  };
  // How the server names the listener, and who has connected to it.
  struct Named {
    Match match;
    std::string listener;
    net::HostPort originator{};
  };

  void ask(ListenId id, const ListenAddress& address, bool cancels);
  Result<Named> read_name(std::string_view type, Reader payload) const;
  Offer refuse(const connection::ChannelOffered& offered, Named named);
  UnmatchedChannel unmatched(ChannelFit fit, std::string_view type, Named named) const;

  connection::Mux& mux_;
  Listens listens_;
  std::map<connection::RequestId, Request> asked_;
};

}  // namespace towline::ssh
