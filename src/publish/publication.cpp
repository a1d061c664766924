#include "publish/publication.hpp"

#include "async/task_group.hpp"
#include "publish/address.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::publish {

using observe::ForwardState;
using observe::PublishFailure;
using std::chrono::steady_clock;

namespace {

// Each is told once, and no more of them on one session: others are seen at debug.
constexpr std::size_t session_complaints_max = 16;

std::string listed(const std::vector<std::string>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : ", ") + address;
  return text;
}

}  // namespace

std::chrono::seconds renew_delay(std::size_t times) {
  constexpr std::chrono::seconds first{10};
  constexpr std::chrono::seconds max{60};
  auto delay = first;
  for (std::size_t i = 0; i < times && delay < max; ++i) delay *= 2;
  return std::min(delay, max);
}

std::string_view failure_hint(PublishFailure reason) {
  switch (reason) {
    case PublishFailure::no_session:
      return "see what it says (TOWLINE_LOG_LEVEL=debug), and whether SSH_PUBLISH names its dialect";
    case PublishFailure::no_address:
      return "see what it says (TOWLINE_LOG_LEVEL=debug): another SSH_PUBLISH, or SSH_PUBLISH_URL_REGEX, may "
             "find "
             "the address in it";
    case PublishFailure::other_address: break;
  }
  return "it is asked for again: a session of ours that was lost may have the name for a moment; else it is "
         "somebody else's, or not allowed for this key";
}

std::vector<AskedForward> asked_of(const std::vector<forward::ForwardSpec>& forwards) {
  std::vector<AskedForward> asked;
  for (const auto& spec : forwards) {
    if (spec.mode == forward::Mode::remote)
      asked.push_back({.forward = spec.name, .host = spec.listen.host, .port = spec.listen.port});
  }
  return asked;
}

Publisher::Publisher(const Options& options, const std::vector<forward::ForwardSpec>& forwards,
                     std::chrono::milliseconds answer_timeout, const observe::Log& log)
    : options_(options), asked_(asked_of(forwards)), answer_timeout_(answer_timeout), log_(log) {}

std::unique_ptr<forward::Publication> Publisher::publish(ssh::Session& session, std::function<void()> renew) {
  return std::make_unique<Publication>(*this, session, std::move(renew));
}

Publication::Publication(Publisher& publisher, ssh::Session& session, std::function<void()> renew)
    : publisher_(publisher),
      renew_(std::move(renew)),
      conversation_(session, publisher.options_, publisher.asked_, publisher.answer_timeout_, *this),
      executor_(session.connection().executor()),
      changed_(executor_) {}

