#include "expose/tls/read_hello.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/errc.hpp>

#include <string>
#include <utility>
#include <variant>

namespace towline::expose::tls {

Task<Result<ClientHello>> read_client_hello(PlainLine& line, std::span<std::uint8_t> scratch) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (std::string octets;;) {
    if (const auto ec = co_await line.wait_readable()) co_return Failure(ec);
    const auto [n, error] = line.read_some(scratch);
    if (error == asio::error::would_block) continue;
    if (error) co_return Failure(error);
    octets.append(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(n));
    auto seen = parse_client_hello(octets);
    const auto* why = std::get_if<NoHello>(&seen);
    if (why && *why == NoHello::more) continue;
    if (why) co_return Failure(make_error_code(boost::system::errc::protocol_error), "no TLS");
    line.put_back(std::move(octets));
    co_return std::get<ClientHello>(std::move(seen));
  }
}

}  // namespace towline::expose::tls
