#include "forward/local_entry.hpp"

#include "net/free_port.hpp"
#include "observe/board.hpp"
#include "observe/metrics.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace towline::forward {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

TEST(LeastLoaded, the_first_from_its_turn_on_among_those_with_least) {
  struct Row {
    std::vector<std::size_t> loads;
    std::size_t turn;
    std::optional<std::size_t> chosen;
  };
  const Row rows[] = {{{}, 0, {}},       {{7}, 0, 0},       {{7}, 3, 0},
                      {{0, 0, 0}, 0, 0}, {{0, 0, 0}, 1, 1}, {{0, 0, 0}, 3, 0},
                      {{2, 1, 1}, 0, 1}, {{2, 1, 1}, 2, 2}, {{1, 2, 3}, 2, 0}};
  for (const auto& row : rows) EXPECT_EQ(least_loaded(row.loads, row.turn), row.chosen);
}

// A session that keeps what it is given.
class Session final : public Carrier {
 public:
  Session(LocalEntry& entry, asio::io_context& context) : Carrier(entry, context.get_executor()) {}

  void on_listening(std::uint16_t p) override { port = p; }
  void on_unbound(const Explanation& why) override { unbound = why; }
  void on_accepted(net::Stream socket, Arrival arrival) override {
    taken.emplace_back(std::move(socket), std::move(arrival));
  }

  std::optional<std::uint16_t> port;
  std::optional<Explanation> unbound;
  std::list<std::pair<net::Stream, Arrival>> taken;
};

class LocalEntryTest : public testing::Test {
 protected:
  LocalEntryTest() { running_.spawn(entry_.run()); }
  ~LocalEntryTest() override {
    for (const auto& session : sessions_) session->leave();
    asio::post(home_, [this] { running_.cancel(); });
    EXPECT_TRUE(until([&] { return running_.size() == 0; }));
  }

  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      home_.restart();
      away_.restart();
      home_.poll();
      away_.poll();
    }
    return true;
  }

  Session& session_on(asio::io_context& context) {
    return *sessions_.emplace_back(std::make_shared<Session>(entry_, context));
  }
  void join(Session& session) {
    session.join();
    ASSERT_TRUE(until([&] { return session.port.has_value(); }));
  }

  tcp::socket connect(std::uint16_t port) {
    tcp::socket socket(clients_);
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
  }
  bool refused(std::uint16_t port) {
    tcp::socket socket(clients_);
    boost::system::error_code ec;
    socket.connect({asio::ip::address_v4::loopback(), port}, ec);
    return ec == asio::error::connection_refused;
  }
  // Whether what the client says arrives at the session's end.
  bool joined(tcp::socket& client, net::Stream& end) {
    asio::write(client, asio::buffer("hello", 5));
    std::string word(5, ' ');
    end.non_blocking(false);
    asio::read(end, asio::buffer(word));
    return word == "hello";
  }

  asio::io_context clients_, home_, away_;
  const ForwardSpec spec_{
      .name = "db", .mode = Mode::local, .listen = {"127.0.0.1", 0}, .max_connections = 3};
  observe::Log log_{observe::Options{}, [this](std::string_view line) { lines_.emplace_back(line); }};
  std::vector<std::string> lines_;
  observe::Metrics metrics_{
      observe::BuildInfo{},
      {{.name = "db", .mode = "local", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}}},
      log_};
  net::Descriptors descriptors_{5};
  LocalEntry entry_{home_.get_executor(), spec_, {}, descriptors_, metrics_.forward("db"), log_};
  TaskGroup running_{home_.get_executor()};
  std::vector<std::shared_ptr<Session>> sessions_;
};

TEST_F(LocalEntryTest, is_open_while_there_is_a_session_and_asks_for_its_port_again) {
  auto& one = session_on(home_);
  auto& other = session_on(away_);
  join(one);
  const auto port = *one.port;
  join(other);
  EXPECT_EQ(other.port, port);
  one.leave();
  EXPECT_TRUE(until([&] { return !refused(port); }));
  other.leave();
  EXPECT_TRUE(until([&] { return refused(port); }));
  auto& third = session_on(away_);
  join(third);
  EXPECT_EQ(third.port, port);
}

TEST_F(LocalEntryTest, connections_are_spread_and_arrive_on_both_threads) {
  auto& here = session_on(home_);
  auto& there = session_on(away_);
  join(here);
  join(there);
  auto first = connect(*here.port);
  auto second = connect(*here.port);
  ASSERT_TRUE(until([&] { return here.taken.size() == 1 && there.taken.size() == 1; }));
  EXPECT_TRUE(joined(first, here.taken.front().first));
  EXPECT_TRUE(joined(second, there.taken.front().first));
  EXPECT_EQ(there.taken.front().first.get_executor(), asio::any_io_executor(away_.get_executor()));
  EXPECT_EQ(there.taken.front().second.originator.port, second.local_endpoint().port());

  here.taken.clear();
  EXPECT_EQ(here.load(), 0U);
  EXPECT_EQ(there.load(), 1U);
  const auto third = connect(*here.port);
  EXPECT_TRUE(until([&] { return here.taken.size() == 1; })) << "not the one with the least";
}

