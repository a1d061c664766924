// One request on its way to a client's server, and the answer back, both at once.
#pragma once

#include "async/task.hpp"
#include "expose/http/body.hpp"
#include "expose/http/head.hpp"
#include "expose/tls/line.hpp"
#include "expose/web/hosts.hpp"
#include "expose/web/limits.hpp"
#include "expose/web/rebuild.hpp"
#include "ssh/session/channel.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace towline::expose::web {

// How it ended.
enum class Ended {
  answered,    // to the end
  upgraded,    // both have changed the protocol, and have ended what they had to say
  unanswered,  // the client's server closed without a byte
  bad_answer,  // it said what is no answer
  cut,         // it closed, or its session ended, in the middle of its answer
  visitor_left,
  visitor_slow,   // it neither sent nor read for body_timeout
  visitor_wrong,  // what it said in the body is malformed
  client_stuck,   // the client's server did not read the body for body_timeout
};

// What an exchange is given; all of it outlives it.
struct Sides {
  tls::Line& line;
  std::string& read_ahead;  // of the visitor, behind the head
  Scratch& scratch;
  const Limits& limits;
  const Visitor& visitor;
  const bool& leaving;         // no further request is wanted
  HttpOffer* offer = nullptr;  // whose pace holds; null: as fast as it goes
};

// Not thread-safe. The visitor waits for the answer's head as long as it likes, and so do we: how long a
// server may think is not ours to know, and a visitor that gives up is noticed. Once a body has begun, its
// end has no deadline either, for it may be one of events.
class Exchange {
 public:
  Exchange(const Sides& sides, const RequestHead& head, HttpRules rules);

  // May run again, on another channel, where it was unanswered and may_be_repeated().
  Task<Ended> run(ssh::Channel& channel);

  bool answer_begun() const { return status_ != 0; }
  // The visitor may ask again on its line, and the channel may carry another request.
  bool visitor_stays() const { return answer_begun() && plan_.keep_alive && request_body_.done(); }
  bool channel_stays() const { return channel_stays_ && uploaded_; }
  bool request_read() const { return request_body_.done(); }
  unsigned status() const { return status_; }
  std::uint64_t bytes_received() const { return received_; }
  std::uint64_t bytes_sent() const { return sent_; }

 private:
  Task<Ended> ask(ssh::Channel& channel);
  Task<std::optional<Ended>> upload(ssh::Channel& channel);
  Task<std::optional<Ended>> wait_for_room(ssh::Channel& channel) const;
  Task<std::optional<Ended>> fill_scratch(std::size_t room, std::string_view& piece);
  Task<Ended> watch_visitor();
  Task<Ended> answer(ssh::Channel& channel);
  Task<std::optional<Ended>> read_head(ssh::Channel& channel, std::string& text) const;
  Task<std::optional<Ended>> pass_interim(const AnswerHead& head);
  Task<Ended> pass_body(ssh::Channel& channel, const AnswerHead& head);
  Task<std::optional<Ended>> say(std::string& text);
  std::optional<Ended> encode(std::string_view octets, std::string& out);

  Sides sides_;
  const RequestHead& head_;
  const HttpRules rules_;
  const std::string request_;
  BodyReader request_body_;
  AnswerPlan plan_{};
  bool uploaded_ = false;  // all of the request has been written to the channel
  unsigned status_ = 0;
  bool channel_stays_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
};

// Waits for the line; timed_out when `patience` is over first.
Task<error_code> wait_readable(tls::Line& line, std::chrono::milliseconds patience);
Task<error_code> wait_writable(tls::Line& line, std::chrono::milliseconds patience);

}  // namespace towline::expose::web
