#include "forward/open_channel.hpp"

#include "async/event.hpp"
#include "async/wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>
#include <utility>

namespace towline::forward {

namespace {

Task<> ask(Site site, ssh::connection::OpenRequest request, std::optional<Result<ssh::Channel>>& answer) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto deadline = observe::Steady::now() + site.spec.target_timeout;
  answer = co_await site.session.open(std::move(request), deadline);
}

// Ends with the client; its bytes stay in the socket.
Task<> until_gone(net::Stream& client, bool& gone) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto ec = co_await wait(client, net::Stream::wait_error);
  if (ec == asio::error::operation_aborted) co_return;
  gone = ec || net::has_hung_up(client);
  if (gone) co_return;
  // Urgent data wakes this wait too, and would do so again and again.
  Event nothing_more(client.get_executor());
  co_await nothing_more.wait();
}

}  // namespace

Task<Result<ssh::Channel>> open_channel(Site site, net::Stream& client,
                                        ssh::connection::OpenRequest request) {
  using namespace asio::experimental::awaitable_operators;
  if (co_await cancelled()) co_return Failure(asio::error::operation_aborted);
  std::optional<Result<ssh::Channel>> answer;
  bool gone = false;
  co_await (ask(site, std::move(request), answer) || until_gone(client, gone));
  if (gone && !(answer && *answer)) co_return Failure(asio::error::connection_reset);
  co_return std::move(*answer);
}

}  // namespace towline::forward
