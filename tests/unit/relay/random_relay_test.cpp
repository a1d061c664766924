// Clients and a server that do whatever they like, with a relay between them: what one side says is what the
// other hears, and where it was said.
#include "unit/relay/chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <memory>
#include <random>
#include <string>

namespace towline::relay {
namespace {

constexpr int steps = 10'000;  // for each of the seeds
constexpr unsigned seeds = 10;
constexpr std::size_t talks_max = 10;

class RelayDice {
 public:
  explicit RelayDice(unsigned seed) : engine_(seed) {}
  std::size_t mouthful = 32 * 1024;  // the most that is said at once
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

// No two streams are alike, nor two places of one.
std::uint8_t octet_of(std::size_t stream, std::uint64_t at) {
  return static_cast<std::uint8_t>((at * 2654435761U >> 13U) ^ (stream * 40503U));
}

// One end of a relayed channel: what it has said and the other has not heard, in its order.
class Voice final : public Channel::Sink {
 public:
  Voice(std::size_t number, Voice& peer) : number_(number), peer_(peer) {}

  std::optional<Channel> channel{};
  bool accepted = false;
  bool left = false;  // by us
  bool over = false;  // by the other, or the relay

  bool may_speak() const { return channel && accepted && !left && !over; }

  // Not more than is held without end, and so that the streams keep their order as well (Held::turns_max).
  bool has_said_enough() const { return said_.size() > Held::turns_max - 10; }

  void say(RelayDice& dice) {
    if (!may_speak() || eof_said_ || has_said_enough()) return;
    const auto room = channel->sendable();
    if (room == 0) return;
    const auto stream = static_cast<std::uint32_t>(dice.below(2));
    std::vector<std::uint8_t> bytes(dice.below(std::min(room, dice.one_in(4) ? dice.mouthful : 50)) + 1);
    for (auto& byte : bytes) byte = octet_of(number_ * 2 + stream, spoken_[stream]++);
    if (said_.empty() || said_.back().kind != Said::data || said_.back().stream != stream)
      said_.push_back({Said::data, stream});
    said_.back().bytes += bytes.size();
    stream == 0 ? channel->write(bytes) : channel->write_stderr(bytes);
  }
  void ask(RelayDice& dice) {
    if (!may_speak() || unanswered_.size() >= 60 || has_said_enough()) return;
    Said question{Said::request};
    question.text = std::string(dice.below(dice.one_in(50) ? 3000 : 40), 'p');
    if (dice.one_in(2)) {
      question.answer = std::make_shared<std::optional<bool>>();
      unanswered_.push_back(question.answer);
    }
    said_.push_back(question);
    channel->request("signal", question.answer != nullptr, octets(question.text));
  }
  void answer(RelayDice& dice) {
    if (!may_speak() || asked_.empty()) return;
    const auto it = asked_.begin() + static_cast<std::ptrdiff_t>(dice.below(asked_.size()));
    *it->second = dice.one_in(2);
    channel->answer(it->first, **it->second);
    asked_.erase(it);
  }
  void say_eof() {
    if (!may_speak() || eof_said_) return;
    said_.push_back({Said::eof});
    channel->send_eof();
    eof_said_ = true;
  }
  void leave() {
    if (!may_speak()) return;
    channel->close();
    left = true;
  }
  void stall() { reads_ = false; }
  void read(RelayDice& dice) {
    reads_ = dice.one_in(2);
    if (!may_speak() || unread_ == 0) return;
    const auto n = dice.below(unread_) + 1;
    unread_ -= n;
    channel->consumed(n);
  }
  void read_all() {
    reads_ = true;
    if (may_speak()) channel->consumed(std::exchange(unread_, 0));
  }

