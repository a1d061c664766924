#include "ssh/client/listens.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace towline::ssh::connection {
namespace {

ListenId accepted(Listens& listens, const ListenAddress& address, std::uint16_t port = 0) {
  const auto id = listens.add(address);
  listens.accepted(id, port == 0 ? address.tcp.port : port);
  return id;
}

// The listen that is named; nothing for any other fit.
std::optional<ListenId> named(const Match& match) {
  return match.fit == ChannelFit::named ? std::optional(match.listen) : std::nullopt;
}

TEST(Listens, match_their_address_and_port) {
  Listens listens;
  const auto loopback = accepted(listens, {{"127.0.0.1", 80}, {}});
  const auto any = accepted(listens, {{"", 80}, {}});
  const auto other = accepted(listens, {{"127.0.0.1", 81}, {}});
  EXPECT_EQ(named(listens.match("127.0.0.1", 80)), loopback);
  EXPECT_EQ(named(listens.match("", 80)), any);
  EXPECT_EQ(named(listens.match("127.0.0.1", 81)), other);
  EXPECT_EQ(listens.match("127.0.0.1", 82).fit, ChannelFit::unasked);
  EXPECT_EQ(listens.match("127.0.0.1", 80 + 65536).fit, ChannelFit::unasked);
}

struct Spelling {
  std::vector<net::HostPort> asked;
  const char* address;
  std::uint32_t port;
  ChannelFit fit;
  std::size_t which = 0;  // of `asked`, where one is found
};

// Port 0 is what a server names that does not know which port it chose itself.
TEST(Listens, match_whatever_the_server_names_where_only_one_can_be_meant) {
  const std::vector<Spelling> table{
      {{{"localhost", 80}}, "127.0.0.1", 80, ChannelFit::named},
      {{{"127.0.0.1", 80}}, "localhost", 80, ChannelFit::named},
      {{{"127.0.0.1", 80}}, "server.example", 80, ChannelFit::named},
      {{{"", 80}}, "0.0.0.0", 80, ChannelFit::named},
      {{{"127.0.0.1", 80}}, "127.0.0.1", 0, ChannelFit::only_one},
      {{{"127.0.0.1", 80}}, "", 0, ChannelFit::only_one},
      {{{"127.0.0.1", 80}}, "10.0.0.1", 4444, ChannelFit::only_one},
      {{{"127.0.0.1", 80}}, "", 70000, ChannelFit::only_one},
      {{{"localhost", 80}, {"", 80}}, "127.0.0.1", 80, ChannelFit::named, 0},
      {{{"localhost", 80}, {"", 80}}, "10.0.0.1", 80, ChannelFit::named, 1},
      {{{"localhost", 80}, {"", 80}}, "::", 80, ChannelFit::named, 1},
      {{{"10.0.0.1", 80}, {"", 80}}, "10.0.0.1", 80, ChannelFit::named, 0},
      {{{"10.0.0.1", 80}, {"10.0.0.2", 80}}, "server.example", 80, ChannelFit::ambiguous},
      {{{"127.0.0.1", 80}, {"127.0.0.1", 81}}, "10.0.0.1", 81, ChannelFit::named, 1},
      {{{"127.0.0.1", 80}, {"127.0.0.1", 81}}, "127.0.0.1", 0, ChannelFit::ambiguous},
      {{{"127.0.0.1", 80}, {"127.0.0.1", 81}}, "127.0.0.1", 82, ChannelFit::unasked},
      {{{"127.0.0.1", 80}, {"0.0.0.0", 81}}, "localhost", 0, ChannelFit::only_one, 0},
      {{{"127.0.0.1", 80}, {"0.0.0.0", 81}}, "localhost", 82, ChannelFit::unasked},
      {{}, "127.0.0.1", 80, ChannelFit::unasked},
      {{}, "", 0, ChannelFit::unasked},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto& row = table[i];
    Listens listens;
    std::vector<ListenId> ids;
    for (const auto& asked : row.asked) ids.push_back(accepted(listens, {asked, {}}));
    const auto match = listens.match(row.address, row.port);
    EXPECT_EQ(match.fit, row.fit) << "row " << i;
    if (row.fit == ChannelFit::named || row.fit == ChannelFit::only_one)
      EXPECT_EQ(match.listen, ids[row.which]) << "row " << i;
  }
}

TEST(Listens, match_only_what_the_server_has_accepted) {
  Listens listens;
  const auto id = listens.add({{"", 80}, {}});
  EXPECT_EQ(listens.match("", 80).fit, ChannelFit::unasked);
  listens.accepted(id, 80);
  EXPECT_EQ(named(listens.match("", 80)), id);
  listens.remove(id);
  EXPECT_EQ(listens.match("", 80).fit, ChannelFit::unasked);
  EXPECT_EQ(listens.find(id), nullptr);
}

TEST(Listens, what_is_cancelled_gets_its_channels_until_it_is_retired) {
  Listens listens;
  const auto gone = accepted(listens, {{"127.0.0.1", 80}, {}});
  const auto stays = accepted(listens, {{"127.0.0.1", 81}, {}});
  listens.cancel(gone);
  EXPECT_EQ(listens.find(gone), nullptr);
  EXPECT_EQ(listens.described(), "127.0.0.1:81");
  EXPECT_EQ(named(listens.match("127.0.0.1", 80)), gone);
  EXPECT_EQ(named(listens.match("127.0.0.1", 81)), stays);
  EXPECT_EQ(listens.match("127.0.0.1", 0).fit, ChannelFit::ambiguous);
  listens.retire(gone);
  EXPECT_EQ(listens.match("127.0.0.1", 80).fit, ChannelFit::cancelled);
  EXPECT_EQ(listens.match("10.0.0.1", 80).fit, ChannelFit::cancelled);
  EXPECT_EQ(listens.match("127.0.0.1", 0).listen, stays);
  EXPECT_EQ(listens.match("127.0.0.1", 82).fit, ChannelFit::only_one);
}

TEST(Listens, what_is_retired_does_not_stand_in_the_way_of_its_address) {
  Listens listens;
  for (int round = 0; round < 3; ++round) {
    const auto port = accepted(listens, {{"", 80}, {}});
    const auto path = accepted(listens, {{}, "/run/x"});
    EXPECT_EQ(named(listens.match("", 80)), port);
    EXPECT_EQ(named(listens.match_path("/run/x")), path);
    listens.retire(port);
    listens.retire(path);
    EXPECT_EQ(listens.match("", 80).fit, ChannelFit::cancelled);
    EXPECT_EQ(listens.match_path("/run/x").fit, ChannelFit::cancelled);
    EXPECT_EQ(listens.match_path("/run/y").fit, ChannelFit::unasked);
  }
}

TEST(Listens, a_port_of_the_servers_choice_replaces_zero) {
  Listens listens;
  const auto id = accepted(listens, {{"", 0}, {}}, 43210);
  EXPECT_EQ(named(listens.match("", 43210)), id);
  EXPECT_EQ(listens.find(id)->tcp.port, 43210);
}

TEST(Listens, paths_and_ports_do_not_mix) {
  Listens listens;
  const auto path = accepted(listens, {{}, "/run/a.sock"});
  EXPECT_EQ(listens.match("", 0).fit, ChannelFit::unasked);
  const auto port = accepted(listens, {{"", 80}, {}});
  EXPECT_EQ(named(listens.match_path("/run/a.sock")), path);
  EXPECT_EQ(named(listens.match("", 80)), port);
  EXPECT_EQ(listens.described(), "/run/a.sock, :80");
}

TEST(Listens, a_path_of_another_name_is_the_only_one_there_is) {
  Listens listens;
  EXPECT_EQ(listens.match_path("/run/a.sock").fit, ChannelFit::unasked);
  const auto only = accepted(listens, {{}, "/run/a.sock"});
  EXPECT_EQ(listens.match_path("/private/run/a.sock").fit, ChannelFit::only_one);
  EXPECT_EQ(listens.match_path("").listen, only);
  accepted(listens, {{}, "/run/b.sock"});
  EXPECT_EQ(listens.match_path("/private/run/a.sock").fit, ChannelFit::unasked);
  EXPECT_EQ(named(listens.match_path("/run/a.sock")), only);
}

TEST(Listens, a_path_matches_only_when_accepted) {
  Listens listens;
  listens.add({{}, "/run/a.sock"});
  EXPECT_EQ(listens.match_path("/run/a.sock").fit, ChannelFit::unasked);
}

TEST(Listens, numbers_are_never_used_again) {
  Listens listens;
  const auto first = listens.add({{"", 80}, {}});
  listens.remove(first);
  EXPECT_NE(listens.add({{"", 80}, {}}), first);
  listens.accepted(first, 80);  // the answer to a request that is gone
  EXPECT_EQ(listens.match("", 80).fit, ChannelFit::unasked);
}

}  // namespace
}  // namespace towline::ssh::connection
