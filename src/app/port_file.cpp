#include "app/port_file.hpp"

#include "net/error.hpp"
#include "observe/failure_fields.hpp"

#include <algorithm>
#include <utility>

namespace towline::app {

namespace {

// Of a session's loop, so well below observe::heartbeat_deadline.
constexpr std::chrono::seconds file_patience{1};

void tell(const observe::Log& log, const Failure& failure) {
  log.write(
      observe::Level::warn, "port_file.failed", "the port file cannot be written",
      observe::FailureFields({}, failure,
                             net::is_resource_shortage(failure.code)
                                 ? net::resource_shortage_hint
                                 : "TOWLINE_PORT_FILE must name a file that is not there yet, or one of an "
                                   "earlier run, in a folder that this process may write to"));
}

}  // namespace

PortFilePaths port_file_paths(const std::string& setting, const config::Env& env) {
  if (setting != "github") return {.file = setting, .github_output = {}, .github_env = {}};
  return {.file = {},
          .github_output = std::string(env.get("GITHUB_OUTPUT").value_or("")),
          .github_env = std::string(env.get("GITHUB_ENV").value_or(""))};
}

// The files as `files` alone sees them.
struct PortFile::Written {
  PortFilePaths paths;
  observe::Log log;
  OwnFile file{paths.file, are_port_lines};

  void clear() const {
    if (const auto cleared = file.clear(); !cleared) tell(log, cleared.error());
  }
  void replace(const std::vector<Port>& all) {
    if (const auto written = file.replace(port_lines(all)); !written) tell(log, written.error());
  }
  void write(const std::vector<Port>& all, const Port& fresh) {
    replace(all);
    append(paths.github_output, github_output_lines({fresh}));
    append(paths.github_env, github_env_lines({fresh}));
  }
  void append(const std::string& path, const std::string& lines) const {
    if (path.empty()) return;
    if (const auto written = append_to_file(path, lines); !written) tell(log, written.error());
  }
};

PortFile::PortFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log,
                   SideThread& files)
    : forwards_(std::move(forwards)), log_(log), files_(files) {
  if (paths.file.empty() && paths.github_output.empty() && paths.github_env.empty()) return;
  written_ = std::make_shared<Written>(Written{.paths = std::move(paths), .log = log});
  files_.run([to = written_] { to->clear(); });
  wait_for_files();
}

PortFile::~PortFile() {
  if (written_) files_.run([to = written_] { to->file.remove(); });
}

void PortFile::learn(Port port) {
  {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(ports_, port) != ports_.end()) return;
    ports_ = with_port(std::move(ports_), port, forwards_);
    if (!written_) return;
    files_.run([to = written_, all = ports_, port] { to->write(all, port); });
  }
  wait_for_files();
}

void PortFile::forget(std::string_view forward) {
  {
    const std::lock_guard lock(mutex_);
    const auto lost = std::erase_if(ports_, [forward](const Port& port) { return port.forward == forward; });
    if (lost == 0 || !written_) return;
    files_.run([to = written_, all = ports_] { to->replace(all); });
  }
  wait_for_files();
}

std::vector<Port> PortFile::ports() const {
  const std::lock_guard lock(mutex_);
  return ports_;
}

void PortFile::wait_for_files() {
  const bool was_late = late_;
  late_ = !files_.finish(was_late ? std::chrono::milliseconds(0) : file_patience);
  if (late_ && !was_late) tell(log_, file_errc::too_slow);
}

}  // namespace towline::app
