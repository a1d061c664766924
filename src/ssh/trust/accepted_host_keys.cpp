#include "ssh/trust/accepted_host_keys.hpp"

#include "text/file.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t file_size_max =
    1'024 * 1'024;  // some five thousand keys; no file of ours grows to that
constexpr std::string_view accepted_before = "accepted on first use";
// Of a session's loop, so well below what its liveness allows.
constexpr std::chrono::seconds file_patience{1};

std::string said_of(int error) {
  return error == ELOOP ? "it is a symbolic link" : std::generic_category().message(error);
}

// A regular file at the path itself, opened without waiting for anybody; or why there is none.
class OpenedFile {
 public:
  OpenedFile(const std::string& path, int flags)
      : value_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644)) {
    struct stat facts{};
    if (value_ < 0) {
      absent_ = errno == ENOENT;
      problem_ = said_of(errno);
    } else if (::fstat(value_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      problem_ = "it is not a regular file";
    }
  }
  ~OpenedFile() {
    if (value_ >= 0) ::close(value_);
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  int get() const { return value_; }
  bool is_absent() const { return absent_; }
  const std::string& problem() const { return problem_; }

 private:
  int value_;
  bool absent_ = false;
  std::string problem_;
};

// What a look at the file has brought.
struct Look {
  std::optional<std::string> text;  // nothing: it could not be read
  std::string problem;
};

Look read_all(int descriptor) {
  const auto read = text::read_rest(descriptor, file_size_max);
  if (read.error) return {.text = {}, .problem = "cannot be read: " + said_of(read.error.value())};
  return {.text = std::string(read.text.reveal()), .problem = {}};
}

Look look_at(const std::string& file) {
  const OpenedFile opened(file, O_RDONLY);
  if (opened.is_absent()) return {};
  if (!opened.problem().empty()) return {.text = {}, .problem = "cannot be read: " + opened.problem()};
  return read_all(opened.get());
}

KnownHosts known_from(const std::string& on_file, const std::string& file, const std::string& accepted) {
  auto known = KnownHosts::parse(on_file, file);
  known.add(accepted, accepted_before);
  return known;
}

// One write, so that no reader and no other writer finds half a line in the middle.
std::string append(const std::string& line, bool torn, int descriptor) {
  const auto text = torn ? '\n' + line : line;
  const auto written = ::write(descriptor, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0) return {};
  return "cannot be written: " + said_of(written < 0 ? errno : ENOSPC);
}

// The file before the key was added to it; it is if the server has none there, nor in `accepted`.
Look add_to(const std::string& file, const std::string& accepted, const net::HostPort& where,
            const HostKey& key) {
  const OpenedFile opened(file, O_RDWR | O_CREAT | O_APPEND);
  if (!opened.problem().empty()) return {.text = {}, .problem = "cannot be written: " + opened.problem()};
  // Held for a read and a write; given up with the descriptor. Without it (a file system that has no locks)
  // two processes that see a server for the first time at once may each accept a key.
  ::flock(opened.get(), LOCK_EX);
  auto look = read_all(opened.get());
  if (!look.text ||
      known_from(*look.text, file, accepted).lookup(where, key).verdict != HostKeyVerdict::unknown)
    return look;
  const bool torn =
      !look.text->empty() && look.text->back() != '\n';  // by a writer that did not live to end it
  look.problem = append(known_hosts_line(where, key), torn, opened.get());
  return look;
}

}  // namespace

AcceptedHostKeys::AcceptedHostKeys(std::string file, File use) : file_(std::move(file)), use_(use) {
  if (file_.empty()) return;
  auto look = look_at(file_);
  on_file_ = std::move(look.text).value_or("");
  fails(look.problem);
}

KnownHosts AcceptedHostKeys::known() const {
  const std::lock_guard lock(mutex_);
  return known_from(on_file_, file_, accepted_);
}

bool AcceptedHostKeys::remember(const net::HostPort& where, const HostKey& key) {
  const std::lock_guard lock(mutex_);
  if (use_ == File::kept && !file_.empty()) keep(where, key);
  const auto found = known_from(on_file_, file_, accepted_).lookup(where, key).verdict;
  if (found != HostKeyVerdict::unknown) return found == HostKeyVerdict::match;
  accepted_ += known_hosts_line(where, key);
  return true;
}

void AcceptedHostKeys::keep(const net::HostPort& where, const HostKey& key) {
  const auto look = std::make_shared<Look>();
  files_.run(
      [look, file = file_, accepted = accepted_, where, key] { *look = add_to(file, accepted, where, key); });
  late_ = !files_.finish(late_ ? std::chrono::milliseconds(0) : file_patience);
  if (late_) return fails("cannot be written: the file system does not answer");
  if (look->text) on_file_ = std::move(*look->text);
  fails(look->problem);
}

void AcceptedHostKeys::fails(const std::string& why) {
  if (!why.empty()) problem_ = file_ + ' ' + why;
}

std::string AcceptedHostKeys::take_problem() {
  const std::lock_guard lock(mutex_);
  if (problem_told_ || problem_.empty()) return {};
  problem_told_ = true;
  return problem_;
}

}  // namespace towline::ssh
