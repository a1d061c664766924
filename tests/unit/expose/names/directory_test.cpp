#include "expose/names/directory.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace towline::expose {
namespace {

using namespace std::chrono_literals;
constexpr Directory::Time t0{1000s};
const Place web{Kind::http, "web.example.com", 0};
const NameOptions names{.domain = "example.com"};

Offer offer(ClientNumber client, const std::string& key, const Place& place = web, const Words& words = {}) {
  return {.client = client,
          .account = {key, "user"},
          .place = place,
          .asked = {place.name, place.port == 0 ? std::uint16_t{80} : place.port},
          .words = words};
}

OfferId added(Directory& directory, const Offer& what) {
  const auto result = directory.add(what);
  EXPECT_TRUE(std::holds_alternative<Directory::Added>(result));
  return std::get<Directory::Added>(result).id;
}

Caller from(const std::string& address, const std::string& fingerprint = {}) {
  return {boost::asio::ip::make_address(address), fingerprint};
}

OfferId chosen(Directory& directory, const Caller& caller = from("192.0.2.1"), std::uint64_t chance = 0,
               Directory::Time now = t0) {
  const auto found = directory.choose(web, caller, chance, now);
  const auto* const* what = std::get_if<const Offer*>(&found);
  return what == nullptr ? 0 : (*what)->id;
}

std::string not_chosen(Directory& directory, const Caller& caller = from("192.0.2.1")) {
  const auto found = directory.choose(web, caller, 0, t0);
  const auto* why = std::get_if<NotFound>(&found);
  return why == nullptr ? "found" : std::string(label_of(*why));
}

TEST(Directory, what_nobody_offers_is_unknown) {
  Directory directory({});
  EXPECT_EQ(not_chosen(directory), "unknown");
  const auto id = added(directory, offer(1, "a"));
  EXPECT_EQ(chosen(directory), id);
  directory.remove(id);
  directory.remove(id);
  EXPECT_EQ(not_chosen(directory), "unknown");
  EXPECT_TRUE(directory.all().empty());
}

TEST(Directory, a_client_finds_what_it_has_asked_for) {
  Directory directory({});
  const auto id = added(directory, offer(1, "a"));
  EXPECT_EQ(directory.find(1, {"web.example.com", 80})->id, id);
  EXPECT_EQ(directory.find(2, {"web.example.com", 80}), nullptr);
  EXPECT_EQ(directory.of_client(1), std::vector{id});
  EXPECT_EQ(std::get<NotHad>(directory.add(offer(1, "a"))), NotHad::twice);
}

TEST(Directory, the_same_name_is_shared_replaced_or_refused) {
  Directory shared({.same_name = SameName::balance});
  added(shared, offer(1, "a"));
  added(shared, offer(2, "b"));
  EXPECT_EQ(shared.all().size(), 2U);

  Directory replaced({.same_name = SameName::replace});
  const auto old = added(replaced, offer(1, "a"));
  const auto result = replaced.add(offer(2, "b"));
  EXPECT_EQ(std::get<Directory::Added>(result).replaced, std::vector{old});
  EXPECT_EQ(replaced.find(old), nullptr);
  EXPECT_EQ(replaced.all().size(), 1U);

  Directory refused({.same_name = SameName::refuse});
  added(refused, offer(1, "a"));
  EXPECT_EQ(std::get<NotHad>(refused.add(offer(2, "b"))), NotHad::name_taken);
}

TEST(Directory, a_client_is_no_rival_of_itself) {
  Directory directory({.same_name = SameName::refuse});
  added(directory, offer(1, "a"));
  auto again = offer(1, "a");
  again.asked.port = 443;
  added(directory, again);
}

TEST(Directory, an_account_has_its_quota_and_the_refused_do_not_count) {
  Directory directory({.same_name = SameName::refuse, .quota = 2});
  added(directory, offer(1, "a"));
  EXPECT_EQ(std::get<NotHad>(directory.add(offer(2, "b"))), NotHad::name_taken);
  added(directory, offer(2, "a", {Kind::tcp, {}, 9000}));
  EXPECT_EQ(std::get<NotHad>(directory.add(offer(3, "a", {Kind::tcp, {}, 9001}))), NotHad::quota);
  added(directory, offer(4, "b", {Kind::tcp, {}, 9001}));
  auto by_name = offer(5, "", {Kind::tcp, {}, 9002});
  added(directory, by_name);
  by_name.asked.port = 9003;
  added(directory, by_name);
  by_name.asked.port = 9004;
  EXPECT_EQ(std::get<NotHad>(directory.add(by_name)), NotHad::quota);
}

TEST(Directory, only_the_same_account_has_ghosts) {
  Directory directory({});
  added(directory, offer(1, "a"));
  added(directory, offer(2, "b"));
  EXPECT_EQ(directory.possible_ghosts(web, {"a", "user"}, 3), std::vector<ClientNumber>{1});
  EXPECT_TRUE(directory.possible_ghosts(web, {"a", "user"}, 1).empty());
}

TEST(Directory, balance_goes_round) {
  Directory directory({.balance = Balance::round_robin});
  const auto a = added(directory, offer(1, "a"));
  const auto b = added(directory, offer(2, "b"));
  EXPECT_EQ(chosen(directory), a);
  EXPECT_EQ(chosen(directory), b);
  EXPECT_EQ(chosen(directory), a);
}

TEST(Directory, balance_by_chance_reaches_all) {
  Directory directory({.balance = Balance::random});
  const auto a = added(directory, offer(1, "a"));
  const auto b = added(directory, offer(2, "b"));
  EXPECT_EQ(chosen(directory, from("192.0.2.1"), 6), a);
  EXPECT_EQ(chosen(directory, from("192.0.2.1"), 7), b);
}

TEST(Directory, balance_takes_the_least_busy) {
  Directory directory({.balance = Balance::least});
  const auto a = added(directory, offer(1, "a"));
  const auto b = added(directory, offer(2, "b"));
  directory.entered(a);
  EXPECT_EQ(chosen(directory), b);
  directory.entered(b);
  directory.entered(b);
  EXPECT_EQ(chosen(directory), a);
  directory.left(b);
  directory.left(b);
  directory.left(b);
  EXPECT_EQ(chosen(directory), b);
}

TEST(Directory, balance_by_address_spreads_and_stays_when_one_goes) {
  Directory directory({.balance = Balance::ip_hash});
  std::set<OfferId> offers;
  for (ClientNumber client = 1; client <= 4; ++client) offers.insert(added(directory, offer(client, "a")));
  std::map<std::string, OfferId> sent;
  std::map<OfferId, int> count;
  for (int i = 0; i < 200; ++i) {
    const auto address = "192.0.2." + std::to_string(i);
    ++count[sent[address] = chosen(directory, from(address))];
  }
  for (const auto id : offers) EXPECT_GT(count[id], 20) << id;
  const auto gone = *offers.begin();
  directory.remove(gone);
  for (const auto& [address, id] : sent) {
    if (id != gone) EXPECT_EQ(chosen(directory, from(address)), id) << address;
  }
}

TEST(Directory, who_fails_rests_while_others_are_there) {
  Directory directory({.balance = Balance::round_robin});
  const auto a = added(directory, offer(1, "a"));
  const auto b = added(directory, offer(2, "b"));
  directory.failed(a, t0);
  EXPECT_EQ(chosen(directory), b);
  EXPECT_EQ(chosen(directory), b);
  directory.remove(b);
  EXPECT_EQ(chosen(directory), a);
  added(directory, offer(2, "b"));
  EXPECT_EQ(
      std::set({chosen(directory, from("::1"), 0, t0 + 10s), chosen(directory, from("::1"), 0, t0 + 10s)})
          .size(),
      2U);
}

TEST(Directory, words_may_narrow_a_pool_and_never_widen_it) {
  Directory directory({.pool_max = 1});
  const auto a = added(directory, offer(1, "a", web, {.pool = 5}));
  directory.entered(a);
  EXPECT_EQ(not_chosen(directory), "full");
}

TEST(Directory, an_offer_is_served_by_new_words_at_once) {
  Directory directory({});
  const auto a = added(directory, offer(1, "a"));
  directory.reword(a, parse_words("ip-allowlist=10.0.0.0/8").words);
  EXPECT_EQ(not_chosen(directory), "not_admitted");
  EXPECT_EQ(chosen(directory, from("10.0.0.1")), a);
}

TEST(Directory, an_offer_has_so_many_visitors_at_a_time) {
  Directory directory({.pool_max = 2});
  const auto a = added(directory, offer(1, "a", web, {.pool = 1}));
  directory.entered(a);
  EXPECT_EQ(not_chosen(directory), "full");
  const auto b = added(directory, offer(2, "b"));
  directory.entered(b);
  EXPECT_EQ(chosen(directory), b);
  directory.left(a);
  directory.entered(b);
  EXPECT_EQ(chosen(directory), a);
}

TEST(Directory, whom_the_words_do_not_admit_is_sent_elsewhere_or_nowhere) {
  Directory directory({});
  const auto words = parse_words("ip-allowlist=10.0.0.0/8").words;
  added(directory, offer(1, "a", web, words));
  EXPECT_EQ(not_chosen(directory), "not_admitted");
  const auto b = added(directory, offer(2, "b"));
  for (std::uint64_t chance = 0; chance < 4; ++chance)
    EXPECT_EQ(chosen(directory, from("192.0.2.1"), chance), b);
}

TEST(Directory, aliases_are_for_the_fingerprints_that_they_name) {
  Directory directory({});
  const Place box{Kind::ssh_alias, "box", 22};
  added(directory, offer(1, "a", box, parse_words("allowed-fingerprints=SHA256:x").words));
  const auto reach = [&](const std::string& fingerprint) {
    return std::holds_alternative<const Offer*>(
        directory.choose_any({"BOX", 22}, from("192.0.2.1", fingerprint), 0, t0, names));
  };
  EXPECT_TRUE(reach("SHA256:x"));
  EXPECT_FALSE(reach("SHA256:y"));
  EXPECT_FALSE(reach(""));
}

TEST(Directory, what_is_offered_is_reached_by_name_and_port) {
  Directory directory({});
  const auto alias = added(directory, offer(1, "a", {Kind::alias, "db", 5432}));
  const auto host = added(directory, offer(1, "a"));
  const auto tls = added(directory, offer(2, "a", {Kind::sni, "web.example.com", 0}));
  const auto port = added(directory, offer(1, "a", {Kind::tcp, {}, 9000}));
  const auto reached = [&](const net::HostPort& target) -> OfferId {
    const auto found = directory.choose_any(target, from("::1"), 0, t0, names);
    return std::holds_alternative<NotFound>(found) ? 0 : std::get<const Offer*>(found)->id;
  };
  EXPECT_EQ(reached({"db", 5432}), alias);
  EXPECT_EQ(reached({"db", 5433}), 0U);
  EXPECT_EQ(reached({"web", 80}), host);
  EXPECT_EQ(reached({"web.example.com", 80}), host);
  EXPECT_EQ(reached({"web", 443}), tls);
  EXPECT_EQ(reached({"localhost", 9000}), port);
  EXPECT_EQ(reached({"localhost", 5432}), 0U);
  EXPECT_EQ(reached({"127.0.0.1", 22}), 0U);
}

}  // namespace
}  // namespace towline::expose
