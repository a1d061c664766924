#include "relay/relay.hpp"

#include "async/wait.hpp"
#include "relay/joint.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>
#include <variant>

namespace towline::relay {

std::string_view sentence(RelayEnd end) {
  switch (end) {
    case RelayEnd::closed: return "the channel was closed";
    case RelayEnd::session_lost: return "the connection of the channel was lost";
    case RelayEnd::flooded: return "too many requests wait for a peer that does not take them";
    case RelayEnd::tapped: return "the recording ended it";
    case RelayEnd::cancelled: return "we stop";
  }
  return {};
}

Relay::Relay(const asio::any_io_executor& executor, ssh::Channel a, Tap* tap)
    : joint_(std::make_unique<Joint>(executor, std::move(a), tap)) {}

Relay::Relay(const asio::any_io_executor& executor, ssh::Channel a, ssh::Channel b, Tap* tap)
    : Relay(executor, std::move(a), tap) {
  joint_->join(std::move(b));
  joint_->channel(Side::b)->tell(&joint_->way(Side::b));
}

Relay::~Relay() = default;

Task<Result<>> Relay::open(ssh::Connection& connection, ssh::connection::OpenRequest request,
                           Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;
  auto& a = *joint_->channel(Side::a);
  if (const auto end = a.end()) co_return *end;
  if (co_await cancelled()) co_return error_code(asio::error::operation_aborted);
  auto& way = joint_->way(Side::b);
  way.start_again();
  joint_->refusal.reset();
  auto first = co_await (connection.open(std::move(request), deadline, &way) || a.wait_closed());
  if (const auto end = a.end()) co_return *end;
  if (const auto* ec = std::get_if<error_code>(&first)) co_return *ec;
  auto& opened = std::get<Result<ssh::Channel>>(first);
  if (!opened) co_return opened.error();
  joint_->join(*std::move(opened));
  a.accept();
  co_return Result<>{};
}

const std::optional<Refusal>& Relay::refusal() const { return joint_->refusal; }

void Relay::refuse(ssh::errc otherwise, std::string_view text) {
  auto& a = *joint_->channel(Side::a);
  if (const auto& refusal = joint_->refusal) {
    a.refuse(refusal->code, refusal->text);
  } else {
    a.refuse(otherwise, text);
  }
}

Task<RelayResult> Relay::run() {
  using namespace asio::experimental::awaitable_operators;
  if (co_await cancelled()) joint_->finish(RelayEnd::cancelled, Side::a);
  co_await (joint_->way(Side::a).carry() && joint_->way(Side::b).carry());
  co_return RelayResult{joint_->end->why, joint_->end->by, carried()};
}

Carried Relay::carried() const { return {joint_->way(Side::a).carried(), joint_->way(Side::b).carried()}; }

std::size_t Relay::held() const {
  return joint_->way(Side::a).held().bytes() + joint_->way(Side::b).held().bytes();
}

Task<RelayResult> relay(ssh::Channel a, ssh::Channel b, Tap* tap) {
  Relay relay(co_await asio::this_coro::executor, std::move(a), std::move(b), tap);
  co_return co_await relay.run();
}

Task<Result<RelayResult>> relay_open(ssh::Channel offered, ssh::connection::OpenRequest request,
                                     ssh::Connection& connection, Deadline deadline, Tap* tap) {
  Relay relay(co_await asio::this_coro::executor, std::move(offered), tap);
  if (const auto opened = co_await relay.open(connection, std::move(request), deadline); !opened) {
    relay.refuse(ssh::errc::open_connect_failed, opened.error().code.message());
    co_return opened.error();
  }
  co_return co_await relay.run();
}

}  // namespace towline::relay
