#include "check/publish.hpp"

#include "publish/address.hpp"
#include "publish/publication.hpp"
#include "text/utf8.hpp"

#include <utility>

namespace towline::check {

namespace {

using publish::Judgement;

constexpr std::size_t complaints_max = 3;
// Answers to the session and its command may come behind the first line.
constexpr std::chrono::milliseconds settle_time{300};

std::string comma_list(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

PublishCheck::PublishCheck(ssh::Session& session, const publish::Options& options,
                           const std::vector<forward::ForwardSpec>& forwards,
                           std::chrono::milliseconds answer_timeout, CheckReport& report)
    : options_(options),
      report_(report),
      conversation_(session, options, publish::asked_of(forwards), answer_timeout, *this),
      changed_(session.connection().executor()),
      talking_(session.connection().executor()) {}

void PublishCheck::add(CheckStep step, const std::string& subject, CheckResult result, std::string detail,
                       std::string hint) {
  CheckLine line{.step = step,
                 .subject = subject,
                 .result = result,
                 .detail = std::move(detail),
                 .hint = std::move(hint)};
  if (result == CheckResult::failed) return report_.fail(std::move(line), check_exit_code(step, {}));
  report_.add(std::move(line));
}

void PublishCheck::on_complaint(const std::string& line) {
  if (complaints_.size() < complaints_max) complaints_.push_back(text::shown(publish::without_queries(line)));
}

std::string PublishCheck::said() const {
  return complaints_.empty() ? std::string() : "; it says: " + comma_list(complaints_);
}

Task<> PublishCheck::start() {
  talking_.spawn(conversation_.run());
  co_await conversation_.wait_introduced();
  const auto until = std::chrono::steady_clock::now() + settle_time;
  while (!conversation_.over() && !words_refused_ && std::chrono::steady_clock::now() < until)
    co_await changed_.wait_until(until);
  const std::string dialect(publish::dialect_of(*options_.service).name);
  if (conversation_.over()) {
    add(CheckStep::session, dialect, CheckResult::failed, *conversation_.over() + said(),
        "see whether SSH_PUBLISH names its dialect, and what its account allows");
  } else if (words_refused_) {
    add(CheckStep::session, dialect, CheckResult::failed,
        "the service does not take the words of SSH_PUBLISH_OPTIONS" + said(), "see which words it knows");
  } else {
    add(CheckStep::session, dialect, CheckResult::ok, "the service has opened a session", {});
  }
}

Task<> PublishCheck::address(const forward::ForwardSpec& spec, std::uint16_t port) {
  conversation_.listens(spec.name, port);
  const auto until = std::chrono::steady_clock::now() + publish::Publisher::patience;
  auto judged = conversation_.judgement(spec.name);
  while (judged.verdict == Judgement::Verdict::none_yet && conversation_.tells_address() &&
         !conversation_.over() && std::chrono::steady_clock::now() < until) {
    if (co_await changed_.wait_until(until) == asio::error::operation_aborted) co_return;
    judged = conversation_.judgement(spec.name);
  }
  const auto text = comma_list(judged.addresses);
  switch (judged.verdict) {
    case Judgement::Verdict::right: co_return add(CheckStep::address, spec.name, CheckResult::ok, text, {});
    case Judgement::Verdict::other:
      co_return add(CheckStep::address, spec.name, CheckResult::failed,
                    "the service has given " + text + ", and not what SSH_PUBLISH_EXPECT says" + said(),
                    "a session of ours that was lost may have the name for a moment; else it is somebody "
                    "else's, or not allowed for this key");
    case Judgement::Verdict::none_yet: break;
  }
  if (!conversation_.tells_address())
    co_return add(CheckStep::address, spec.name, CheckResult::skipped, "this dialect tells none", {});
  add(CheckStep::address, spec.name, CheckResult::failed, "the service has told no public address" + said(),
      "another SSH_PUBLISH, or SSH_PUBLISH_URL_REGEX, may find the address in what it says");
}

Task<> PublishCheck::stop() {
  talking_.cancel();
  while (talking_.size() > 0) co_await talking_.join();
}

}  // namespace towline::check
