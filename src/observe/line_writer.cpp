#include "observe/line_writer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <iterator>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace towline::observe {

struct LineWriter::Lines {
  Lines(int to, DroppedLine line)
      : descriptor(to), abandoned(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), dropped_line(std::move(line)) {}
  ~Lines() { ::close(abandoned); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  bool add(std::string_view line);
  void write_all();

  const int descriptor;
  const int abandoned;  // readable: nobody waits for what is left
  const DroppedLine dropped_line;
  std::atomic<std::uint64_t> dropped{0};

 private:
  bool take();
  void put_each();
  bool put(std::string_view line);
  std::size_t send(std::string_view text) const;
  bool wait_for_room() const;

  std::mutex mutex_;
  std::string waiting_;
  std::uint64_t refused_ = 0;  // behind the last of `waiting_`, for want of room
  bool writing_ = false;

  // Of the writing thread.
  std::string batch_;
  std::uint64_t untold_ = 0;   // dropped before the end of `batch_`, and not said yet
  std::uint64_t missing_ = 0;  // dropped behind it
  bool torn_ = false;          // the last line was written in part
};

// True: somebody has to call write_all().
bool LineWriter::Lines::add(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (refused_ > 0 || waiting_.size() + line.size() > waiting_bytes_max) {
    ++refused_;
    dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  waiting_ += line;
  return !std::exchange(writing_, true);
}

bool LineWriter::Lines::take() {
  const std::lock_guard lock(mutex_);
  batch_.clear();
  batch_.swap(waiting_);
  missing_ = std::exchange(refused_, 0);
  writing_ = !batch_.empty();
  return writing_;
}

void LineWriter::Lines::write_all() {
  while (take()) {
    put_each();
    untold_ += missing_;
    if (untold_ > 0 && (!dropped_line || put(dropped_line(untold_)))) untold_ = 0;
  }
}

void LineWriter::Lines::put_each() {
  std::string_view rest = batch_;
  while (!rest.empty()) {
    const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    rest.remove_prefix(line.size());
    if (put(line)) continue;
    ++untold_;
    dropped.fetch_add(1, std::memory_order_relaxed);
  }
}

bool LineWriter::Lines::put(std::string_view line) {
  if (torn_ && send("\n") == 0) return false;
  const auto sent = send(line);
  torn_ = sent > 0 && sent < line.size();
  return sent == line.size();
}

// How much was taken before something failed.
std::size_t LineWriter::Lines::send(std::string_view text) const {
  std::size_t sent = 0;
  while (sent < text.size() && wait_for_room()) {
    const auto piece = text.substr(sent, PIPE_BUF);  // a pipe that poll() finds writable has room for it
    const ssize_t n = ::write(descriptor, piece.data(), piece.size());
    if (n < 0 && errno != EINTR && errno != EAGAIN) break;
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return sent;
}

// False: abandoned. What is closed or broken counts as room: write() says so.
bool LineWriter::Lines::wait_for_room() const {
  constexpr int for_ever = -1;
  pollfd either[] = {{.fd = abandoned, .events = POLLIN, .revents = 0},
                     {.fd = descriptor, .events = POLLOUT, .revents = 0}};
  while (::poll(either, std::size(either), for_ever) < 0) {
    if (errno == EINVAL)
      return true;  // RLIMIT_NOFILE was lowered to less than two: nothing to ask, all to write
    if (errno != EINTR && errno != EAGAIN) return false;
  }
  return either[0].revents == 0;
}

LineWriter::LineWriter(int descriptor, DroppedLine dropped_line)
    : lines_(std::make_shared<Lines>(descriptor, std::move(dropped_line))) {}

LineWriter::~LineWriter() {
  if (!flush(SideThread::last_patience)) ::eventfd_write(lines_->abandoned, 1);
}

void LineWriter::write(std::string_view line) {
  if (lines_->add(line)) side_.run([lines = lines_] { lines->write_all(); });
}

std::uint64_t LineWriter::dropped() const { return lines_->dropped.load(std::memory_order_relaxed); }

}  // namespace towline::observe
