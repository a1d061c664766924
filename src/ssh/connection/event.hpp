// What a message from the server means to whoever uses the session. Views live as long as the message.
#pragma once

#include "net/host_port.hpp"
#include "ssh/connection/message.hpp"
#include "ssh/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace towline::ssh::connection {

// Our number of a channel. Used again only after both sides have closed it.
using ChannelId = std::uint32_t;

// Our number of a tcpip-forward or streamlocal-forward request; never used again in a session.
using ListenId = std::uint32_t;

// Handled inside, or of no interest.
struct Ignored {};

// How a channel that the server opens fits what it was asked to listen on.
enum class ChannelFit {
  named,         // the server names one of our listeners
  only_one,      // it names none, and only one can be meant
  ambiguous,     // several can be
  unasked,       // none can be
  cancelled,     // a listener that we have just given back
  unknown_type,  // no forwarded connection at all: an agent, X11 …
  limit          // there are too many channels
};

// A channel that the server opened under another name than it was asked for, or not for us at all. Refused
// already, unless it is `only_one`.
struct UnmatchedChannel {
  ChannelFit fit;
  std::string type;   // as the server says, as the next one; not more than 256 bytes
  std::string named;  // "127.0.0.1:0", or a path; empty where the type is not known
  std::string asked;  // what it was asked for and has accepted
  net::HostPort originator;
};

// The server has opened a channel towards one of our remote listeners: answer with accept() or refuse().
struct IncomingChannel {
  ChannelId channel;
  ListenId listen;
  net::HostPort originator;  // who connected to the server, as it says; empty for a unix socket
  std::optional<UnmatchedChannel> unmatched{};  // only_one
};

struct ChannelOpened {
  ChannelId channel;
};

struct ChannelRefused {
  ChannelId channel;
  errc reason;  // one of open_*
  std::string_view text;
  std::uint32_t code;  // as the server gave it
};

struct ChannelData {
  ChannelId channel;
  Bytes data;  // report with consumed() when it has left our hands
};

struct ChannelExtendedData {
  ChannelId channel;
  std::uint32_t type;  // 1 = stderr (RFC 4254, 5.2)
  Bytes data;          // counts against the window as well
};

// More may be sent now.
struct ChannelWindow {
  ChannelId channel;
};

struct ChannelEof {
  ChannelId channel;
};

// Over in both directions; the number is free again.
struct ChannelClosed {
  ChannelId channel;
};

struct ChannelExit {
  ChannelId channel;
  std::uint32_t status;     // exit-status
  std::string_view signal;  // exit-signal without "SIG", or empty
};

struct ChannelReply {
  ChannelId channel;
  bool success;
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

struct KeepaliveReply {};

using Event = std::variant<Ignored, IncomingChannel, UnmatchedChannel, ChannelOpened, ChannelRefused,
                           ChannelData, ChannelExtendedData, ChannelWindow, ChannelEof, ChannelClosed,
                           ChannelExit, ChannelReply, ListenReply, ListenCancelled, KeepaliveReply>;

}  // namespace towline::ssh::connection
