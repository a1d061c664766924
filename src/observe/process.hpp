// The standard process_* series, from /proc/self.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace towline::observe {

class FamilySet;

// The fields of proc_pid_stat(5) that are of use, in the kernel's units.
struct ProcessStat {
  std::uint64_t cpu_ticks = 0;  // user and system
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  // since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

// `text` is the content of /proc/self/stat; a process name may hold spaces and parentheses.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// The soft limit in /proc/self/limits on the line that begins with `name`; "unlimited" is +Inf.
std::optional<double> parse_limit(std::string_view text, std::string_view name);

// Adds what can be read; a series that cannot is left out.
void add_process(FamilySet& families);

}  // namespace towline::observe
