#include "unit/expose/web/web_talk.hpp"

namespace towline::expose::web {

namespace {

using std::chrono::steady_clock;

class Idle : public WebTalk {
 protected:
  ssh::Channel channel() {
    std::optional<Result<ssh::Channel>> opened;
    const Visitor visitor{.address = {"192.0.2.7", 1}, .local = {}, .over_tls = false, .sni = {}};
    begin(offer_->open(visitor, ssh::much_later()), opened);
    turn_until([&] { return opened.has_value(); });
    return std::move(**opened);
  }

  IdleChannels& idle() { return offer_->idle(); }
  const steady_clock::time_point now_ = steady_clock::now();
};

TEST_F(Idle, the_one_that_was_used_last_is_taken_first) {
  idle().keep(channel(), now_);
  idle().keep(channel(), now_ + std::chrono::seconds(1));
  auto newest = idle().take(now_ + std::chrono::seconds(2));
  ASSERT_TRUE(newest);
  newest->write(octets_of("newest"));
  hears("newest", 1);
  EXPECT_EQ(idle().size(), 1U);
}

TEST_F(Idle, one_that_was_closed_ended_or_spoke_is_dropped) {
  for (int i = 0; i < 4; ++i) idle().keep(channel(), now_);
  served_at(0).channel.close();
  served_at(1).channel.send_eof();
  served_at(2).channel.write(octets_of("HTTP/1.1 408 Request Timeout\r\n\r\n"));
  turn();
  idle().drop_stale(now_);
  EXPECT_EQ(idle().size(), 1U);
}

TEST_F(Idle, they_are_bounded_in_age_and_number) {
  for (std::size_t i = 0; i < IdleChannels::channels_max + 3; ++i) idle().keep(channel(), now_);
  EXPECT_EQ(idle().size(), IdleChannels::channels_max);
  turn();
  EXPECT_TRUE(served_at(0).ended);
  EXPECT_FALSE(idle().take(now_ + IdleChannels::age_max));
  EXPECT_EQ(idle().size(), 0U);
}

}  // namespace

}  // namespace towline::expose::web
