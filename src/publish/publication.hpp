// A service that makes -R public, over one session and over all that follow it: when a forward is up, and
// what is done about one that is not what it should be.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "forward/publication.hpp"
#include "forward/spec.hpp"
#include "observe/log.hpp"
#include "publish/conversation.hpp"
#include "publish/options.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::publish {

// The time after which an address is asked for again with a fresh session, after `times` of it in vain. Ten
// seconds are what a service needs to notice that our last session is gone, which may have the name still.
// Pure.
std::chrono::seconds renew_delay(std::size_t times);

// What to do about it, as the page of failures has it. Pure.
std::string_view failure_hint(observe::PublishFailure reason);

// What the service is asked for: the -R of the configuration, in its order. Pure.
std::vector<AskedForward> asked_of(const std::vector<forward::ForwardSpec>& forwards);

// Not thread-safe; everything happens on the sessions' io_context.
class Publisher final : public forward::Publisher {
 public:
  // How long a service may take to tell an address before that is called a failure.
  static constexpr std::chrono::seconds patience{10};

  // All of it outlives the publisher.
  Publisher(const Options& options, const std::vector<forward::ForwardSpec>& forwards,
            std::chrono::milliseconds answer_timeout, const observe::Log& log);

  std::unique_ptr<forward::Publication> publish(ssh::Session& session, std::function<void()> renew) override;

 private:
  friend class Publication;

  const Options& options_;
  std::vector<AskedForward> asked_;
  std::chrono::milliseconds answer_timeout_;
  observe::Log log_;
  std::size_t renewals_ = 0;  // in vain, one after the other
};

class Publication final : public forward::Publication, private Conversation::Listener {
 public:
  Publication(Publisher& publisher, ssh::Session& session, std::function<void()> renew);

  Task<> run() override;
  Task<error_code> wait_introduced() override { return conversation_.wait_introduced(); }
  void granted(forward::Report& report, std::uint16_t port, std::string_view where) override;
  void refused(forward::Report& report) override;
  void withdrawn(forward::Report& report) override;

 private:
  // A forward that the server listens for.
  struct Granted {
    forward::Report* report;
    std::uint16_t port;
    std::string where;
    Deadline patience;                                 // until then it may have no address
    std::optional<observe::PublishFailure> failure{};  // that was told
    bool up = false;
  };

  void on_text(const std::string& line) override;
  void on_complaint(const std::string& line) override;
  void on_words_refused() override;
  void on_change() override { changed_.notify_all(); }

  void review();
  bool review(Granted& forward);
  void bring_up(Granted& forward, std::vector<std::string> addresses);
  void take_down(Granted& forward, observe::PublishFailure reason, const std::string& addresses);
  forward::Explanation explain(const Granted& forward, observe::PublishFailure reason,
                               const std::string& addresses) const;
  Deadline next_look() const;
  void renew_if_due();

  Publisher& publisher_;
  std::function<void()> renew_;
  Conversation conversation_;
  std::vector<Granted> granted_;
  std::vector<std::string> complaints_;  // that were told
  std::optional<Deadline> renew_at_;
  asio::any_io_executor executor_;
  Event changed_;
};

}  // namespace towline::publish