Task<> Publication::run() {
  TaskGroup talking(executor_);
  talking.spawn(conversation_.run());
  while (!co_await cancelled()) {
    review();
    co_await changed_.wait_until(next_look());
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  talking.cancel();
  while (talking.size() > 0) co_await talking.join();
}

void Publication::granted(forward::Report& report, std::uint16_t port, std::string_view where) {
  granted_.push_back({&report, port, std::string(where), steady_clock::now() + Publisher::patience});
  conversation_.listens(report.spec().name, port);
  review();
}

void Publication::refused(forward::Report& report) { conversation_.refused(report.spec().name); }

void Publication::withdrawn(forward::Report& report) {
  std::erase_if(granted_, [&report](const Granted& one) { return one.report == &report; });
}

void Publication::on_text(const std::string& line) {
  publisher_.log_.debug("publish.text", "the service says", {{"said", text::shown(line)}});
}

void Publication::on_complaint(const std::string& line) {
  auto said = text::shown(without_queries(line));
  const bool told = std::ranges::find(complaints_, said) != complaints_.end();
  if (told || complaints_.size() == session_complaints_max) return;
  publisher_.log_.warn("publish.complaint", "the service says that something is wrong", {{"said", said}});
  complaints_.push_back(std::move(said));
}

void Publication::on_words_refused() {
  publisher_.log_.repeatable().warn(
      "publish.options_refused", "the service does not take the words of SSH_PUBLISH_OPTIONS",
      {{"hint", "see which words it knows; what it says of it is in the lines beside this one"}});
}

void Publication::review() {
  bool all_right = !granted_.empty();
  bool none_other = true;
  for (auto& forward : granted_) {
    const bool right = review(forward);
    all_right = all_right && right;
    none_other = none_other && (right || forward.failure != PublishFailure::other_address);
  }
  if (all_right) publisher_.renewals_ = 0;
  const bool hopeless = !none_other || (conversation_.over() && !all_right && !granted_.empty() &&
                                        conversation_.tells_address());
  if (!hopeless) renew_at_.reset();
  if (hopeless && !renew_at_) renew_at_ = steady_clock::now() + renew_delay(publisher_.renewals_);
  renew_if_due();
}

// True: it is up.
bool Publication::review(Granted& forward) {
  auto judged = conversation_.judgement(forward.report->spec().name);
  if (judged.verdict == Judgement::Verdict::right || !conversation_.tells_address()) {
    bring_up(forward, std::move(judged.addresses));
    return true;
  }
  if (judged.verdict == Judgement::Verdict::other) {
    take_down(forward, PublishFailure::other_address, listed(judged.addresses));
  } else if (conversation_.over()) {
    take_down(forward, PublishFailure::no_session, {});
  } else if (forward.up || steady_clock::now() >= forward.patience) {
    take_down(forward, PublishFailure::no_address, {});
  }
  return false;
}

void Publication::bring_up(Granted& forward, std::vector<std::string> addresses) {
  auto& report = *forward.report;
  auto& shown = report.status().public_addresses;
  const bool was_up = std::exchange(forward.up, true);
  forward.failure.reset();
  if (was_up && shown == addresses) return;
  const auto before = std::exchange(shown, addresses);
  if (was_up) {
    report.publish();
  } else {
    report.up(forward.port, forward.where);
  }
  for (const auto& address : addresses) {
    if (std::ranges::find(before, address) != before.end()) continue;
    report.log().info("publish.address", "the forward has a public address", {{"address", address}});
  }
}

void Publication::take_down(Granted& forward, PublishFailure reason, const std::string& addresses) {
  forward.up = false;
  const auto why = explain(forward, reason, addresses);
  const bool told = forward.failure == reason && forward.report->status().detail == why.detail;
  forward.failure = reason;
  if (told) return;
  forward.report->metrics().publish_failed(reason);
  forward.report->down(ForwardState::binding, why);
  forward.report->log().repeatable().warn("publish.failed", why.detail,
                                          {{"reason", why.reason.label()}, {"hint", why.hint}});
}

forward::Explanation Publication::explain(const Granted& forward, PublishFailure reason,
                                          const std::string& addresses) const {
  std::string detail;
  switch (reason) {
    case PublishFailure::no_session:
      detail = "the service tells no public address: " + *conversation_.over();
      break;
    case PublishFailure::no_address:
      detail = "the service listens on " + forward.where + ", and has told no public address";
      break;
    case PublishFailure::other_address:
      detail = "the service has given " + addresses + ", and not what SSH_PUBLISH_EXPECT says";
      break;
  }
  return {reason, std::move(detail), std::string(failure_hint(reason))};
}

Deadline Publication::next_look() const {
  auto next = renew_at_.value_or(Deadline::max());
  const auto now = steady_clock::now();
  for (const auto& forward : granted_) {
    if (!forward.up && forward.patience > now) next = std::min(next, forward.patience);
  }
  return next;
}

// What comes of it ends this publication, or another one is due if no session could be had.
void Publication::renew_if_due() {
  if (!renew_at_ || steady_clock::now() < *renew_at_) return;
  const auto delay = renew_delay(++publisher_.renewals_);
  renew_at_ = steady_clock::now() + delay;
  publisher_.log_.info("publish.renew", "asking for the public address again, with a fresh session",
                       {{"next_retry_s", delay}});
  renew_();
}

}  // namespace towline::publish
