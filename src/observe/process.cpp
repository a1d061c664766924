#include "observe/process.hpp"

#include "observe/family_set.hpp"
#include "text/file.hpp"

#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

namespace towline::observe {

namespace {

std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view blank = " \t\n";
  std::vector<std::string_view> found;
  for (std::size_t at = text.find_first_not_of(blank); at != std::string_view::npos;) {
    const std::size_t end = text.find_first_of(blank, at);
    found.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(blank, end);
  }
  return found;
}

template <class Number>
std::optional<Number> parsed_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The word after `name` on the line that begins with it.
std::string_view value_after(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) {
      const auto found = words(line.substr(name.size()));
      return found.empty() ? std::string_view{} : found.front();
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

// The directory being read is open meanwhile and is not counted.
std::optional<double> open_descriptors() {
  std::error_code ec;
  double count = -1;
  std::filesystem::directory_iterator entry("/proc/self/fd", ec);
  for (; !ec && entry != std::filesystem::directory_iterator{}; entry.increment(ec)) ++count;
  return ec ? std::nullopt : std::optional(count);
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto fields = words(text.substr(name_end + 1));

  // proc_pid_stat(5) counts from 1 and the first field after the name is the third.
  const auto field = [&](std::size_t n) {
    return n - 3 < fields.size() ? parsed_number<std::uint64_t>(fields[n - 3]) : std::nullopt;
  };
  const auto user = field(14), system = field(15), threads = field(20), start = field(22), memory = field(23),
             resident = field(24);
  if (!user || !system || !threads || !start || !memory || !resident) return std::nullopt;
  return ProcessStat{.cpu_ticks = *user + *system,
                     .threads = *threads,
                     .start_ticks = *start,
                     .virtual_bytes = *memory,
                     .resident_pages = *resident};
}

std::optional<double> parse_limit(std::string_view text, std::string_view name) {
  const std::string_view value = value_after(text, name);
  if (value == "unlimited") return std::numeric_limits<double>::infinity();
  return parsed_number<double>(value);
}

void add_process(FamilySet& families) {
  if (const auto stat = parse_process_stat(text::read_file("/proc/self/stat").text.reveal())) {
    const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    families.counter("process_cpu_seconds_total", "User and system CPU time spent.", {},
                     static_cast<double>(stat->cpu_ticks) / ticks_per_second);
    families.gauge("process_threads", "Threads of the process.", {}, static_cast<double>(stat->threads));
    families.gauge("process_virtual_memory_bytes", "Virtual memory size.", {},
                   static_cast<double>(stat->virtual_bytes));
    families.gauge("process_resident_memory_bytes", "Resident memory size.", {},
                   static_cast<double>(stat->resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    if (const auto boot =
            parsed_number<double>(value_after(text::read_file("/proc/stat").text.reveal(), "btime"))) {
      families.gauge("process_start_time_seconds", "Start time of the process since the Unix epoch.", {},
                     *boot + static_cast<double>(stat->start_ticks) / ticks_per_second);
    }
  }
  if (const auto open = open_descriptors()) {
    families.gauge("process_open_fds", "Open file descriptors.", {}, *open);
  }
  const auto file = text::read_file("/proc/self/limits");
  const auto limits = file.text.reveal();
  if (const auto most = parse_limit(limits, "Max open files")) {
    families.gauge("process_max_fds", "Most file descriptors that may be open.", {}, *most);
  }
  if (const auto most = parse_limit(limits, "Max address space")) {
    families.gauge("process_virtual_memory_max_bytes", "Most virtual memory available.", {}, *most);
  }
}

}  // namespace towline::observe
