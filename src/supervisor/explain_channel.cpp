#include "supervisor/explain_channel.hpp"

namespace towline::supervisor {

using observe::UnmatchedChannel;
using ssh::connection::ChannelFit;

UnmatchedChannel unmatched_channel(ChannelFit fit) {
  switch (fit) {
    case ChannelFit::only_one: return UnmatchedChannel::joined;
    case ChannelFit::ambiguous: return UnmatchedChannel::ambiguous;
    case ChannelFit::cancelled: return UnmatchedChannel::cancelled;
    case ChannelFit::unknown_type: return UnmatchedChannel::unknown_type;
    case ChannelFit::limit: return UnmatchedChannel::limit;
    default: return UnmatchedChannel::unasked;
  }
}

std::string_view unmatched_text(UnmatchedChannel outcome) {
  switch (outcome) {
    case UnmatchedChannel::joined:
      return "the server names its listener differently; connections are joined to the only forward it can "
             "mean";
    case UnmatchedChannel::ambiguous:
      return "a connection was refused: the server does not say which of the forwards it is for";
    case UnmatchedChannel::unasked:
      return "a connection was refused: the server names a listener it was not asked for";
    case UnmatchedChannel::cancelled:
      return "a connection was refused: its listener has just been given back";
    case UnmatchedChannel::unknown_type:
      return "the server opened a channel that is no forwarded connection; it was refused";
    case UnmatchedChannel::limit: return "a connection was refused: the session has too many channels";
  }
  return {};
}

std::string_view unmatched_hint(UnmatchedChannel outcome) {
  switch (outcome) {
    case UnmatchedChannel::joined:
      return "nothing to do with one -R forward; with several, give each a fixed port of its own, or they "
             "cannot be told apart";
    case UnmatchedChannel::ambiguous:
      return "give each -R forward a fixed port of its own instead of 0, or run a towline for each";
    case UnmatchedChannel::unasked:
      return "compare the two: the server or something in between rewrites the address or port; a towline "
             "with one -R forward takes whatever it names";
    case UnmatchedChannel::cancelled: return "nothing: towline is ending, or was told to listen no longer";
    case UnmatchedChannel::unknown_type:
      return "only connections of -R are taken; agent and X11 forwarding are not offered to the server";
    case UnmatchedChannel::limit: return "spread the forwards over several towlines";
  }
  return {};
}

}  // namespace towline::supervisor
