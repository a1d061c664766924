#include "app/inbox.hpp"

#include "async/wait.hpp"

#include <boost/asio/post.hpp>

namespace towline::app {

Inbox::Inbox(asio::io_context& loop) : loop_(loop), signals_(loop), arrived_(loop.get_executor()) {}

void Inbox::hear(std::span<const int> signals) {
  for (const int number : signals) signals_.add(number);
}

Task<> Inbox::deliver() {
  while (!co_await cancelled()) {
    const auto [ec, number] = co_await signals_.async_wait(as_result);
    if (!ec) take(number);
  }
}

void Inbox::put(int news) {
  asio::post(loop_, [this, news] { take(news); });
}

void Inbox::take(int news) {
  news_.push_back(news);
  arrived_.notify_all();
}

Task<int> Inbox::next(Deadline deadline) {
  while (news_.empty()) {
    if (co_await arrived_.wait_until(deadline)) co_return too_late;
  }
  const int news = news_.front();
  news_.pop_front();
  co_return news;
}

}  // namespace towline::app
