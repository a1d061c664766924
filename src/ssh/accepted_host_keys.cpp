#include "ssh/accepted_host_keys.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t file_size_max =
    1'024 * 1'024;  // some five thousand keys; no file of ours grows to that
constexpr std::string_view accepted_before = "accepted on first use";

// -1 where there is no name or no way to open it.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : value_(path.empty() ? -1 : ::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace

AcceptedHostKeys::AcceptedHostKeys(std::string file, File use) : file_(std::move(file)), use_(use) {
  const Descriptor opened(file_, O_RDONLY);
  if (opened) {
    reload(opened.get());
  } else if (!file_.empty() && errno != ENOENT) {
    fails("cannot be read", errno);
  }
}

KnownHosts AcceptedHostKeys::known() const {
  const std::lock_guard lock(mutex_);
  return known_now();
}

KnownHosts AcceptedHostKeys::known_now() const {
  auto known = KnownHosts::parse(on_file_, file_);
  known.add(accepted_, accepted_before);
  return known;
}

bool AcceptedHostKeys::remember(const net::HostPort& where, const HostKey& key) {
  const std::lock_guard lock(mutex_);
  const bool kept = use_ == File::kept && !file_.empty();
  const Descriptor opened(kept ? file_ : std::string(), O_RDWR | O_CREAT | O_APPEND);
  if (!opened && kept) fails("cannot be written", errno);
  // Held for a read and a write; given up with the descriptor. Without it (a file system that has no locks)
  // two processes that see a server for the first time at once may each accept a key.
  if (opened && ::flock(opened.get(), LOCK_EX) == 0) reload(opened.get());
  const auto found = known_now().lookup(where, key).verdict;
  if (found != HostKeyVerdict::unknown) return found == HostKeyVerdict::match;
  const auto line = known_hosts_line(where, key);
  if (opened) keep(line, opened.get());
  accepted_ += line;
  return true;
}

// One write, so that no reader and no other writer finds half a line in the middle.
void AcceptedHostKeys::keep(const std::string& line, int descriptor) {
  const bool torn = !on_file_.empty() && on_file_.back() != '\n';  // by a writer that did not live to end it
  const auto text = torn ? '\n' + line : line;
  const auto written = ::write(descriptor, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(descriptor) != 0) {
    fails("cannot be written", written < 0 ? errno : ENOSPC);
  }
  if (written > 0) on_file_ += text.substr(0, static_cast<std::size_t>(written));
}

void AcceptedHostKeys::reload(int descriptor) {
  std::string text;
  char chunk[4096];
  while (text.size() < file_size_max) {
    const auto got =
        ::pread(descriptor, static_cast<char*>(chunk), sizeof chunk, static_cast<off_t>(text.size()));
    if (got < 0) return fails("cannot be read", errno);
    if (got == 0) break;
    text.append(static_cast<const char*>(chunk), static_cast<std::size_t>(got));
  }
  on_file_ = std::move(text);
}

void AcceptedHostKeys::fails(const char* what, int error) {
  problem_ = file_ + ' ' + what + ": " + std::generic_category().message(error);
}

std::string AcceptedHostKeys::take_problem() {
  const std::lock_guard lock(mutex_);
  if (problem_told_ || problem_.empty()) return {};
  problem_told_ = true;
  return problem_;
}

}  // namespace towline::ssh
