#include "observe/board.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::observe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ClientTraits client(std::uint64_t id) {
  return {.id = id,
          .user = "me",
          .address = "unix",
          .method = "none",
          .fingerprint = {},
          .since = Instant::now()};
}

struct EndpointSlotTest : testing::Test {
  EndpointFacts facts() const { return board.endpoints().at(0); }

  Board board;
  EndpointSlot& slot = board.add_endpoint("tools");
};

TEST_F(EndpointSlotTest, tells_where_it_listens_and_which_keys_it_shows) {
  EXPECT_THAT(facts().listen, IsEmpty());
  slot.listening({"127.0.0.1:2222", "[::1]:2222"});
  slot.shows({{"ssh-ed25519", "SHA256:abc", "* ssh-ed25519 AAAA"}});
  EXPECT_EQ(facts().forward, "tools");
  EXPECT_THAT(facts().listen, ElementsAre("127.0.0.1:2222", "[::1]:2222"));
  EXPECT_EQ(facts().host_keys.at(0).known_hosts, "* ssh-ed25519 AAAA");
  slot.listening({});
  EXPECT_THAT(facts().listen, IsEmpty());
}

TEST_F(EndpointSlotTest, tells_who_is_there_and_nobody_else) {
  const auto late = slot.enter(client(9));
  const auto early = slot.enter(client(7));
  EXPECT_EQ(facts().clients.at(0).traits->id, 7U) << "who came first is first";
  EXPECT_TRUE(board.has_client(9));
  slot.leave(*late);
  EXPECT_EQ(facts().clients.size(), 1U);
  EXPECT_FALSE(board.has_client(9));
  EXPECT_FALSE(board.has_client(8));
}

TEST_F(EndpointSlotTest, tells_what_a_client_has_open_at_this_moment) {
  const auto one = slot.enter(client(1));
  one->opened(ChannelKind::local);
  one->opened(ChannelKind::local);
  one->opened(ChannelKind::remote);
  one->closed(ChannelKind::local);
  EXPECT_THAT(facts().clients.at(0).channels, ElementsAre(0U, 1U, 1U));
}

TEST_F(EndpointSlotTest, names_a_few_listeners_of_a_client_and_counts_the_others) {
  const auto one = slot.enter(client(1));
  for (int i = 0; i < 10; ++i) one->listens("localhost:" + std::to_string(i));
  one->listens_no_more("localhost:0");
  EXPECT_THAT(facts().clients.at(0).listens, testing::SizeIs(8));
  EXPECT_EQ(facts().clients.at(0).listens.front(), "localhost:1");
  EXPECT_EQ(facts().clients.at(0).listens_more, 1U);
}

TEST_F(EndpointSlotTest, knows_whether_any_client_has_a_listener) {
  const auto one = slot.enter(client(1));
  for (int i = 0; i < 10; ++i) one->listens("localhost:" + std::to_string(i));
  EXPECT_TRUE(slot.has_listener("localhost:9"));
  EXPECT_FALSE(slot.has_listener("localhost:10"));
  const auto long_name = "http " + std::string(200, 'n') + ".example";
  one->listens(long_name);
  EXPECT_TRUE(slot.has_listener(long_name));
  EXPECT_FALSE(slot.has_listener("http " + std::string(200, 'n') + ".other"));
  one->listens_no_more("localhost:9");
  EXPECT_FALSE(slot.has_listener("localhost:9"));
  slot.leave(*one);
  EXPECT_FALSE(slot.has_listener("localhost:8"));
}

TEST_F(EndpointSlotTest, a_name_of_a_listener_is_one_line_that_ends) {
  const auto one = slot.enter(client(1));
  const std::string evil = "/tmp/\x1b[2J\na" + std::string(5'000, 'x');
  one->listens(evil);
  const auto listens = facts().clients.at(0).listens;
  EXPECT_LT(listens.at(0).size(), 100U);
  EXPECT_EQ(listens.at(0).find_first_of("\x1b\n"), std::string::npos);
  one->listens_no_more(evil);
  EXPECT_THAT(facts().clients.at(0).listens, IsEmpty());
}

TEST_F(EndpointSlotTest, names_as_many_clients_as_there_may_be_by_default_and_counts_the_others) {
  for (std::uint64_t id = 1; id <= 1'030; ++id) slot.enter(client(id));
  EXPECT_EQ(facts().clients.size(), 1'024U);
  EXPECT_EQ(facts().clients_more, 6U);
  EXPECT_TRUE(board.has_client(1'030)) << "it can be sent away all the same";
}

}  // namespace
}  // namespace towline::observe
