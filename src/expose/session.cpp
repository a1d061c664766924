#include "expose/session.hpp"

#include "ssh/wire/error.hpp"
#include "ssh/wire/message.hpp"
#include "ssh/wire/writer.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::expose {

namespace {

constexpr std::uint8_t interrupt = 0x03;  // Ctrl-C and Ctrl-D, as a terminal in raw mode sends them
constexpr std::uint8_t end_of_input = 0x04;
constexpr std::uint32_t interrupted_status = 128 + 2;
constexpr std::uint32_t failed_status = 1;

ssh::Bytes octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_ending(std::string_view signal) {
  constexpr std::string_view all[] = {"HUP", "INT", "QUIT", "KILL", "TERM"};
  return std::ranges::find(all, signal) != std::end(all);
}

}  // namespace

void Lines::add(std::string line) {
  if (lines_.size() < lines_max && dropped_ == 0) {
    lines_.push_back(std::move(line));
  } else {
    ++dropped_;
  }
}

// Those that were dropped came last.
std::string Lines::take(std::size_t& dropped) {
  dropped = 0;
  if (lines_.empty()) {
    dropped = std::exchange(dropped_, 0);
    return {};
  }
  auto line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

Session::Session(const asio::any_io_executor& executor, ssh::Channel offered, Owner& owner)
    : channel_(std::move(offered)), owner_(owner), changed_(executor) {
  channel_.accept();
  channel_.tell(this);
}

void Session::tell(const Told& told, bool json) {
  json_ = json;
  if (!started_ || end_) return;
  lines_.add(json ? json_line(told) : text_line(told));
  changed_.notify_all();
}

void Session::on_request(std::string_view type, ssh::Bytes payload,
                         std::optional<ssh::connection::RequestId> id) {
  const bool taken = takes(type, payload);
  if (id) channel_.answer(*id, taken);
  if (taken && started_ && (type == "shell" || type == "exec")) owner_.on_started(*this);
}

bool Session::takes(std::string_view type, ssh::Bytes payload) {
  ssh::Reader reader(payload);
  if (type == "env" || type == "window-change") return true;
  if (type == "pty-req") {
    terminal_ = owner_.may_have_terminal();
    return terminal_;
  }
  if (type == "signal") {
    const std::string signal(reader.string());
    if (is_ending(signal)) end({.status = 0, .signal = signal});
    return true;
  }
  if (started_ || end_) return false;
  if (type == "shell") return begin({});
  if (type == "exec") return begin(reader.string());
  if (type == "subsystem") {
    fail("there are no subsystems here, only forwards (-R)");
    return false;
  }
  return false;
}

// A client that is told what is wrong has had its request taken: else it shows nothing of what is said.
bool Session::begin(std::string_view words) {
  if (const auto problem = owner_.take_words(words); !problem.empty()) {
    fail(problem);
    return true;
  }
  started_ = true;
  return true;
}

void Session::fail(std::string_view why) {
  error_ = "towline: " + text::one_line(why, 1'000);
  end({.status = failed_status, .signal = {}});
}

// A client that does not read what it was told will not read this either.
void Session::end(End with) {
  if (!end_) end_ = std::move(with);
  if (blocked_) channel_.close();
  changed_.notify_all();
}

// Nothing is read but what a terminal means by it.
std::size_t Session::on_data(std::uint32_t stream, ssh::Bytes data) {
  if (terminal_ && stream == 0 && started_) {
    if (std::ranges::find(data, interrupt) != data.end())
      end({.status = interrupted_status, .signal = {}});
    else if (std::ranges::find(data, end_of_input) != data.end())
      end({});
  }
  return data.size();
}

// Without a terminal it is often /dev/null, and the client wants its forwards all the same.
void Session::on_eof() {
  if (terminal_) end({});
}

Task<> Session::run() {
  while (!channel_.end()) {
    if (end_) break;
    if (lines_.empty()) {
      if (co_await changed_.wait()) co_return;
      continue;
    }
    std::size_t dropped = 0;
    auto line = lines_.take(dropped);
    if (dropped > 0) {
      Told told{.event = ToldEvent::dropped, .count = dropped};
      line = json_ ? json_line(told) : text_line(told);
    }
    if (!co_await write(std::move(line), false)) co_return;
  }
  if (!channel_.end()) {
    if (!error_.empty() && !co_await write(error_, true)) co_return;
    say_end();
  }
}

// False: the client is gone, or has ended the session.
Task<bool> Session::write(std::string line, bool to_stderr) {
  line += terminal_ ? "\r\n" : "\n";
  auto rest = octets(line);
  while (!rest.empty()) {
    const auto room = channel_.sendable();
    if (room == 0) {
      blocked_ = true;
      const auto waited = co_await channel_.wait_sendable();
      blocked_ = false;
      if (!waited) co_return false;
      continue;
    }
    const auto piece = rest.first(std::min(room, rest.size()));
    if (to_stderr) {
      channel_.write_stderr(piece);
    } else {
      channel_.write(piece);
    }
    rest = rest.subspan(piece.size());
  }
  co_return true;
}

void Session::say_end() {
  if (end_ && !end_->signal.empty()) {
    const auto payload =
        ssh::MessageWriter().string(end_->signal).boolean(false).string("").string("").take();
    channel_.request("exit-signal", false, payload);
  } else {
    const auto payload = ssh::MessageWriter().u32(end_ ? end_->status : 0).take();
    channel_.request("exit-status", false, payload);
  }
  channel_.send_eof();
  channel_.close();
}

}  // namespace towline::expose
