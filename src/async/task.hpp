// The one coroutine type of the house, and the completion token that makes Asio return error codes as values.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace towline {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

template <class T = void>
using Task = asio::awaitable<T>;

// `auto [ec, n] = co_await socket.async_read_some(buffer, as_result);`
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace towline
