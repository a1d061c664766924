#include "forward/listener.hpp"

#include "net/listen.hpp"

#include <utility>

namespace towline::forward {

namespace {

LocalListening of_unix(net::UnixListening listening) {
  LocalListening local;
  local.acceptors.emplace_back(std::move(listening.acceptor));
  local.file = std::move(listening.file);
  return local;
}

LocalListening of_tcp(net::Listening listening) {
  LocalListening local;
  for (auto& acceptor : listening.acceptors) local.acceptors.emplace_back(std::move(acceptor));
  local.port = listening.port;
  return local;
}

}  // namespace

Task<Result<LocalListening>> bind_local(const ForwardSpec& spec, std::uint16_t port,
                                        const net::Resolver& resolver, Deadline deadline) {
  if (!spec.listen_path.empty()) {
    const auto executor = co_await asio::this_coro::executor;
    auto listening = net::listen_unix(executor, spec.listen_path,
                                      {spec.stream_local.bind_unlink, spec.stream_local.bind_mask});
    if (!listening) co_return listening.error();
    co_return of_unix(std::move(*listening));
  }
  net::HostPort where{spec.listen.host, port};
  auto listening = co_await net::listen(std::move(where), resolver, deadline);
  if (!listening) co_return listening.error();
  co_return of_tcp(std::move(*listening));
}

}  // namespace towline::forward
