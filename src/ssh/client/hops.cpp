#include "ssh/client/hops.hpp"

#include "async/task_group.hpp"
#include "ssh/client/channel_wire.hpp"
#include "ssh/client/session.hpp"
#include "ssh/connection/keepalive.hpp"

#include <utility>

namespace towline::ssh {

namespace {

using std::chrono::steady_clock;

// OpenSSH's client names itself so when a connection begins inside of it (channels.c, for -W and -J).
const net::HostPort originator{"127.0.0.1", 65535};

// The sessions of jump hosts are not what forwards, health and metrics are about.
struct Unobserved final : SessionObserver {
  void on_received(steady_clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(steady_clock::duration) override {}
  void on_unmatched(const UnmatchedChannel&) override {}
};

Failure named(const net::HostPort& where, Failure failure) {
  failure.detail = jump_host_name(where) + (failure.detail.empty() ? "" : ": " + failure.detail);
  return failure;
}

}  // namespace

struct Hops::Hop {
  Hop(const asio::any_io_executor& executor, net::HostPort address, const Options& options,
      std::unique_ptr<ClientTransport> transport)
      : where(std::move(address)),
        keepalive(options.keepalive),
        session(executor, std::move(transport), keepalive, options.connect_timeout, observer),
        running(executor) {
    running.spawn(run());
  }

  Task<> run() { ended = co_await session.run(); }

  net::HostPort where;
  KeepaliveOptions keepalive;
  Unobserved observer;
  Session session;
  std::optional<Failure> ended;
  TaskGroup running;
};

std::string jump_host_name(const net::HostPort& where) { return "jump host " + net::to_string(where); }

std::vector<JumpHost> servers_on_the_way(const net::HostPort& server, const Options& options) {
  auto servers = options.jump_hosts;
  servers.push_back({server, options.user, options.credentials});
  return servers;
}

HostKeyOptions host_key_options_on_the_way(HostKeyOptions options) {
  options.alias.clear();  // HostKeyAlias is the last server's other name
  return options;
}

bool is_silent_too(const KeepaliveOptions& keepalive, steady_clock::duration silence) {
  const auto deadline = connection::Keepalive::deadline(keepalive);
  return deadline.count() > 0 && silence >= deadline - keepalive.interval / 2;
}

Hops::Hops(asio::any_io_executor executor) : executor_(std::move(executor)) {}

Hops::~Hops() {
  while (!hops_.empty()) hops_.pop_back();  // the channel of one is in the session of the one before
}

void Hops::add(const net::HostPort& where, const Options& options,
               std::unique_ptr<ClientTransport> transport) {
  hops_.push_back(std::make_unique<Hop>(executor_, where, options, std::move(transport)));
}

Task<Result<std::unique_ptr<net::Wire>>> Hops::open(net::HostPort server, Deadline deadline) {
  auto& hop = *hops_.back();
  const auto text = net::to_string(server);
  connection::OpenRequest request = connection::DirectTcpip{std::move(server), originator};
  auto channel = co_await hop.session.open(std::move(request), deadline);
  if (!channel) {
    auto failure = channel.error();
    const auto words = failure.detail.empty() ? "" : " (" + failure.detail + ")";
    failure.detail = "it opens no connection to " + text + words;
    co_return named(hop.where, std::move(failure));
  }
  co_return std::make_unique<ChannelWire>(std::move(*channel));
}

std::optional<HopFailure> Hops::cause_of(const Failure& failure) const {
  const auto now = steady_clock::now();
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    const auto& hop = *hops_[i];
    if (hop.ended) return HopFailure{i, named(hop.where, *hop.ended)};
    const bool silence = failure.code == errc::keepalive_timeout;
    if (silence && is_silent_too(hop.keepalive, now - hop.session.packets().last_received())) {
      return HopFailure{i, named(hop.where, failure)};
    }
  }
  return std::nullopt;
}

Task<> Hops::close(Deadline deadline) {
  for (; !hops_.empty(); hops_.pop_back()) {
    auto& hop = *hops_.back();
    if (!hop.ended) co_await hop.session.close(deadline);
    co_await hop.running.join();
  }
}

}  // namespace towline::ssh
