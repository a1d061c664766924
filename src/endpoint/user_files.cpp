#include "endpoint/user_files.hpp"

#include "async/deadline.hpp"
#include "endpoint/elsewhere.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace towline::endpoint {

namespace {

// A key that is taken away counts for so long.
constexpr std::chrono::seconds look_interval{1};

}  // namespace

UserFiles::UserFiles(const ssh::LoginOptions& options, const observe::Log& log)
    : options_(options), log_(log) {
  take(read(options_));
}

// The stamp comes first: what changes while it is read is read again.
UserFiles::Read UserFiles::read(const ssh::LoginOptions& options) {
  auto stamp = ssh::users_stamp(options);
  return {ssh::read_users(options), std::move(stamp)};
}

void UserFiles::take(Read read) {
  stamp_ = std::move(read.stamp);
  users_ = std::make_shared<const ssh::KnownUsers>(std::move(read.read.users));
  for (const auto& problem : read.read.problems)
    log_.warn("client.users", "some of those who may log in are left out", {{"err", problem}});
}

Task<> UserFiles::watch() {
  if (stamp_.empty()) co_return;
  Elsewhere files(co_await asio::this_coro::executor);
  while (!co_await sleep_until(std::chrono::steady_clock::now() + look_interval)) {
    auto changed = co_await files.ask<std::optional<Read>>([options = options_, stamp = stamp_] {
      return ssh::users_stamp(options) == stamp ? std::nullopt : std::optional(read(options));
    });
    if (!changed) co_return;
    if (*changed) take(std::move(**changed));
  }
}

}  // namespace towline::endpoint