TEST_F(LocalEntryTest, a_successor_takes_over_without_a_gap) {
  auto& old = session_on(home_);
  auto& next = session_on(home_);
  join(old);
  join(next);
  old.leave();
  const auto client = connect(*next.port);
  EXPECT_TRUE(until([&] { return next.taken.size() == 1; }));
  EXPECT_TRUE(old.taken.empty());
}

TEST_F(LocalEntryTest, what_a_lost_session_gives_back_goes_to_another) {
  auto& lost = session_on(away_);
  auto& other = session_on(home_);
  join(lost);
  auto client = connect(*lost.port);
  ASSERT_TRUE(until([&] { return lost.taken.size() == 1; }));
  join(other);
  lost.leave();
  auto [socket, arrival] = std::move(lost.taken.front());
  lost.taken.clear();
  lost.give_back(std::move(socket), std::move(arrival));
  ASSERT_TRUE(until([&] { return other.taken.size() == 1; }));
  EXPECT_TRUE(joined(client, other.taken.front().first));
  EXPECT_EQ(lost.load(), 0U);
}

TEST_F(LocalEntryTest, what_is_on_its_way_to_a_session_that_leaves_goes_to_another) {
  auto& leaving = session_on(away_);
  auto& other = session_on(home_);
  join(leaving);
  const auto client = connect(*leaving.port);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (leaving.load() == 0 && std::chrono::steady_clock::now() < deadline) {
    home_.restart();
    home_.poll();
  }
  leaving.leave();
  join(other);
  EXPECT_TRUE(until([&] { return leaving.taken.size() + other.taken.size() == 1; }));
  EXPECT_EQ(other.taken.size(), 1U);
}

TEST_F(LocalEntryTest, the_maximum_counts_the_connections_of_all_sessions) {
  auto& here = session_on(home_);
  auto& there = session_on(away_);
  join(here);
  join(there);
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(connect(*here.port));
  EXPECT_TRUE(until([&] { return metrics_.forward("db").totals().connections_failed == 1; }));
  EXPECT_EQ(here.taken.size() + there.taken.size(), 3U);
  here.taken.clear();
  clients.push_back(connect(*here.port));
  EXPECT_TRUE(until([&] { return here.taken.size() == 1; }));
}

TEST_F(LocalEntryTest, without_a_descriptor_a_connection_is_refused_and_told_why) {
  auto& here = session_on(home_);
  join(here);
  std::vector<net::Descriptors::Taken> elsewhere;
  for (int i = 0; i < 4; ++i) elsewhere.push_back(*descriptors_.take());
  const auto kept = connect(*here.port);
  const auto refused = connect(*here.port);
  EXPECT_TRUE(until([&] { return metrics_.forward("db").totals().connections_failed == 1; }));
  EXPECT_EQ(here.taken.size(), 1U);
  EXPECT_NE(lines_.back().find("reason=limit"), std::string::npos);
  EXPECT_NE(lines_.back().find("the descriptors of this process"), std::string::npos);
  elsewhere.clear();
  const auto next = connect(*here.port);
  EXPECT_TRUE(until([&] { return here.taken.size() == 2; }));
  here.taken.clear();
  EXPECT_EQ(descriptors_.taken(), 0U);
}

