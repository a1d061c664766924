#include "app/pid_file.hpp"

#include "observe/failure_fields.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace towline::app {

bool is_pid_line(std::string_view text) {
  constexpr std::size_t digits_max = 10;
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text.size() <= digits_max && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

PidFile::PidFile(std::string path, const observe::Log& log, SideThread& files)
    : file_(path.empty() ? nullptr : std::make_shared<OwnFile>(std::move(path), is_pid_line)), files_(files) {
  if (!file_) return;
  files_.run([file = file_, log] {
    const auto written = file->replace(std::to_string(::getpid()) + '\n');
    if (written) return;
    log.write(
        observe::Level::warn, "pid_file.failed", "the file of AUTOSSH_PIDFILE cannot be written",
        observe::FailureFields({}, written.error(),
                               "nothing needs it; name a file that is not there yet, in a folder that this "
                               "process may write to, or leave it out"));
  });
}

PidFile::~PidFile() {
  if (file_) files_.run([file = file_] { file->remove(); });
}

}  // namespace towline::app
