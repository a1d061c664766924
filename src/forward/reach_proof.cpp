#include "forward/reach_proof.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace towline::forward {

namespace {

using ReachClock = std::chrono::steady_clock;

constexpr std::chrono::seconds attempt_timeout{2};
// A connection of ours has said its word by then; one of somebody else is not held longer.
constexpr std::chrono::seconds word_timeout{1};

std::string random_word() {
  std::random_device random;
  return "towline " + std::to_string(random()) + std::to_string(random());
}

bool says(const std::optional<Result<ssh::Bytes>>& unread, std::string_view word) {
  return unread && *unread &&
         std::ranges::equal(**unread, word, {}, {}, [](char c) { return static_cast<std::uint8_t>(c); });
}

}  // namespace

bool ReachProof::take(ssh::Incoming& incoming, bool others_may_come) {
  if (!awaited_) return false;
  // Who connects to one of its own addresses comes from there; to 127.0.0.2, from 127.0.0.1.
  const auto& from = incoming.originator.host;
  const bool from_itself = from == awaited_->host || from.starts_with("127.");
  if (others_may_come && !from_itself) return false;
  candidates_.push_back(std::move(incoming));
  changed_.notify_all();
  return true;
}

Task<std::optional<Reach>> ReachProof::run(const ForwardSpec& spec, const std::string& server_address,
                                           std::uint16_t bound_port) {
  std::vector<ReachTried> tried;
  for (const auto& next : reach_tries(spec, server_address, bound_port)) {
    const auto answer = co_await attempt(next.address);
    if (!answer) co_return std::nullopt;
    tried.push_back({next.outer, *answer});
    if (*answer == ReachAnswer::ours || *answer == ReachAnswer::forbidden) break;
  }
  co_return judge_reach(tried);
}

Task<std::optional<ReachAnswer>> ReachProof::attempt(net::HostPort where) {
  const auto deadline = ReachClock::now() + attempt_timeout;
  word_ = random_word();
  awaited_ = where;
  ssh::connection::OpenRequest request =
      ssh::connection::DirectTcpip{std::move(where), net::HostPort{"127.0.0.1", 0}};
  auto channel = co_await session_.open(std::move(request), deadline);
  std::optional<ReachAnswer> answer;
  if (!channel) {
    answer = reach_answer(channel.error().code);
  } else {
    const auto room = co_await before(deadline, channel->wait_sendable());
    const std::vector<std::uint8_t> word(word_.begin(), word_.end());
    if (room && *room && **room >= word.size()) channel->write(word);
    const bool is_ours = co_await comes_back(deadline);
    answer = is_ours ? ReachAnswer::ours : ReachAnswer::none;
    channel->close();
  }
  stop_waiting();
  if (co_await cancelled()) co_return std::nullopt;
  co_return answer;
}

Task<bool> ReachProof::comes_back(Deadline deadline) {
  while (ReachClock::now() < deadline) {
    if (candidates_.empty()) {
      if (co_await changed_.wait_before(deadline)) co_return false;
      continue;
    }
    auto incoming = std::move(candidates_.front());
    candidates_.pop_front();
    incoming.channel.accept();
    const auto until = std::min(deadline, ReachClock::now() + word_timeout);
    if (says(co_await before(until, incoming.channel.wait_unread()), word_)) co_return true;
    give_back_(std::move(incoming), true);
  }
  co_return false;
}

void ReachProof::stop_waiting() {
  awaited_.reset();
  for (auto& incoming : std::exchange(candidates_, {})) give_back_(std::move(incoming), false);
}

}  // namespace towline::forward