TEST_F(LocalEntryTest, a_connection_waits_from_its_arrival_to_its_end) {
  auto& away = session_on(away_);
  join(away);
  const auto client = connect(*away.port);
  const auto waiting = [this] { return metrics_.forward("db").totals().connections_waiting; };
  EXPECT_TRUE(until([&] { return away.taken.size() == 1; }));
  EXPECT_EQ(waiting(), 1U);
  away.taken.clear();
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(LocalEntryTest, a_port_that_is_taken_is_told_to_every_session_and_asked_for_again) {
  tcp::acceptor taken(clients_, {asio::ip::address_v4::loopback(), 0}, false);
  const ForwardSpec spec{
      .name = "db", .mode = Mode::local, .listen = {"127.0.0.1", taken.local_endpoint().port()}};
  int given_up = 0;
  LocalEntry entry(
      home_.get_executor(), spec, [&] { ++given_up; }, descriptors_, metrics_.forward("db"), log_);
  TaskGroup running(home_.get_executor());
  running.spawn(entry.run());
  EXPECT_TRUE(until([&] { return given_up > 0; })) << "it waits for a session before it binds";
  const auto here = std::make_shared<Session>(entry, home_);
  const auto there = std::make_shared<Session>(entry, away_);
  here->join();
  there->join();
  EXPECT_TRUE(until([&] { return here->unbound && there->unbound; }));
  EXPECT_EQ(here->unbound->reason, observe::Reason(observe::SetupFailure::port_in_use));
  taken.close();
  EXPECT_TRUE(until([&] { return here->port && there->port; }));
  asio::post(home_, [&] { running.cancel(); });
  EXPECT_TRUE(until([&] { return running.size() == 0; }));
}

// What any other program would try for it, SO_REUSEADDR included.
bool can_be_taken(asio::io_context& io, std::uint16_t port, bool reuse) {
  tcp::acceptor thief(io, tcp::v4());
  thief.set_option(tcp::acceptor::reuse_address(reuse));
  boost::system::error_code ec;
  thief.bind({asio::ip::address_v4::loopback(), port}, ec);
  if (!ec) thief.listen(1, ec);
  return !ec;
}

TEST_F(LocalEntryTest, its_port_is_taken_by_nobody_while_there_is_no_session) {
  auto& first = session_on(home_);
  join(first);
  const auto port = *first.port;
  const auto client = connect(port);
  ASSERT_TRUE(until([&] { return first.taken.size() == 1; }));
  first.leave();
  EXPECT_TRUE(until([&] { return refused(port); }));
  for (const bool reuse : {false, true}) EXPECT_FALSE(can_be_taken(clients_, port, reuse)) << reuse;
  auto& second = session_on(home_);
  join(second);
  EXPECT_EQ(second.port, port);
  const auto next = connect(port);
  EXPECT_TRUE(until([&] { return second.taken.size() == 1; })) << "beside a connection of the one before";
}

TEST_F(LocalEntryTest, who_waits_to_be_accepted_when_the_last_session_leaves_is_reset_and_counted) {
  auto& only = session_on(home_);
  join(only);
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect(*only.port));
  asio::post(home_, [&] { only.leave(); });
  const auto& forward = metrics_.forward("db");
  EXPECT_TRUE(until([&] { return forward.totals().connections_failed + only.taken.size() == 3; }));
  EXPECT_GE(forward.totals().connections_failed, 1U);
  boost::system::error_code ec;
  char byte = 0;
  clients.back().read_some(asio::buffer(&byte, 1), ec);
  EXPECT_EQ(ec, asio::error::connection_reset);
}

TEST_F(LocalEntryTest, a_port_that_an_outgoing_connection_may_have_is_told_with_advice) {
  const auto rules = net::port_rules();
  const auto advised = [&](std::uint16_t port) {
    const observe::Log log(observe::Options{.log_level = observe::Level::debug},
                           [this](std::string_view line) { lines_.emplace_back(line); });
    const ForwardSpec spec{.name = "db", .mode = Mode::local, .listen = {"192.0.2.1", port}};
    LocalEntry entry(home_.get_executor(), spec, {}, descriptors_, metrics_.forward("db"), log);
    lines_.clear();
    TaskGroup running(home_.get_executor());
    running.spawn(entry.run());
    EXPECT_TRUE(until([&] { return !lines_.empty(); }));  // nobody has this address
    asio::post(home_, [&] { running.cancel(); });
    EXPECT_TRUE(until([&] { return running.size() == 0; }));
    return lines_.front().find("ip_local_port_range") != std::string::npos;
  };
  auto port = rules.outgoing.first;
  while (!rules.may_be_outgoing(port)) ++port;
  EXPECT_TRUE(advised(port));
  EXPECT_FALSE(advised(1));
}

TEST_F(LocalEntryTest, hands_on_who_has_connected_before_it_is_stopped) {
  auto& only = session_on(home_);
  join(only);
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect(*only.port));
  asio::post(home_, [&] {
    entry_.stop();
    only.leave();
  });
  EXPECT_TRUE(until([&] { return running_.size() == 0; }));
  EXPECT_EQ(only.taken.size(), 3U);
  EXPECT_EQ(metrics_.forward("db").totals().connections_failed, 0U);
}

TEST_F(LocalEntryTest, gives_its_port_back_when_it_is_stopped) {
  auto& only = session_on(home_);
  join(only);
  asio::post(home_, [&] { entry_.stop(); });
  EXPECT_TRUE(until([&] { return can_be_taken(clients_, *only.port, false); }));
}

TEST_F(LocalEntryTest, its_socket_stays_in_its_folder_and_refuses_while_there_is_no_session) {
  const auto path = testing::TempDir() + "towline-entry-" + std::to_string(::getpid()) + ".sock";
  const ForwardSpec spec{.name = "db", .mode = Mode::local, .listen_path = path};
  LocalEntry entry(home_.get_executor(), spec, {}, descriptors_, metrics_.forward("db"), log_);
  TaskGroup running(home_.get_executor());
  running.spawn(entry.run());
  const auto reach = [&] {
    asio::local::stream_protocol::socket socket(clients_);
    boost::system::error_code ec;
    socket.connect(path, ec);
    return ec;
  };
  EXPECT_TRUE(until([&] { return reach() == asio::error::connection_refused; }));
  for (int round = 0; round < 2; ++round) {
    const auto session = std::make_shared<Session>(entry, home_);
    session->join();
    EXPECT_TRUE(until([&] { return !reach(); }));
    asio::post(home_, [&] { session->leave(); });
    EXPECT_TRUE(until([&] { return reach() == asio::error::connection_refused; })) << round;
  }
  asio::post(home_, [&] { entry.stop(); });
  EXPECT_TRUE(until([&] { return running.size() == 0; }));
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace towline::forward
