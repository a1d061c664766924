#include "ssh/auth/client/message_exchange.hpp"

#include "async/yield_turn.hpp"
#include "ssh/auth/authentication_messages.hpp"

#include <utility>

namespace towline::ssh {

namespace {

bool is(Bytes message, AuthenticationMessage number) {
  return !message.empty() && message.front() == static_cast<std::uint8_t>(number);
}

}  // namespace

MessageExchange::MessageExchange(ClientTransport& transport) : transport_(transport) {
  transport_.deliver_to(this);
}

MessageExchange::~MessageExchange() { transport_.deliver_to(nullptr); }

void MessageExchange::on_message(Bytes message, std::uint32_t) {
  if (is(message, AuthenticationMessage::banner)) return transport_.words()->add(parse_banner(message));
  received_.emplace_back(message.begin(), message.end());
  if (is(message, AuthenticationMessage::success)) transport_.authenticated();
}

Task<Result<>> MessageExchange::pump() {
  const auto more = transport_.read();
  if (!more) co_return more.error();
  if (auto flushed = co_await flush(); !flushed) co_return flushed;
  // A server that never stops sending must not keep the deadline from being seen.
  error_code ec;
  if (*more) {
    ec = co_await yield_turn();
  } else if (received_.empty()) {
    ec = co_await transport_.wire().wait_readable();
  }
  if (ec) co_return ec;
  co_return Result<>{};
}

Task<Result<>> MessageExchange::send(Bytes message) {
  while (transport_.in_key_exchange()) {
    if (auto pumped = co_await pump(); !pumped) co_return pumped;
  }
  if (auto written = transport_.write(message); !written) co_return written;
  co_return co_await flush();
}

Task<Result<>> MessageExchange::flush() {
  auto flushed = co_await transport_.flush_all();
  if (flushed) co_return flushed;
  // What the server has said before it hung up is why.
  const auto last = transport_.read();
  co_return last ? flushed.error() : last.error();
}

Task<Result<std::vector<std::uint8_t>>> MessageExchange::reply() {
  while (received_.empty()) {
    if (auto pumped = co_await pump(); !pumped) co_return pumped.error();
  }
  auto message = std::move(received_.front());
  received_.pop_front();
  co_return message;
}

}  // namespace towline::ssh
