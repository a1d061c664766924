#include "ssh/server/admission.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace towline::ssh {
namespace {

constexpr Admission::Time some_time{};
constexpr unsigned never = 99;  // turned away by chance only when all are
constexpr unsigned always = 0;

SourceAddress from(const char* address) { return boost::asio::ip::make_address(address); }

TEST(Admission, lets_in_whom_nothing_speaks_against) {
  const Admission admission({});
  EXPECT_EQ(admission.judge(from("192.0.2.1"), some_time, always), std::nullopt);
  EXPECT_EQ(admission.judge(std::nullopt, some_time, always), std::nullopt);
}

TEST(Admission, counts_clients_until_they_have_gone) {
  Admission admission({.limits = {.clients_max = 2}});
  auto first = admission.enter(from("192.0.2.1"));
  {
    const auto second = admission.enter(from("192.0.2.2"));
    EXPECT_EQ(admission.judge(from("192.0.2.3"), some_time, never), TurnedAway::too_many);
  }
  EXPECT_EQ(admission.judge(from("192.0.2.3"), some_time, never), std::nullopt);
  auto moved = std::move(first);
  EXPECT_EQ(admission.guests(), 1U);
}

TEST(Admission, counts_an_ipv6_network_as_one_source) {
  Admission admission({.limits = {.per_source_max = 1}});
  const auto guest = admission.enter(from("2001:db8::1"));
  EXPECT_EQ(admission.judge(from("2001:db8::ffff"), some_time, never), TurnedAway::too_many_of_source);
  EXPECT_EQ(admission.judge(from("2001:db8:0:1::1"), some_time, never), std::nullopt);
}

TEST(Admission, turns_strangers_away_by_chance_before_all_of_them) {
  Admission admission({.starts = {.begin = 2, .rate = 30, .full = 4}});
  std::vector<Admission::Guest> guests;
  for (int i = 0; i < 2; ++i) guests.push_back(admission.enter(from("192.0.2.1")));
  EXPECT_EQ(admission.judge(from("192.0.2.1"), some_time, always), TurnedAway::too_many_logins);
  EXPECT_EQ(admission.judge(from("192.0.2.1"), some_time, never), std::nullopt);
  EXPECT_EQ(admission.judge(from("127.0.0.1"), some_time, always), std::nullopt)
      << "programs of this machine";
  for (int i = 0; i < 2; ++i) guests.push_back(admission.enter(from("192.0.2.1")));
  EXPECT_EQ(admission.judge(from("192.0.2.1"), some_time, never), TurnedAway::too_many_logins);
  EXPECT_EQ(admission.judge(from("127.0.0.1"), some_time, never), TurnedAway::too_many_logins);
  for (auto& guest : guests) guest.logged_in();
  EXPECT_EQ(admission.judge(from("192.0.2.1"), some_time, always), std::nullopt)
      << "they are no longer in the way";
}

TEST(Admission, leaves_out_who_keeps_failing) {
  Admission admission({});
  const auto source = from("192.0.2.1");
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(admission.punish(source, Misdeed::authentication_failed, some_time));
  EXPECT_TRUE(admission.punish(source, Misdeed::authentication_failed, some_time));
  EXPECT_EQ(admission.judge(source, some_time, never), TurnedAway::penalty);
  EXPECT_EQ(admission.judge(from("192.0.2.2"), some_time, never), std::nullopt);
  EXPECT_EQ(admission.judge(source, some_time + std::chrono::hours(1), never), std::nullopt);
  EXPECT_FALSE(admission.punish(std::nullopt, Misdeed::grace_exceeded, some_time))
      << "a unix socket is nobody";
}

TEST(Admission, has_a_label_and_a_sentence_for_each_refusal) {
  for (const auto why : {TurnedAway::too_many, TurnedAway::too_many_of_source, TurnedAway::too_many_logins,
                         TurnedAway::penalty}) {
    EXPECT_FALSE(label_of(why).empty());
    EXPECT_FALSE(sentence_of(why).empty());
  }
}

}  // namespace
}  // namespace towline::ssh
