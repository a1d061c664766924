#include "app/url_file.hpp"

#include "app/ports.hpp"
#include "net/error.hpp"
#include "observe/failure_fields.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace towline::app {

namespace {

// As the port file's.
constexpr std::chrono::seconds url_file_patience{1};

constexpr std::string_view port_prefix = "TUNNEL_PORT_";

void tell_of_url_file(const observe::Log& log, const Failure& failure) {
  const bool shortage = net::is_resource_shortage(failure.code);
  log.write(observe::Level::warn, "url_file.failed", "the URL file cannot be written",
            observe::FailureFields({}, failure,
                                   shortage ? net::resource_shortage_hint
                                            : "TOWLINE_URL_FILE must name a file that is not there yet, or "
                                              "one of an earlier run, in a folder that this process may "
                                              "write to"));
}

bool is_url_line(std::string_view line) {
  const auto sign = line.find('=');
  if (sign == std::string_view::npos || sign == 0) return false;
  const auto fits = [](char c) { return c > ' ' && c < '\x7f'; };
  const auto address = line.substr(sign + 1);
  return address.find(':') != std::string_view::npos && std::ranges::all_of(line, fits);
}

}  // namespace

std::string url_lines(const std::vector<PublicAddresses>& all) {
  std::string lines;
  for (const auto& one : all) {
    for (const auto& address : one.addresses) lines += one.forward + '=' + address + '\n';
  }
  return lines;
}

bool are_url_lines(std::string_view text) {
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos || !is_url_line(text.substr(0, newline))) return false;
    text.remove_prefix(newline + 1);
  }
  return true;
}

std::string url_variable(std::string_view forward) {
  return "TUNNEL_URL_" + port_variable(forward).substr(port_prefix.size());
}

std::string github_url_output(const PublicAddresses& one) {
  std::string name = one.forward;
  std::ranges::replace(name, '.', '-');
  return one.addresses.empty() ? std::string() : "url-" + name + '=' + one.addresses.front() + '\n';
}

std::string github_url_env(const PublicAddresses& one) {
  if (one.addresses.empty()) return {};
  return url_variable(one.forward) + '=' + one.addresses.front() + '\n';
}

// The files as `files` alone sees them.
struct UrlFile::Written {
  PortFilePaths paths;
  observe::Log log;
  OwnFile file{paths.file, are_url_lines};

  void clear() const {
    if (const auto cleared = file.clear(); !cleared) tell_of_url_file(log, cleared.error());
  }
  void write(const std::vector<PublicAddresses>& all, const PublicAddresses& fresh) {
    if (const auto written = file.replace(url_lines(all)); !written) tell_of_url_file(log, written.error());
    append(paths.github_output, github_url_output(fresh));
    append(paths.github_env, github_url_env(fresh));
  }
  void append(const std::string& path, const std::string& lines) const {
    if (path.empty() || lines.empty()) return;
    if (const auto written = append_to_file(path, lines); !written) tell_of_url_file(log, written.error());
  }
};

UrlFile::UrlFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log,
                 SideThread& files)
    : log_(log), files_(files) {
  for (auto& name : forwards) all_.push_back({std::move(name), {}});
  if (paths.file.empty() && paths.github_output.empty() && paths.github_env.empty()) return;
  written_ = std::make_shared<Written>(Written{.paths = std::move(paths), .log = log});
  files_.run([to = written_] { to->clear(); });
  wait_for_files();
}

UrlFile::~UrlFile() {
  if (written_) files_.run([to = written_] { to->file.remove(); });
}

void UrlFile::learn(std::string_view forward, const std::vector<std::string>& addresses) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(all_, forward, &PublicAddresses::forward);
    if (found == all_.end() || found->addresses == addresses) return;
    found->addresses = addresses;
    if (!written_) return;
    files_.run([to = written_, all = all_, fresh = *found] { to->write(all, fresh); });
  }
  wait_for_files();
}

std::vector<PublicAddresses> UrlFile::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

void UrlFile::wait_for_files() {
  const bool was_late = late_;
  late_ = !files_.finish(was_late ? std::chrono::milliseconds(0) : url_file_patience);
  if (late_ && !was_late) tell_of_url_file(log_, file_errc::too_slow);
}

}  // namespace towline::app
