// From the environment to a Config, or to every problem at once.
#pragma once

#include "config/config.hpp"
#include "config/env.hpp"
#include "config/fields.hpp"
#include "config/file_facts.hpp"
#include "config/problem.hpp"
#include "config/read.hpp"

#include <boost/system/result.hpp>

#include <span>
#include <vector>

namespace towline::config {

struct Loaded {
  Config config;
  std::vector<Setting> settings;       // in the table's order
  std::vector<Warning> warnings;       // to be logged
  std::vector<Warning> loopback_only;  // too, where nobody outside this process's container reaches loopback
};

// At least one problem, in the table's order, and the warnings, which often explain it.
struct Rejection : Findings {
  std::vector<Setting> settings;  // in the table's order; those with a problem are refused
};

using Loading = boost::system::result<Loaded, Rejection>;

// Pure but for `inspect`, which is asked about the files the configuration names. Any thread.
Loading load(const Env& env, const InspectFile& inspect, std::span<const Field> table = fields());

// Only how the log is written, whatever else is wrong; the defaults where that is wrong too.
observe::Options load_log_options(const Env& env);

// Only where the admin server listens, whatever else is wrong: for commands that ask a running towline.
boost::system::result<admin::Options, Problem> load_admin_options(const Env& env);

}  // namespace towline::config
