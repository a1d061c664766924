#include "app/inbox.hpp"

#include "async/task_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <signal.h>
#include <thread>
#include <vector>

namespace towline::app {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class InboxTest : public testing::Test {
 protected:
  // Reads until there is none for 10 ms.
  std::vector<int> all_news() {
    std::vector<int> news;
    tasks_.spawn(inbox_.deliver());
    tasks_.spawn(read(news));
    loop_.run();
    loop_.restart();
    return news;
  }

  Task<> read(std::vector<int>& news) {
    do {
      news.push_back(co_await inbox_.next(std::chrono::steady_clock::now() + 10ms));
    } while (news.back() != Inbox::too_late);
    tasks_.cancel();
  }

  asio::io_context loop_{1};
  Inbox inbox_{loop_};
  TaskGroup tasks_{loop_.get_executor()};
};

TEST_F(InboxTest, news_of_other_threads_comes_in_its_order_and_once) {
  std::thread([this] {
    for (const int news : {Inbox::published, Inbox::published, Inbox::quit, Inbox::ended}) inbox_.put(news);
  }).join();
  EXPECT_THAT(all_news(),
              ElementsAre(Inbox::published, Inbox::published, Inbox::quit, Inbox::ended, Inbox::too_late));
  EXPECT_THAT(all_news(), ElementsAre(Inbox::too_late));
}

TEST_F(InboxTest, signals_are_kept_until_they_are_delivered) {
  const int heard[] = {SIGUSR1, SIGUSR2};
  inbox_.hear(heard);
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  EXPECT_THAT(all_news(), UnorderedElementsAre(SIGUSR1, SIGUSR2, Inbox::too_late));
}

TEST_F(InboxTest, what_waits_is_read_though_it_is_late) {
  std::vector<int> news;
  const auto late = [](Inbox& inbox, std::vector<int>& read) -> Task<> {
    const Deadline long_ago = std::chrono::steady_clock::now() - 1h;
    read.push_back(co_await inbox.next(long_ago));
    read.push_back(co_await inbox.next(long_ago));
  };
  inbox_.put(SIGTERM);
  loop_.poll();
  loop_.restart();
  tasks_.spawn(late(inbox_, news));
  loop_.run();
  EXPECT_THAT(news, ElementsAre(SIGTERM, Inbox::too_late));
}

}  // namespace
}  // namespace towline::app
