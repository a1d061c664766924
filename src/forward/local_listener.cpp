#include "forward/local_listener.hpp"

#include "net/listen.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace towline::forward {

Task<Result<LocalListener>> LocalListener::bind(const ForwardSpec& spec, std::uint16_t port,
                                                const net::Resolver& resolver, Deadline deadline) {
  LocalListener local;
  if (!spec.listen_path.empty()) {
    const auto executor = co_await asio::this_coro::executor;
    auto bound = net::bind_unix(executor, spec.listen_path,
                                {spec.stream_local.bind_unlink, spec.stream_local.bind_mask});
    if (!bound) co_return bound.error();
    local.acceptors.emplace_back(std::move(bound->acceptor));
    local.file = std::move(bound->file);
    co_return local;
  }
  net::HostPort where{spec.listen.host, port};
  auto listening = co_await net::listen(std::move(where), resolver, deadline);
  if (!listening) co_return listening.error();
  for (auto& acceptor : listening->acceptors) local.acceptors.emplace_back(std::move(acceptor));
  local.port = listening->port;
  if (const auto ec = local.close()) co_return Failure(ec);
  co_return local;
}

error_code LocalListener::open() {
  for (auto& acceptor : acceptors) {
    if (const auto ec = net::listen_again(acceptor)) return ec;
  }
  return {};
}

error_code LocalListener::close() {
  if (port == 0) return asio::error::operation_not_supported;
  for (auto& acceptor : acceptors) {
    if (const auto ec = net::stop_listening(acceptor)) return ec;
  }
  return {};
}

}  // namespace towline::forward
