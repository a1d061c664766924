// A client and a server that do whatever they like, in any order, on a wire that is narrow at times: what one
// says is what the other hears.
#include "ssh/wire/writer.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <list>
#include <memory>
#include <random>
#include <string>

namespace towline::ssh {
namespace {

using connection::RequestId;

constexpr int steps = 50'000;  // for each seed
constexpr std::size_t conversations_max = 12;
constexpr std::array request_types = {"pty-req", "env",     "exec",  "shell",         "subsystem",
                                      "signal",  "x11-req", "break", "window-change", "exit-status"};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

// No two streams are alike, nor two places of one.
std::uint8_t octet(std::size_t stream, std::uint64_t at) {
  return static_cast<std::uint8_t>((at * 2654435761U >> 13U) ^ (stream * 40503U));
}

// One side of a channel: what it has said, and what it must hear of the other.
class Side final : public Channel::Asked {
 public:
  Side(std::size_t number, Side& peer) : number_(number), peer_(peer) {}

  std::optional<Channel> channel;
  bool closed = false;  // by us

  bool is_open() const { return channel && accepted && !channel->end(); }
  bool accepted = false;

  void say(Dice& dice) {
    const auto room = is_open() ? channel->sendable() : 0;
    if (room == 0 || eof_said_) return;
    const auto stream = dice.below(2);
    std::vector<std::uint8_t> bytes(dice.below(dice.one_in(4) ? room : std::min<std::size_t>(room, 50)) + 1);
    for (auto& byte : bytes) byte = octet(number_ * 2 + stream, said_[stream]++);
    stream == 0 ? channel->write(bytes) : channel->write_stderr(bytes);
  }
  void hear(Dice& dice) {
    if (!channel || closed) return;
    for (const std::size_t stream : {0, 1}) {
      if (const auto unread = unread_of(stream))
        hear_some(stream, *unread, dice.below(std::max<std::size_t>(*unread ? (*unread)->size() : 0, 1)) + 1);
    }
  }
  // What is left of a peer that has closed.
  void hear_out() {
    if (!channel || closed || !peer_.closed) return;
    for (const std::size_t stream : {0, 1}) {
      auto unread = unread_of(stream);
      while (unread && *unread && !(*unread)->empty()) {
        hear_some(stream, *unread, (*unread)->size());
        unread = unread_of(stream);
      }
      ASSERT_TRUE(unread) << "the channel is over";
      hear_some(stream, *unread, 0);
    }
    EXPECT_TRUE(peer_.asked_.empty());
  }
  void ask(Dice& dice) {
    if (!is_open()) return;
    Question question{
        request_types.at(dice.below(request_types.size())), std::string(dice.below(40), 'x'), {}};
    const bool wants_reply = dice.one_in(2);
    if (wants_reply) {
      question.answer = std::make_shared<std::optional<bool>>();
      unanswered_.push_back(question.answer);
    }
    asked_.push_back(question);
    channel->request(
        question.type, wants_reply,
        {reinterpret_cast<const std::uint8_t*>(question.payload.data()), question.payload.size()});
  }
  void answer(Dice& dice) {
    if (!is_open() || waiting_.empty()) return;
    const auto it = waiting_.begin() + static_cast<std::ptrdiff_t>(dice.below(waiting_.size()));
    *it->second = dice.one_in(2);
    channel->answer(it->first, **it->second);
    waiting_.erase(it);
  }
  void say_eof() {
    if (!is_open()) return;
    channel->send_eof();
    eof_said_ = true;
  }
  void close() {
    if (!channel) return;
    channel->close();
    closed = true;
  }

  void on_request(std::string_view type, Bytes payload, std::optional<RequestId> id) override {
    ASSERT_FALSE(peer_.asked_.empty());
    const auto question = peer_.asked_.front();
    peer_.asked_.pop_front();
    EXPECT_EQ(type, question.type);
    EXPECT_EQ(std::string(payload.begin(), payload.end()), question.payload);
    EXPECT_EQ(id.has_value(), question.answer != nullptr);
    if (id) waiting_.emplace_back(*id, question.answer);
  }
  void on_reply(bool success) override {
    ASSERT_FALSE(unanswered_.empty());
    EXPECT_EQ(*unanswered_.front(), success);
    unanswered_.pop_front();
  }

  // The other has heard all that was said here, and has opened the window again.
  bool is_heard_out() const {
    return said_ == peer_.heard_ && eof_said_ == peer_.eof_heard_ && asked_.empty() && unanswered_.empty() &&
           waiting_.empty() && (!is_open() || eof_said_ || channel->sendable() > 0);
  }

