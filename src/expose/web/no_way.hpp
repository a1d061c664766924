// Why a visitor gets an answer of ours instead of a client's.
#pragma once

#include <boost/system/error_code.hpp>

#include <array>
#include <string_view>

namespace towline::expose::web {

enum class NoWay {
  // Said by Hosts.
  unknown_host,  // nobody offers it
  not_admitted,  // networks leave this visitor out
  too_many,      // connections of this visitor's address
  busy,          // connections of this offer, or the rate of its client
  misdirected,   // the client speaks TLS itself with visitors of this host
  leaving,       // we end
  full,          // visitors of all, or handshakes
  // What came of the channel, and of what the client's server said.
  refused,     // the client refuses the channel
  gone,        // its session has ended
  silent,      // it has not answered in time
  no_answer,   // its server closed without a word
  bad_answer,  // its server said what is not HTTP
  // What the visitor said.
  bad_request,
  connect,  // a method that would make a proxy of us
  target_too_long,
  head_too_large,
  too_slow,
};

// How each is told: `label` for metrics and in the page, `sentence` to the visitor, `hint` to whoever runs
// this.
struct NoWayText {
  NoWay why;
  unsigned status;
  std::string_view label;
  std::string_view sentence;
  std::string_view hint;
};

// Each, in its order.
extern const std::array<NoWayText, 17> no_ways;

const NoWayText& text_of(NoWay why);

// Why a channel could not be opened: what ssh::Connection::open() failed with.
NoWay not_opened(const boost::system::error_code& code);

}  // namespace towline::expose::web
