// What a session keeps for each of its channels. Private to ssh/.
#pragma once

#include "async/event.hpp"
#include "ssh/session/backlog.hpp"
#include "ssh/session/channel.hpp"
#include "ssh/session/link.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace towline::ssh {

// The channels of a session by number; nullptr where the owner has given its Channel up.
using ChannelTable = std::vector<ChannelState*>;

struct ChannelState {
  enum class Phase { opening, offered, open, closed };

  ChannelState(const asio::any_io_executor& executor, Link& l, ChannelTable& t, Phase p,
               connection::ChannelId i);
  ~ChannelState();
  ChannelState(const ChannelState&) = delete;
  ChannelState& operator=(const ChannelState&) = delete;

  void on_data(Bytes data);  // valid until hand_over()
  void hand_over();          // what has come in this turn
  void on_extended(std::uint32_t type, Bytes data);
  void on_eof();
  void on_request(const connection::ChannelRequest& request);
  void on_closed(Failure why);    // by the peer, or with the session
  void over(Failure why);         // by us
  void leave();                   // we end it
  void give_back(std::size_t n);  // of the window
  void tell(Channel::Asked* who);

  Link& link;
  ChannelTable& table;
  connection::ChannelId id;
  Phase phase;
  Failure end;  // why it is closed
  bool eof = false;
  Channel::Taker* taker = nullptr;
  std::vector<Bytes> arrived;  // in this turn, for the taker
  Backlog unread;              // empty while the taker keeps up
  Backlog unread_stderr;
  Channel::Asked* asked = nullptr;
  Channel::Sink* sink = nullptr;
  Event readable;  // or answered, or closed
  Event sendable;  // or closed
};

}  // namespace towline::ssh
