// What a client has asked for and waits to get.
#pragma once

#include "async/deadline.hpp"
#include "relay/relay.hpp"
#include "ssh/connection/open_request.hpp"

#include <memory>

namespace towline::share {

class Client;

struct Wanted {
  std::shared_ptr<Client> client;       // outlives the channel, which is one of its connection
  std::unique_ptr<relay::Tap> tap;      // of the relay
  std::unique_ptr<relay::Relay> relay;  // open() it, or refuse()
  ssh::connection::OpaqueChannel what;
  Deadline until;         // for a session to be there
  bool resigned = false;  // the first session's refusal is the answer

  bool is_session() const { return what.type == "session"; }
};

}  // namespace towline::share
