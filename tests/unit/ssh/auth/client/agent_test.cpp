#include "ssh/auth/client/agent.hpp"

#include "async/task_group.hpp"
#include "ssh/wire/error.hpp"
#include "ssh/wire/writer.hpp"
#include "unit/ssh/keys/key_files.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace towline::ssh {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Unix = asio::local::stream_protocol;
using Octets = std::vector<std::uint8_t>;

Deadline within(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

Octets framed(text::SecretBytes message) {
  MessageWriter writer;
  const auto bytes = writer.bytes(message).take();
  return {bytes.begin(), bytes.end()};
}

Octets one_key() {
  MessageWriter key;
  key.string("ssh-ed25519").string("rest");
  MessageWriter writer;
  return framed(writer.u8(12).u32(1).bytes(key.take()).string("comment").take());
}

// Takes one connection, reads one request and answers with these bytes; then hangs up or stays.
Task<> answer_once(Unix::acceptor& acceptor, Octets answer, bool hang_up, std::optional<Unix::socket>& kept) {
  auto [ec, socket] = co_await acceptor.async_accept(as_result);
  if (ec) co_return;
  Octets head(4);
  co_await asio::async_read(socket, asio::buffer(head), as_result);
  Octets rest(head[3]);  // requests of these tests are short
  co_await asio::async_read(socket, asio::buffer(rest), as_result);
  co_await asio::async_write(socket, asio::buffer(answer), as_result);
  if (!hang_up) kept.emplace(std::move(socket));
}

Task<> ask_for_keys(std::string path, Deadline deadline,
                    std::optional<Result<std::vector<AgentKey>>>& result) {
  auto agent = co_await Agent::connect(std::move(path), deadline);
  if (!agent) {
    result.emplace(agent.error());
    co_return;
  }
  result.emplace(co_await agent->keys(deadline));
}

class AgentConversation : public testing::Test {
 protected:
  // What comes of asking an agent that answers with these bytes.
  Result<std::vector<AgentKey>> ask(Octets answer, bool hang_up, Deadline deadline = within(20s)) {
    Unix::acceptor acceptor(io_, Unix::endpoint(files_.path("agent")));
    TaskGroup tasks(io_.get_executor());
    std::optional<Result<std::vector<AgentKey>>> result;
    std::optional<Unix::socket> kept;
    tasks.spawn(answer_once(acceptor, std::move(answer), hang_up, kept));
    tasks.spawn(ask_for_keys(files_.path("agent"), deadline, result));
    io_.restart();
    io_.run();
    ::unlink(files_.path("agent").c_str());
    return *result;
  }

  Result<std::vector<AgentKey>> ask_path(const std::string& path) {
    TaskGroup tasks(io_.get_executor());
    std::optional<Result<std::vector<AgentKey>>> result;
    tasks.spawn(ask_for_keys(path, within(20s), result));
    io_.restart();
    io_.run();
    return *result;
  }

  KeyFiles files_;
  asio::io_context io_;
};

TEST_F(AgentConversation, gives_its_keys) {
  const auto keys = ask(one_key(), false);
  ASSERT_TRUE(keys) << keys.error().message();
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().type, "ssh-ed25519");
}

TEST_F(AgentConversation, that_breaks_off_anywhere_is_unreachable) {
  const auto whole = one_key();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto keys = ask({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, true);
    ASSERT_FALSE(keys) << size;
    EXPECT_EQ(keys.error().code, errc::agent_unreachable) << size;
    EXPECT_THAT(keys.error().detail, HasSubstr(files_.path("agent"))) << size;
  }
}

TEST_F(AgentConversation, with_a_length_that_no_agent_sends_has_failed) {
  for (const Octets& head : {Octets{0, 0, 0, 0}, Octets{0, 4, 0, 1}, Octets{0xff, 0xff, 0xff, 0xff}}) {
    const auto keys = ask(head, false);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, errc::agent_failed);
  }
}

TEST_F(AgentConversation, without_sense_without_keys_or_locked_is_told_apart) {
  const std::pair<Octets, errc> rows[] = {{framed({99}), errc::agent_failed},
                                          {framed({5}), errc::agent_failed},
                                          {framed({12, 0, 0, 0, 0}), errc::agent_empty}};
  for (const auto& [answer, code] : rows) {
    const auto keys = ask(answer, false);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code, code);
  }
}

TEST_F(AgentConversation, without_an_answer_ends_at_the_deadline) {
  const auto keys = ask({}, false, within(50ms));
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, errc::agent_unreachable);
  EXPECT_THAT(keys.error().detail, HasSubstr("in time"));
}

TEST_F(AgentConversation, at_a_path_where_nobody_is_or_can_be_is_unreachable) {
  for (const auto& path : {files_.path("nobody"), "/" + std::string(300, 'x'), files_.path("")}) {
    const auto keys = ask_path(path);
    ASSERT_FALSE(keys) << path;
    EXPECT_EQ(keys.error().code, errc::agent_unreachable) << path;
  }
}

}  // namespace
}  // namespace towline::ssh
