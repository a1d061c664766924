// The one session channel of a connection to a service: what is said in it, and what is heard.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "publish/address_book.hpp"
#include "publish/dialect.hpp"
#include "publish/lines.hpp"
#include "publish/options.hpp"
#include "ssh/client/session.hpp"
#include "text/regular_expression.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::publish {

// Not thread-safe; everything happens on the session's io_context, and the session outlives run().
class Conversation final : private ssh::Channel::Asked {
 public:
  // Called from inside run().
  class Listener {
   public:
    virtual ~Listener() = default;
    // A line of the service, cleaned; of strangers' text all the same.
    virtual void on_text(const std::string& line) = 0;
    // One that says that something is wrong.
    virtual void on_complaint(const std::string& line) = 0;
    // It does not take Options::words.
    virtual void on_words_refused() = 0;
    // What addresses() or over() says may be another thing now.
    virtual void on_change() = 0;
  };

  // `forwards` in the order in which they are asked for.
  Conversation(ssh::Session& session, const Options& options, std::vector<AskedForward> forwards,
               std::chrono::milliseconds answer_timeout, Listener& listener);

  // Opens the channel, asks for at most one thing in it, and reads until cancelled, however long that is:
  // there are services that carry nothing while nobody reads. The channel is closed then.
  Task<> run();

  // Waits until all is said that must come before a request to listen. Errors: operation_aborted.
  Task<error_code> wait_introduced();

  // The answer of the server for this forward.
  void listens(std::string_view forward, std::uint16_t port);
  void refused(std::string_view forward);

  bool tells_address() const { return pattern_ || dialect_.tells_address; }
  Judgement judgement(std::string_view forward) const;
  // Nothing more is heard, and why.
  const std::optional<std::string>& over() const { return over_; }

 private:
  void on_request(std::string_view type, ssh::Bytes payload,
                  std::optional<ssh::connection::RequestId> id) override;
  void on_reply(bool success) override;

  void introduce();
  void ask();
  Task<> read();
  Task<> read_stderr();
  bool hear(Lines& lines, bool stderr);
  void end(std::string why);

  ssh::Session& session_;
  const Options& options_;
  const Dialect& dialect_;
  std::optional<text::RegularExpression> pattern_;
  std::chrono::milliseconds answer_timeout_;
  Listener& listener_;
  AddressBook book_;
  std::optional<ssh::Channel> channel_;
  std::string exit_;  // "with exit status 1"
  std::optional<std::string> over_;
  bool introduced_ = false;
  Event introduced_now_;
};

}  // namespace towline::publish
