#include "expose/web/pipe.hpp"

#include "async/wait.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace towline::expose::web {

namespace {

struct Piping {
  tls::Line& line;
  ssh::Channel& channel;
  Scratch& scratch;
  Piped piped{};
  bool visitor_ended = false;
  bool client_ended = false;

  // An error in one direction ends both. Where the client has said all, the visitor may read it in peace.
  void end() {
    channel.close();
    if (client_ended) {
      line.close();
    } else {
      line.abort();
    }
  }
};

Task<> visitor_to_client(Piping& piping, std::string read_ahead) {
  co_await asio::this_coro::throw_if_cancelled(false);
  piping.piped.received += read_ahead.size();
  if (!co_await send_all(piping.channel, read_ahead)) co_return piping.end();
  read_ahead = {};
  for (;;) {
    if (co_await piping.line.wait_readable()) co_return piping.end();
    const auto room = co_await piping.channel.wait_sendable();
    if (!room) co_return piping.end();
    const auto into = std::span(piping.scratch).first(std::min(*room, piping.scratch.size()));
    const auto [n, error] = piping.line.read_some(into);
    if (error == asio::error::would_block) continue;
    if (error == asio::error::eof) break;
    if (error) co_return piping.end();
    piping.channel.write(into.first(n));
    piping.piped.received += n;
  }
  piping.visitor_ended = true;
  piping.channel.send_eof();
  if (piping.client_ended) piping.channel.close();
}

Task<> client_to_visitor(Piping& piping) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    const auto unread = co_await piping.channel.wait_unread();
    if (!unread) co_return piping.end();
    if (unread->empty()) break;
    const auto [n, error] = piping.line.write_some(*unread);
    if (n > 0) piping.channel.consume(n);
    piping.piped.sent += n;
    if (error && error != asio::error::would_block) co_return piping.end();
    if (error && co_await piping.line.wait_writable()) co_return piping.end();
  }
  piping.client_ended = true;
  piping.line.end_sending();
  if (piping.visitor_ended) co_return;
  co_await piping.channel.wait_closed();
  // It takes no more of what the visitor may still say.
  if (!piping.visitor_ended) piping.end();
}

}  // namespace

Task<Result<>> send_all(ssh::Channel& channel, std::string_view octets) {
  while (!octets.empty()) {
    auto room = channel.sendable();
    if (room == 0) {
      const auto waited = co_await channel.wait_sendable();
      if (!waited) co_return waited.error();
      room = *waited;
    }
    const auto piece = octets.substr(0, room);
    channel.write(octets_of(piece));
    octets.remove_prefix(piece.size());
  }
  co_return Result<>{};
}

Task<Piped> pipe(tls::Line& line, std::string read_ahead, ssh::Channel& channel, Scratch& scratch) {
  using namespace asio::experimental::awaitable_operators;
  Piping piping{line, channel, scratch};
  if (co_await cancelled()) {
    piping.end();
  } else {
    co_await (visitor_to_client(piping, std::move(read_ahead)) && client_to_visitor(piping));
  }
  channel.close();
  line.close();
  co_return piping.piped;
}

}  // namespace towline::expose::web
