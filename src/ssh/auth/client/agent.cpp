#include "ssh/auth/client/agent.hpp"

#include "async/wait.hpp"
#include "net/error.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/endian/conversion.hpp>

#include <array>
#include <sys/un.h>
#include <utility>

namespace towline::ssh {

namespace {

using AgentMessage = std::vector<std::uint8_t>;
using Socket = asio::local::stream_protocol::socket;

// The whole exchange: request out, answer in. An empty answer is one of a length that no agent sends.
Task<Result<AgentMessage>> exchange(Socket& socket, text::SecretBytes request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::array<std::uint8_t, 4> length{};
  boost::endian::store_big_u32(length.data(), static_cast<std::uint32_t>(request.size()));
  const std::array<asio::const_buffer, 2> out{asio::buffer(length), asio::buffer(request)};
  const auto [written, n] = co_await asio::async_write(socket, out, as_result);
  if (written) co_return Failure(written);
  if (const auto ec = co_await wait(socket, Socket::wait_read)) co_return Failure(ec);
  const auto [begun, m] = co_await asio::async_read(socket, asio::buffer(length), as_result);
  if (begun) co_return Failure(begun);
  const auto size = boost::endian::load_big_u32(length.data());
  if (size == 0 || size > agent_message_max) co_return AgentMessage{};
  if (const auto ec = co_await wait(socket, Socket::wait_read)) co_return Failure(ec);
  AgentMessage answer(size);
  const auto [ended, k] = co_await asio::async_read(socket, asio::buffer(answer), as_result);
  if (ended) co_return Failure(ended);
  co_return answer;
}

Task<error_code> open(Socket& socket, const std::string& path) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const asio::local::stream_protocol::endpoint endpoint(path);
  const auto [ec] = co_await socket.async_connect(endpoint, as_result);
  co_return ec;
}

Failure unreachable(const std::string& path, const std::string& why) {
  return {errc::agent_unreachable, path + ": " + why};
}

// Cancelled is cancelled, and what ran out ran out here: nothing about the agent.
Failure lost(const std::string& path, const error_code& code) {
  if (code == asio::error::operation_aborted) return code;
  if (net::is_resource_shortage(code)) return {code, path};
  return unreachable(path, code == asio::error::eof ? "it closed the connection" : code.message());
}

constexpr auto no_answer = "it does not answer in time";

}  // namespace

Failure Agent::failed(const char* why) const { return {errc::agent_failed, path_ + ": " + why}; }

Task<Result<Agent>> Agent::connect(std::string path, Deadline deadline) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    co_return unreachable(path, "the path is too long for a socket");
  Socket socket(co_await asio::this_coro::executor);
  const auto opened = co_await before(deadline, open(socket, path));
  if (!opened) co_return unreachable(path, no_answer);
  if (*opened) co_return lost(path, *opened);
  co_return Agent(std::move(socket), std::move(path));
}

Task<Result<std::vector<std::uint8_t>>> Agent::ask(text::SecretBytes request, Deadline deadline) {
  auto exchanged = co_await before(deadline, exchange(socket_, std::move(request)));
  if (!exchanged) co_return unreachable(path_, no_answer);
  if (!*exchanged) co_return lost(path_, exchanged->error().code);
  if ((*exchanged)->empty()) co_return failed("its answer is no message of an agent");
  co_return std::move(**exchanged);
}

Task<Result<std::vector<AgentKey>>> Agent::keys(Deadline deadline) {
  const auto answer = co_await ask(identities_request(), deadline);
  if (!answer) co_return answer.error();
  auto parsed = parse_identities(*answer);
  if (parsed.answer == AgentAnswer::refused) co_return failed("it refuses to show its keys");
  if (parsed.answer == AgentAnswer::malformed) co_return failed("its list of keys is malformed");
  if (parsed.keys.empty()) co_return Failure{errc::agent_empty, path_};
  co_return std::move(parsed.keys);
}

Task<Result<std::vector<std::uint8_t>>> Agent::sign(Bytes key, Bytes data, std::string_view algorithm,
                                                    Deadline deadline) {
  const auto answer = co_await ask(sign_request(key, data, algorithm), deadline);
  if (!answer) co_return answer.error();
  auto parsed = parse_signature(*answer, algorithm);
  if (parsed.answer == AgentAnswer::refused) co_return failed("it refuses to sign");
  if (parsed.answer == AgentAnswer::malformed) co_return failed("its signature is not the one asked for");
  co_return std::move(parsed.signature);
}

}  // namespace towline::ssh
