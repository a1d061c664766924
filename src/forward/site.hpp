// What a forward and its connections share on their session's thread.
#pragma once

#include "async/task_group.hpp"
#include "forward/place.hpp"
#include "forward/publication.hpp"
#include "forward/pump.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "forward/watch.hpp"
#include "net/resolve.hpp"
#include "ssh/client/session.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace towline::forward {

// Where a forward was bound last. Outlives the sessions.
struct LastBound {
  bool ever = false;
  std::uint16_t port = 0;  // asked for again; 0 for none, and for a unix socket
};

// What it refers to outlives the forward's run on this session.
struct Site {
  const ForwardSpec& spec;
  ssh::Session& session;
  const net::Resolver& resolver;  // of the targets of -R
  Scratch& scratch;
  Report& report;
  Watch& watch;
  TaskGroup& connections;  // each connection is a task of its own here
  LastBound& last_bound;
  const std::shared_ptr<Places>& places;     // of -R; those of -L and -D are their entry's
  const std::string& server_address;         // as we reached it; behind jump hosts its name
  std::chrono::milliseconds listen_timeout;  // for the server's answer to a request to listen
  Publication* publication = nullptr;        // of -R; null: a listener is all there is to it
};

}  // namespace towline::forward
