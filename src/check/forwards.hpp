// The part of `towline check` that needs a session: each forward's listener, and each target.
#pragma once

#include "admin/options.hpp"
#include "async/task.hpp"
#include "check/report.hpp"
#include "check/session.hpp"
#include "check/steps.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "publish/options.hpp"
#include "ssh/client/options.hpp"

#include <string>
#include <vector>

namespace towline::check {

// References outlive the coroutine.
struct CheckStage {
  const std::vector<forward::ForwardSpec>& forwards;
  bool shares_sessions;  // with clients of -S
  const publish::Options& publish;
  const ssh::Options& ssh;
  const admin::Options& admin;  // where a towline that runs here is asked
  const net::Resolver& resolver;
  CheckReport& report;
  std::string server_address{};  // as it was reached
};

// Listeners are given back at once, and nothing is sent to a target. The server has SSH_CONNECT_TIMEOUT for
// each answer, a target as long as for a connection and 10 s at most. When the session is lost, that is told
// to `steps`, and what would have needed it is skipped.
Task<> check_forwards(CheckStage stage, CheckSession& session, CheckSteps& steps);

// Where there is no session.
void skip_forwards(const CheckStage& stage);

}  // namespace towline::check