 private:
  std::optional<Result<Bytes>> unread_of(std::size_t stream) const {
    return stream == 0 ? channel->unread() : channel->unread_stderr();
  }
  void hear_some(std::size_t stream, const Result<Bytes>& unread, std::size_t n) {
    ASSERT_TRUE(unread) << unread.error().message() << ": lost what came before";
    if (unread->empty()) {
      EXPECT_TRUE(peer_.eof_said_ || peer_.closed);
      eof_heard_ = true;
      EXPECT_EQ(heard_[stream], peer_.said_[stream]) << "cut off";
      return;
    }
    for (const auto byte : unread->first(n))
      ASSERT_EQ(byte, octet(peer_.number_ * 2 + stream, heard_[stream]++));
    stream == 0 ? channel->consume(n) : channel->consume_stderr(n);
  }

  struct Question {
    std::string type;
    std::string payload;
    std::shared_ptr<std::optional<bool>> answer;  // where one is wanted
  };

  std::size_t number_;
  Side& peer_;
  bool eof_said_ = false;
  bool eof_heard_ = false;
  std::array<std::uint64_t, 2> said_{};
  std::array<std::uint64_t, 2> heard_{};
  std::deque<Question> asked_{};                                   // not heard by the peer
  std::deque<std::shared_ptr<std::optional<bool>>> unanswered_{};  // by the peer, as far as we have heard
  std::vector<std::pair<RequestId, std::shared_ptr<std::optional<bool>>>>
      waiting_{};  // the peer's, for our answer
};

struct Conversation {
  explicit Conversation(std::size_t number) : client(2 * number, server), server(2 * number + 1, client) {}

  // Who asks for the channel; the other is offered it.
  Side& asker() { return by_server ? server : client; }
  Side& asked() { return by_server ? client : server; }
  bool is_over() {
    const auto ended = [](const Side& side) { return !side.channel || side.channel->end(); };
    return opening && (!*opening || asker().channel) && ended(client) && ended(server);
  }

  Side client;
  Side server;
  bool by_server = false;
  std::optional<Result<Channel>> opening;
};

class RandomTalk {
 public:
  explicit RandomTalk(unsigned seed)
      : dice_(seed),
        both_({.initial = 900, .max = 3600, .session_max = 1'000'000, .min = 900, .packet_max = 300}) {
    both_.role.on_offer = [this](ServerRole::Offer& offer) { offered_to_server(offer); };
    for (int n = 0; n < 2; ++n) listen(static_cast<std::uint16_t>(1000 + n));
  }

  ~RandomTalk() { both_.stop(); }

  void run() {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      do_something();
      if (dice_.one_in(3)) both_.turn();
      tidy();
    }
    settle();
  }

 private:
  void listen(std::uint16_t port) {
    both_.begin(both_.session.listen({{"", port}, {}}, much_later()), listeners_.emplace_back());
    both_.turn();
    ASSERT_FALSE(both_.role.requests.empty());
    both_.server.answer(*both_.role.requests.back().id, {true});
    both_.role.requests.clear();
    both_.turn();
    ASSERT_TRUE(listeners_.back() && *listeners_.back());
    both_.tasks.spawn(take(*this, listeners_.size() - 1));
  }

  // The visitors of a listener come in the order in which the server has opened them.
  static Task<> take(RandomTalk& self, std::size_t n) {
    for (;;) {
      auto incoming = co_await (**self.listeners_[n]).accept();
      if (!incoming) co_return;
      auto& conversation = *self.visitors_[n].front();
      self.visitors_[n].pop_front();
      EXPECT_EQ(incoming->originator.port, 7);
      self.offered(conversation.client, std::move(incoming->channel));
    }
  }

  void offered_to_server(ServerRole::Offer& offer) {
    ASSERT_FALSE(offers_.empty());
    EXPECT_EQ(offer.type, offers_.front().first);
    offered(offers_.front().second->server, std::move(offer.channel));
    offers_.pop_front();
    both_.role.offers.pop_back();
  }

  static void offered(Side& side, Channel channel) {
    side.channel.emplace(std::move(channel));
    side.channel->tell(&side);
  }

