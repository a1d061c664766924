// A session channel of a client: where it reads what has become of its forwards. Nothing runs behind it.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "expose/told.hpp"
#include "ssh/session/channel.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace towline::expose {

// Lines that wait for a client to read them, so many and no more: what comes then is dropped and counted.
class Lines {
 public:
  static constexpr std::size_t lines_max = 256;

  void add(std::string line);
  bool empty() const { return lines_.empty() && dropped_ == 0; }
  // The next one, once; `dropped`: how many were lost before it, which then has been told.
  std::string take(std::size_t& dropped);

 private:
  std::deque<std::string> lines_;
  std::size_t dropped_ = 0;  // behind them
};

// Not thread-safe; use on its connection's io_context, and give it up before that.
class Session final : private ssh::Channel::Sink {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The words of an exec. Returns what is wrong with them, or nothing.
    virtual std::string take_words(std::string_view words) = 0;
    virtual bool may_have_terminal() const = 0;
    // It reads from here on.
    virtual void on_started(Session& session) = 0;
  };

  // `offered` is neither accepted nor refused; `owner` outlives the session.
  Session(const asio::any_io_executor& executor, ssh::Channel offered, Owner& owner);

  // Until the client ends it, or is gone. Once.
  Task<> run();

  bool started() const { return started_; }
  void tell(const Told& told, bool json);

 private:
  struct End {
    std::uint32_t status = 0;
    std::string signal{};  // instead of it
  };

  void on_request(std::string_view type, ssh::Bytes payload,
                  std::optional<ssh::connection::RequestId> id) override;
  void on_reply(bool) override {}
  std::size_t on_data(std::uint32_t stream, ssh::Bytes data) override;
  void on_eof() override;
  void on_refused(std::uint32_t, std::string_view) override {}
  void on_closed(const Failure&) override { changed_.notify_all(); }

  bool takes(std::string_view type, ssh::Bytes payload);
  bool begin(std::string_view words);
  void fail(std::string_view why);
  void end(End with);
  Task<bool> write(std::string line, bool to_stderr);
  void say_end();

  ssh::Channel channel_;
  Owner& owner_;
  bool terminal_ = false;
  bool started_ = false;
  bool json_ = false;
  bool blocked_ = false;  // the client does not read
  Lines lines_;
  std::string error_;  // to be said on stderr before the end
  std::optional<End> end_;
  Event changed_;
};

}  // namespace towline::expose
