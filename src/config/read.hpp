// The first half of loading: every row gets its text from the environment, or its default, and parses it.
#pragma once

#include "config/env.hpp"
#include "config/fields.hpp"
#include "config/problem.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towline::config {

// Where a value comes from: the table, the variable, an older name of it or one that says the same, the file
// another variable names, or SSH_OPTIONS.
enum class Source { built_in, environment, alias, file, ssh_options };

// "default", "environment", "alias", "file", "SSH_OPTIONS"
std::string_view to_string(Source source);

// One row of the table with the value in force. What nobody may see is already masked; "" = not set.
struct Setting {
  std::string name;
  std::string value;
  Source source = Source::built_in;
  bool refused = false;  // there is a problem with it; the value is empty then
};

struct Reading {
  Draft draft;
  std::vector<Setting> settings;  // in the table's order

  // nullptr where the table has no such row.
  const Setting* find(std::string_view name) const;

  // Whether somebody set it: the variable, an older name of it, or SSH_OPTIONS.
  bool is_written(std::string_view name) const;

  // Corrects what is shown for a row; nothing happens when there is no such row.
  void show(std::string_view name, std::string_view value, Source source);
  void show(std::string_view name, std::string_view value);  // where it comes from stays
};

// A value that its row refuses, or that contradicts its older name, is a problem.
Reading read_fields(const Env& env, std::span<const Field> table, Findings& findings);

}  // namespace towline::config