  void open() {
    if (talks_.size() >= conversations_max) return;
    auto& talk = talks_.emplace_back(next_++);
    talk.by_server = dice_.one_in(3);
    if (talk.by_server) {
      const auto n = dice_.below(listeners_.size());
      visitors_[n].push_back(&talk);
      const connection::ForwardedTcpip visitor{{"", static_cast<std::uint16_t>(1000 + n)}, {"192.0.2.7", 7}};
      both_.begin(both_.server.open(visitor, much_later(), &talk.server), talk.opening);
      return;
    }
    const connection::OpenRequest kinds[] = {
        connection::SessionChannel{}, connection::DirectTcpip{{"db", 5432}, {"", 0}},
        connection::DirectStreamlocal{"/run/x"}, connection::OpaqueChannel{"tun@openssh.com", {0, 0, 0, 1}}};
    const auto& kind = kinds[dice_.below(std::size(kinds))];
    offers_.emplace_back(std::string(connection::type_of(kind)), &talk);
    both_.begin(both_.session.open(kind, much_later(), &talk.client), talk.opening);
  }

  void decide(Conversation& talk) {
    auto& side = talk.asked();
    if (!side.channel || side.accepted || side.closed) return;
    if (dice_.one_in(5)) {
      side.channel->refuse(errc::open_administratively_prohibited, "no");
      side.closed = true;
    } else {
      side.channel->accept();
      side.accepted = true;
    }
  }

  void do_something() {
    if (talks_.empty() || dice_.one_in(20)) return open();
    auto& talk = *std::next(talks_.begin(), static_cast<std::ptrdiff_t>(dice_.below(talks_.size())));
    auto& side = dice_.one_in(2) ? talk.client : talk.server;
    switch (dice_.below(24)) {
      case 0: return decide(talk);
      case 1: return dice_.one_in(4) ? side.say_eof() : decide(talk);
      case 2: return dice_.one_in(10) ? side.close() : decide(talk);
      case 3: return side.ask(dice_);
      case 4:
      case 5: return side.answer(dice_);
      case 6: return both_.pair.narrow(dice_.below(2), dice_.one_in(2) ? 1 : 100'000);
      case 7: return both_.pair.begin_key_exchange(dice_.below(2));
      case 8: return both_.pair.end_key_exchange(dice_.below(2));
      case 9: return dice_.one_in(2) ? both_.session.check() : both_.server.check();
      case 10: return answer_server_requests();
      case 11:
      case 12:
      case 13: return side.hear(dice_);
      default: return side.say(dice_);
    }
  }

  void answer_server_requests() {
    for (const auto& request : both_.role.requests) both_.server.answer(*request.id, {});
    both_.role.requests.clear();
  }

  // Takes over what has been opened, and forgets what is over.
  void tidy() {
    for (auto& talk : talks_) {
      auto& asker = talk.asker();
      if (!talk.opening || !*talk.opening || asker.channel) continue;
      asker.channel.emplace(std::move(**talk.opening));
      asker.accepted = true;
    }
    std::erase_if(talks_, [](Conversation& talk) {
      if (!talk.is_over()) return false;
      talk.client.hear_out();
      talk.server.hear_out();
      return true;
    });
  }

  // Everything that is under way arrives; then all have heard all.
  void settle() {
    for (const std::size_t side : {0, 1}) {
      both_.pair.narrow(side, 1'000'000'000);
      both_.pair.end_key_exchange(side);
    }
    for (int round = 0; round < 50'000 && !testing::Test::HasFailure(); ++round) {
      both_.turn();
      tidy();
      answer_server_requests();
      for (auto& talk : talks_) {
        decide(talk);
        for (auto* side : {&talk.client, &talk.server}) side->hear(dice_), side->answer(dice_);
      }
      if (has_settled()) break;
    }
    EXPECT_TRUE(has_settled());
    EXPECT_GT(next_, 100U) << "conversations were begun";
    for (auto& talk : talks_) talk.client.close(), talk.server.close();
    both_.turn();
    EXPECT_EQ(both_.session.channels(), 0U);
    EXPECT_EQ(both_.server.channels(), 0U);
    EXPECT_FALSE(both_.session_ended) << both_.session_ended->message();
    EXPECT_FALSE(both_.server_ended) << both_.server_ended->message();
  }

  bool has_settled() const {
    return std::ranges::all_of(talks_, [](const Conversation& talk) {
      const bool left = talk.client.closed || talk.server.closed;
      return left || (talk.client.is_heard_out() && talk.server.is_heard_out());
    });
  }

  Dice dice_;
  BothRoles both_;
  std::list<Conversation> talks_;
  std::size_t next_ = 0;
  std::deque<std::optional<Result<RemoteListener>>> listeners_;
  std::array<std::deque<Conversation*>, 2> visitors_;         // opened by the server, and not arrived
  std::deque<std::pair<std::string, Conversation*>> offers_;  // by the client
};

TEST(RandomTalk, what_one_side_says_is_what_the_other_hears) {
  for (const unsigned seed : {1U, 2U}) {
    SCOPED_TRACE(seed);
    RandomTalk(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace towline::ssh
