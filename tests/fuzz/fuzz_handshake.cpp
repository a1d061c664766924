// A server that may say anything from its first byte: identification, key exchange, and what follows. The
// first byte is the size of the pieces it comes in.
#include "async/task_group.hpp"
#include "doubles/plain_server.hpp"
#include "expect.hpp"
#include "fixed_random.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <optional>

using namespace towline;
using namespace towline::fuzz;

namespace {

const ssh::Algorithms ours = ssh::algorithms_for({}, ssh::algorithm_names(ssh::host_key_names));

Task<> shake_hands(ssh::ClientTransport& transport, std::optional<Result<>>& result) {
  result.emplace(co_await transport.handshake(ours));
}

void turn(asio::io_context& io) {
  io.restart();
  io.poll();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ssh::Library library;
  static asio::io_context io;
  if (size == 0) return 0;
  begin_fixed_random();
  doubles::PlainServer server(io.get_executor());
  const auto transport = server.new_transport();
  std::optional<Result<>> result;
  TaskGroup tasks(io.get_executor());
  tasks.spawn(shake_hands(*transport, result));
  const std::size_t piece = data[0] * std::size_t{16} + 1;
  for (Bytes rest(data + 1, size - 1); !rest.empty() && !result;) {
    const auto n = std::min(piece, rest.size());
    server.says_raw(text_of(rest.first(n)));
    rest = rest.subspan(n);
    turn(io);
  }
  server.hangs_up();
  turn(io);
  require(result.has_value() && tasks.size() == 0);
  if (!*result) require_one_line(result->error().message());
  if (*result) require(!transport->host_key().blob.empty() && !transport->session_id().empty());
  return 0;
}