  std::size_t on_data(std::uint32_t stream, Bytes data) override {
    for (const auto byte : data)
      EXPECT_EQ(byte, octet_of(peer_.number_ * 2 + stream, peer_.heard_[stream]++));
    auto left_over = data.size();
    while (left_over > 0) {
      auto& front = next(Said::data);
      EXPECT_EQ(front.stream, stream) << "the streams change places";
      if (testing::Test::HasFailure()) return data.size();
      const auto n = std::min(left_over, front.bytes);
      left_over -= n;
      front.bytes -= n;
      if (front.bytes == 0) peer_.said_.pop_front();
    }
    if (reads_) return data.size();
    unread_ += data.size();
    return 0;
  }
  void on_request(std::string_view type, Bytes payload, std::optional<RequestId> id) override {
    const auto& question = next(Said::request);
    EXPECT_EQ(type, "signal");
    EXPECT_EQ(text_of(payload), question.text);
    EXPECT_EQ(id.has_value(), question.answer != nullptr);
    if (id) asked_.emplace_back(*id, question.answer);
    if (!peer_.said_.empty()) peer_.said_.pop_front();
  }
  void on_reply(bool success) override {
    ASSERT_FALSE(unanswered_.empty());
    EXPECT_EQ(*unanswered_.front(), success) << "not given before it is known";
    unanswered_.pop_front();
  }
  void on_eof() override {
    next(Said::eof);
    if (!peer_.said_.empty()) peer_.said_.pop_front();
  }
  void on_refused(std::uint32_t code, std::string_view text) override {
    over = true;
    if (lost) return;
    EXPECT_EQ(code, 4242U);
    EXPECT_EQ(text, "no\r\n");
  }
  void on_closed(const Failure& why) override {
    over = true;
    if (why.code != ssh::errc::channel_closed || lost) return;
    EXPECT_TRUE(peer_.left) << number_;
    EXPECT_TRUE(peer_.said_.empty()) << "cut off";
  }

  bool is_heard_out() const {
    return said_.empty() && unanswered_.empty() && (eof_said_ || channel->sendable() > 0);
  }
  bool lost = false;  // a connection was, on purpose

 private:
  struct Said {
    enum Kind { data, request, eof } kind;
    std::uint32_t stream = 0;
    std::size_t bytes = 0;
    std::string text{};
    std::shared_ptr<std::optional<bool>> answer{};  // where one is wanted
  };

  Said& next(Said::Kind kind) {
    static Said none{Said::eof};
    EXPECT_FALSE(peer_.said_.empty()) << "nobody said that";
    if (peer_.said_.empty()) return none;
    EXPECT_EQ(peer_.said_.front().kind, kind) << "heard in another order";
    return peer_.said_.front();
  }

  std::size_t number_;
  Voice& peer_;
  std::deque<Said> said_;
  std::array<std::uint64_t, 2> spoken_{};
  std::array<std::uint64_t, 2> heard_{};  // of ours
  bool eof_said_ = false;
  bool reads_ = true;
  std::size_t unread_ = 0;
  std::deque<std::shared_ptr<std::optional<bool>>> unanswered_;
  std::vector<std::pair<RequestId, std::shared_ptr<std::optional<bool>>>> asked_;
};

struct Dialogue {
  explicit Dialogue(std::size_t number) : client(2 * number, server), server(2 * number + 1, client) {}

  bool is_over() const {
    return client.over || server.over || client.left || server.left
               ? opening && (client.over || client.left) && (server.over || server.left || refused)
               : false;
  }

