// A server that answers as it likes while the user is authenticated, one message after the other: it comes to
// an end, which is accepted only if the server has said so.
#include "async/countdown.hpp"
#include "async/task_group.hpp"
#include "doubles/plain_server.hpp"
#include "expect.hpp"
#include "ssh/auth/client/authentication.hpp"

#include <boost/asio/io_context.hpp>

#include <fuzzer/FuzzedDataProvider.h>
#include <memory>
#include <optional>
#include <string>

using namespace towline;
using namespace towline::fuzz;

namespace {

using Outcome = std::optional<Result<ssh::AuthenticationReport>>;

ssh::Credentials with_a_password() {
  ssh::Credentials credentials;
  credentials.password.text = std::make_shared<const text::Secret>(std::string("password"));
  return credentials;
}

Task<> log_in(ssh::ClientTransport& transport, const ssh::Credentials& credentials, Outcome& outcome) {
  const auto now = Countdown::Clock::now();
  Countdown patience(now, now + std::chrono::hours(1));
  outcome.emplace(co_await ssh::authenticate(transport, "user", credentials, patience));
}

void turn(asio::io_context& io) {
  io.restart();
  io.poll();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ssh::Library library;
  static asio::io_context io;
  static const auto credentials = with_a_password();
  constexpr char accepted = 52;  // SSH_MSG_USERAUTH_SUCCESS
  FuzzedDataProvider choices(data, size);
  doubles::PlainServer server(io.get_executor());
  const auto transport = server.transport();
  Outcome outcome;
  TaskGroup tasks(io.get_executor());
  tasks.spawn(log_in(*transport, credentials, outcome));
  turn(io);
  bool said = false;
  while (!outcome && choices.remaining_bytes() > 0) {
    const auto message = choices.ConsumeRandomLengthString();
    if (message.empty()) continue;
    said = said || message.front() == accepted;
    server.says(bytes_of(message));
    turn(io);
  }
  server.hangs_up();
  turn(io);
  require(outcome && tasks.size() == 0);
  if (*outcome) {
    require(said);
  } else {
    require_one_line(outcome->error().message());
  }
  return 0;
}
