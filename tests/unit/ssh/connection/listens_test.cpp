#include "ssh/connection/listens.hpp"

#include <gtest/gtest.h>

namespace towline::ssh::connection {
namespace {

ListenId accepted(Listens& listens, const ListenAddress& address, std::uint16_t port = 0) {
  const auto id = listens.add(address);
  listens.accepted(id, port == 0 ? address.tcp.port : port);
  return id;
}

TEST(Listens, match_their_address_and_port) {
  Listens listens;
  const auto loopback = accepted(listens, {{"127.0.0.1", 80}, {}});
  const auto any = accepted(listens, {{"", 80}, {}});
  const auto other = accepted(listens, {{"127.0.0.1", 81}, {}});
  EXPECT_EQ(listens.match("127.0.0.1", 80), loopback);
  EXPECT_EQ(listens.match("", 80), any);
  EXPECT_EQ(listens.match("127.0.0.1", 81), other);
  EXPECT_EQ(listens.match("127.0.0.1", 82), std::nullopt);
  EXPECT_EQ(listens.match("127.0.0.1", 80 + 65536), std::nullopt);
}

TEST(Listens, match_by_port_alone_where_the_server_rewrites_addresses) {
  Listens listens;
  const auto first = accepted(listens, {{"localhost", 80}, {}});
  const auto second = accepted(listens, {{"", 80}, {}});
  EXPECT_EQ(listens.match("127.0.0.1", 80), first);
  EXPECT_EQ(listens.match("", 80), second);
}

TEST(Listens, match_only_what_the_server_has_accepted) {
  Listens listens;
  const auto id = listens.add({{"", 80}, {}});
  EXPECT_EQ(listens.match("", 80), std::nullopt);
  listens.accepted(id, 80);
  EXPECT_EQ(listens.match("", 80), id);
  listens.remove(id);
  EXPECT_EQ(listens.match("", 80), std::nullopt);
  EXPECT_EQ(listens.find(id), nullptr);
}

TEST(Listens, a_port_of_the_servers_choice_replaces_zero) {
  Listens listens;
  const auto id = accepted(listens, {{"", 0}, {}}, 43210);
  EXPECT_EQ(listens.match("", 0), std::nullopt);
  EXPECT_EQ(listens.match("", 43210), id);
  EXPECT_EQ(listens.find(id)->tcp.port, 43210);
}

TEST(Listens, paths_and_ports_do_not_mix) {
  Listens listens;
  const auto path = accepted(listens, {{}, "/run/a.sock"});
  const auto port = accepted(listens, {{"", 80}, {}});
  EXPECT_EQ(listens.match_path("/run/a.sock"), path);
  EXPECT_EQ(listens.match_path("/run/b.sock"), std::nullopt);
  EXPECT_EQ(listens.match_path(""), std::nullopt);
  EXPECT_EQ(listens.match("", 0), std::nullopt);
  EXPECT_EQ(listens.match("", 80), port);
}

TEST(Listens, a_path_matches_only_when_accepted) {
  Listens listens;
  listens.add({{}, "/run/a.sock"});
  EXPECT_EQ(listens.match_path("/run/a.sock"), std::nullopt);
}

TEST(Listens, numbers_are_never_used_again) {
  Listens listens;
  const auto first = listens.add({{"", 80}, {}});
  listens.remove(first);
  EXPECT_NE(listens.add({{"", 80}, {}}), first);
  listens.accepted(first, 80);  // the answer to a request that is gone
  EXPECT_EQ(listens.match("", 80), std::nullopt);
}

}  // namespace
}  // namespace towline::ssh::connection
