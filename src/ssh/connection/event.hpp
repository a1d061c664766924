// What a message from the peer means to whoever uses the connection. Views live as long as the message.
#pragma once

#include "ssh/connection/answers.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace towline::ssh::connection {

// Our number of a channel. Used again only after both sides have closed it.
using ChannelId = std::uint32_t;

// Handled inside, or of no interest.
struct Ignored {};

// The peer wants to open a channel: answer with accept() or refuse().
struct ChannelOffered {
  ChannelId channel;
  std::string_view type;
  Bytes payload;  // what belongs to the type
};

// The peer wanted one more channel than there may be; refused already.
struct OfferRefused {
  std::string_view type;
  Bytes payload;
};

struct ChannelOpened {
  ChannelId channel;
};

struct ChannelRefused {
  ChannelId channel;
  errc reason;  // one of open_*
  std::string_view text;
  std::uint32_t code;  // as the peer gave it
};

struct ChannelData {
  ChannelId channel;
  Bytes data;  // report with consumed() when it has left our hands
};

// The one type of extended data that there is (RFC 4254, 5.2).
constexpr std::uint32_t stderr_type = 1;

struct ChannelExtendedData {
  ChannelId channel;
  std::uint32_t type;
  Bytes data;  // counts against the window as well
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

// "exec", "exit-status", … `id`: answer with Mux::answer(), in any order.
struct ChannelRequest {
  ChannelId channel;
  std::string_view type;
  Bytes payload;
  std::optional<RequestId> id;
};

// To the oldest request() of ours that has none yet.
struct ChannelReply {
  ChannelId channel;
  bool success;
};

// "tcpip-forward", "keepalive@openssh.com", … `id`: as above.
struct GlobalRequest {
  std::string_view name;
  Bytes payload;
  std::optional<RequestId> id;
};

struct GlobalReply {
  RequestId id;  // as global_request() gave it
  bool success;
  Bytes payload;
};

using Event = std::variant<Ignored, ChannelOffered, OfferRefused, ChannelOpened, ChannelRefused, ChannelData,
                           ChannelExtendedData, ChannelWindow, ChannelEof, ChannelClosed, ChannelRequest,
                           ChannelReply, GlobalRequest, GlobalReply>;

}  // namespace towline::ssh::connection
