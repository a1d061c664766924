// Everything the environment decides, in the option structs of the modules that use it.
#pragma once

#include "admin/options.hpp"
#include "app/options.hpp"
#include "endpoint/options.hpp"
#include "expose/options.hpp"
#include "forward/spec.hpp"
#include "observe/options.hpp"
#include "observe/ready_policy.hpp"
#include "publish/options.hpp"
#include "share/options.hpp"
#include "ssh/client/options.hpp"
#include "supervisor/policy.hpp"

#include <vector>

namespace towline::config {

// Never changed after load().
struct Config {
  ssh::Options ssh;
  std::vector<forward::ForwardSpec> forwards;
  share::Options share;        // of each -S
  endpoint::Options endpoint;  // likewise
  publish::Options publish;    // of each -R
  expose::Options expose;
  supervisor::ReconnectPolicy reconnect;
  supervisor::PoolOptions pool;
  observe::ReadyPolicy ready;
  admin::Options admin;
  admin::ControlOptions control;
  observe::Options log;
  app::Options app;
};

}  // namespace towline::config