  Voice client;
  Voice server;
  bool refused = false;
  std::optional<Result<Channel>> opening{};
};

Windows some_windows(RelayDice& dice) {
  const auto one = [&] {
    constexpr std::uint32_t sizes[] = {1, 7, 100, 3600, 70'000, 2 * 1024 * 1024};
    constexpr std::uint32_t packets[] = {300, 32 * 1024};
    const auto size = sizes[dice.below(std::size(sizes))];
    return window_of(size, size < 100 ? size : packets[dice.below(std::size(packets))]);
  };
  return {one(), one(), one()};
}

class RandomRelay {
 public:
  explicit RandomRelay(unsigned seed) : dice_(seed), windows_(some_windows(dice_)), chain_(windows_) {
    // A megabyte through a window of one byte would take all day.
    const auto least = std::min({windows_.client.max, windows_.relay.max, windows_.server.max});
    dice_.mouthful = std::min<std::size_t>(dice_.mouthful, 20 * least);
  }

  ~RandomRelay() { chain_.stop(); }

  void run() {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      do_something();
      if (dice_.one_in(3)) chain_.turn();
      tidy();
    }
    settle();
    lose_one();
  }

 private:
  void open() {
    if (talks_.size() >= talks_max) return;
    auto& talk = talks_.emplace_back(next_++);
    asked_.push_back(&talk);
    chain_.begin(chain_.client.open(ssh::connection::SessionChannel{}, much_later(), &talk.client),
                 talk.opening);
  }

  // Offers come in the order in which the client has asked.
  void take_offers() {
    for (auto& offers = chain_.server_role.offers; !offers.empty(); offers.pop_front()) {
      auto& voice = asked_.front()->server;
      voice.channel.emplace(std::move(offers.front().channel));
      voice.channel->tell(&voice);
      asked_.pop_front();
    }
  }

  void decide(Dialogue& talk) {
    auto& server = talk.server;
    if (!server.channel || server.accepted || talk.refused) return;
    if (dice_.one_in(6)) {
      server.channel->refuse(std::uint32_t{4242}, "no\r\n");
      talk.refused = true;
    } else {
      server.channel->accept();
      server.accepted = true;
    }
  }

  void do_something() {
    if (talks_.empty() || dice_.one_in(20)) return open();
    auto& talk = *std::next(talks_.begin(), static_cast<std::ptrdiff_t>(dice_.below(talks_.size())));
    auto& voice = dice_.one_in(2) ? talk.client : talk.server;
    auto& pair = dice_.one_in(2) ? chain_.client_wire : chain_.server_wire;
    switch (dice_.below(24)) {
      case 0: return decide(talk);
      case 1: return dice_.one_in(4) ? voice.say_eof() : decide(talk);
      case 2: return dice_.one_in(10) ? voice.leave() : decide(talk);
      case 3:
      case 4: return voice.ask(dice_);
      case 5:
      case 6: return voice.answer(dice_);
      case 7: return pair.narrow(dice_.below(2), dice_.one_in(2) ? 1 : 100'000);
      case 8: return pair.begin_key_exchange(dice_.below(2));
      case 9:
      case 10: return pair.end_key_exchange(dice_.below(2));
      case 11: return voice.stall();
      case 12:
      case 13: return voice.read(dice_);
      default: return voice.say(dice_);
    }
  }

  // Takes over what has been opened, and forgets what is over.
  void tidy() {
    take_offers();
    for (auto& talk : talks_) {
      if (!talk.opening || talk.client.channel) continue;
      if (!*talk.opening) {
        talk.client.over = true;
        continue;
      }
      talk.client.channel.emplace(std::move(**talk.opening));
      talk.client.accepted = true;
    }
    for (const auto& relayed : chain_.relayed)
      EXPECT_LE(relayed.relay->held(), 2 * std::size_t{windows_.relay.max});
    for (const auto& ended : chain_.ended) EXPECT_FALSE(ended) << ended->message();
    for (const auto& relayed : chain_.relayed) {
      if (!relayed.result) continue;
      if (*relayed.result) {
        EXPECT_EQ((*relayed.result)->end, RelayEnd::closed) << sentence((*relayed.result)->end);
      } else {
        EXPECT_TRUE(relayed.relay->refusal()) << relayed.result->error().message();
      }
    }
    std::erase_if(chain_.relayed, [](const auto& relayed) { return relayed.result.has_value(); });
    std::erase_if(talks_, [](const Dialogue& talk) { return talk.is_over(); });
  }

  // Everything that is under way arrives, and all of it is read and answered.
  void settle() {
    for (auto* pair : {&chain_.client_wire, &chain_.server_wire}) {
      for (const std::size_t side : {0, 1}) {
        pair->narrow(side, 1'000'000'000);
        pair->end_key_exchange(side);
      }
    }
    for (int round = 0; round < 50'000 && !testing::Test::HasFailure(); ++round) {
      chain_.turn();
      tidy();
      for (auto& talk : talks_) {
        decide(talk);
        for (auto* voice : {&talk.client, &talk.server}) voice->read_all(), voice->answer(dice_);
      }
      if (has_settled()) break;
    }
    EXPECT_TRUE(has_settled());
    EXPECT_GT(next_, 30U) << "dialogues were begun";
  }

  bool has_settled() const {
    return std::ranges::all_of(talks_, [](const Dialogue& talk) {
      return talk.client.may_speak() && talk.server.may_speak() && talk.client.is_heard_out() &&
             talk.server.is_heard_out();
    });
  }

  // Then every relay ends, and with it what is left of its channels.
  void lose_one() {
    open();
    chain_.turn();
    for (auto& talk : talks_) {
      for (auto* voice : {&talk.client, &talk.server}) voice->lost = true, voice->stall(), voice->say(dice_);
    }
    const bool lose_client = dice_.one_in(2);
    chain_.lose(lose_client ? chain_.near : chain_.upstream);
    for (const auto& relayed : chain_.relayed) EXPECT_TRUE(relayed.result);
    for (const auto& talk : talks_) {
      const auto& other = lose_client ? talk.server : talk.client;
      EXPECT_TRUE(other.over || (lose_client && !other.accepted));
    }
  }

  RelayDice dice_;
  Windows windows_;
  Chain chain_;
  std::list<Dialogue> talks_;
  std::deque<Dialogue*> asked_;  // by the client, and not offered to the server yet
  std::size_t next_ = 0;
};

TEST(RandomRelay, what_one_side_says_is_what_the_other_hears) {
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    RandomRelay(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace towline::relay
