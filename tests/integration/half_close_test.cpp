#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class HalfClose : public TunnelModeTest {};

TEST_P(HalfClose, a_client_that_shuts_its_write_side_down_still_gets_its_answer) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  const Conversation talk{.send_bytes = 100, .receive_bytes = 100, .answer_after_eof = true};
  EXPECT_EQ(converse(entry_.number(), talk, 10s).problem, "");
}

TEST_P(HalfClose, an_answer_of_fifty_megabytes_comes_whole_after_the_question_has_ended) {
  SourceSink target;
  const auto towline = start(environment(GetParam(), target.port()));
  const Conversation talk{.send_bytes = mebibyte, .receive_bytes = 50 * mebibyte, .answer_after_eof = true};
  EXPECT_EQ(converse(entry_.number(), talk, 60s).problem, "");
}

TEST_P(HalfClose, a_target_that_ends_first_still_receives_the_rest) {
  const std::string question(5 * mebibyte, 'q');
  std::atomic<std::size_t> received = 0;
  TcpServer target([&](Socket& socket) {
    socket.shutdown_write();
    received = socket.receive(question.size() + 1, 30s).size();
  });
  const auto towline = start(environment(GetParam(), target.port()));
  auto client = Socket::connect(entry_.number(), 5s);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->closed_within(5s)) << "the target's end did not arrive";
  EXPECT_TRUE(client->send_all(question, 20s));
  client->shutdown_write();
  EXPECT_TRUE(eventually(20s, [&] { return received == question.size(); }));
}

INSTANTIATE_TEST_SUITE_P(Modes, HalfClose, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
