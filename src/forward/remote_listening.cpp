#include "forward/remote_listening.hpp"

#include "ssh/wire/error.hpp"

#include <utility>

namespace towline::forward {

namespace {

using ssh::ListenAddress;

// As the log shows them, and a reader could ask for them.
std::string text_of(const ListenAddress& address, std::uint16_t bound_port) {
  if (address.is_unix()) return address.path;
  return net::to_string({address.tcp.host.empty() ? "*" : address.tcp.host, bound_port});
}

class Asking {
 public:
  Asking(ssh::Session& session, std::chrono::milliseconds timeout) : session_(session), timeout_(timeout) {}

  Task<Result<RemoteListening>> ask(ListenAddress address);
  Task<Result<RemoteListening>> ask_for_each_loopback(std::uint16_t port);

 private:
  ssh::Session& session_;
  std::chrono::milliseconds timeout_;
};

Task<Result<RemoteListening>> Asking::ask(ListenAddress address) {
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  auto listener = co_await session_.listen(address, deadline);
  if (!listener) {
    auto failure = listener.error();
    if (failure.code == ssh::errc::forward_refused) failure.detail = text_of(address, address.tcp.port);
    co_return failure;
  }
  RemoteListening listening{.listeners = {}, .where = text_of(address, listener->bound_port())};
  listening.listeners.push_back(std::move(*listener));
  co_return listening;
}

Task<Result<RemoteListening>> Asking::ask_for_each_loopback(std::uint16_t port) {
  auto v4 = co_await ask({{"127.0.0.1", port}, {}});
  if (!v4 && v4.error().code != ssh::errc::forward_refused) co_return v4;
  const auto same_port = v4 ? v4->port() : port;
  auto v6 = co_await ask({{"::1", same_port}, {}});
  if (!v6 && v6.error().code != ssh::errc::forward_refused) co_return v6;
  if (v4 && v6) {
    v4->listeners.push_back(std::move(v6->listeners.front()));
    v4->where += ", " + v6->where;
  } else if (v4) {
    v4->missing = v6.error().detail;
  }
  // With ::1 alone 127.0.0.1 is somebody else's. With neither, authorized_keys may permit the name only,
  // which is compared as it is written.
  if (v4 || v6) co_return v4;
  co_return co_await ask({{"localhost", port}, {}});
}

}  // namespace

bool asks_for_each_loopback(const ForwardSpec& spec, std::string_view server_software) {
  return spec.both_loopbacks && spec.listen_path.empty() && spec.listen.host == "localhost" &&
         server_software.starts_with("SSH-2.0-OpenSSH");
}

Task<Result<RemoteListening>> listen_on_server(ssh::Session& session, const ForwardSpec& spec,
                                               std::uint16_t port, std::chrono::milliseconds timeout) {
  Asking asking(session, timeout);
  if (asks_for_each_loopback(spec, session.packets().peer_software()))
    co_return co_await asking.ask_for_each_loopback(port);
  if (!spec.listen_path.empty()) co_return co_await asking.ask({{}, spec.listen_path});
  co_return co_await asking.ask({{spec.listen.host, port}, {}});
}

}  // namespace towline::forward
