// What a forward and its connections share on their session's thread.
#pragma once

#include "async/task_group.hpp"
#include "forward/pump.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "ssh/session.hpp"

namespace towline::forward {

// References only; everything outlives the forward's run on this session.
struct Site {
  const ForwardSpec& spec;
  ssh::Session& session;
  const net::Resolver& resolver;
  Scratch& scratch;
  Report& report;
  TaskGroup& connections;    // each connection is a task of its own here
  std::uint16_t& last_port;  // bound on an earlier session, asked for again; 0 = none
};

}  // namespace towline::forward
