// From the environment to a Config, or to every problem at once.
#pragma once

#include "config/config.hpp"
#include "config/env.hpp"
#include "config/fields.hpp"
#include "config/file_facts.hpp"
#include "config/problem.hpp"

#include <boost/system/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// Where a value comes from: the table, the variable, or an older name of the variable.
enum class Source { built_in, environment, alias };

// "default", "environment", "alias"
std::string_view to_string(Source source);

// One row of the table with the value in force. A secret's value is already masked; "" = not set.
struct Setting {
  std::string name;
  std::string value;
  Source source = Source::built_in;
};

struct Loaded {
  Config config;
  std::vector<Setting> settings;  // in the table's order
  std::vector<Warning> warnings;  // to be logged
};

// Findings: at least one problem, in the table's order, and the warnings, which often explain it.
using Loading = boost::system::result<Loaded, Findings>;

// Pure but for `inspect`, which is asked about the files the configuration names. Any thread.
Loading load(const Env& env, const InspectFile& inspect, std::span<const Field> table = fields());

// Only where the admin server listens, whatever else is wrong: for commands that ask a running towline.
boost::system::result<admin::Options, Problem> load_admin_options(const Env& env);

}  // namespace towline::config
