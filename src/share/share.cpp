#include "share/share.hpp"

#include "async/wait.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace towline::share {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds goodbye_timeout{1};

// Of a session that is not the supervisor's nobody keeps an account.
struct Unaccounted final : ssh::SessionObserver {
  void on_received(steady_clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(steady_clock::duration) override {}
  void on_unmatched(const ssh::UnmatchedChannel&) override {}
};

ssh::connection::OpenRequest open_request(const Held& held, const net::HostPort& originator) {
  if (held.address.is_unix()) return ssh::connection::ForwardedStreamlocal{held.address.path};
  return ssh::connection::ForwardedTcpip{{held.address.tcp.host, held.port}, originator};
}

bool has_first(const UpstreamList& upstreams) {
  return !upstreams.empty() && upstreams.front()->first && !upstreams.front()->leaving;
}

}  // namespace

Share::Share(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
             const ssh::Connection::Options& connection, observe::ForwardMetrics& metrics,
             endpoint::ClientMetrics& clients, const observe::Log& log)
    : executor_(executor),
      spec_(spec),
      options_(options),
      connection_(connection),
      metrics_(metrics),
      client_metrics_(clients),
      log_(log.with({{"forward", spec.name}})),
      upstreams_changed_(executor),
      listens_(executor,
               [this](auto held, auto incoming) { return join(std::move(held), std::move(incoming)); }),
      waits_changed_(executor),
      clients_changed_(executor),
      others_(executor) {}

Share::~Share() = default;

Task<> Share::run() {
  while (!co_await cancelled()) {
    const auto next = end_waits(steady_clock::now());
    if (next) {  // not "?:": g++ 14 would look into `next` in either case
      co_await waits_changed_.wait_until(*next);
    } else {
      co_await waits_changed_.wait();
    }
  }
  others_.cancel();
  while (others_.size() > 0) co_await others_.join();
}

Task<> Share::run_client(std::shared_ptr<Client> client, std::optional<Failure>& why) {
  why = co_await client->run();
  clients_changed_.notify_all();
}

Task<ssh::Gone> Share::serve(std::unique_ptr<ssh::Packets> packets, ssh::Permissions permissions,
                             std::shared_ptr<observe::ClientSlot> slot) {
  const auto id = slot->traits().id;
  const auto client =
      std::make_shared<Client>(executor_, std::move(packets), connection_, options_.allowed,
                               std::move(permissions), std::move(slot), static_cast<Host&>(*this));
  clients_[id] = client;
  std::optional<Failure> why;
  TaskGroup life(executor_);
  life.spawn(run_client(client, why));
  while (!client->gone() && !stopping_ && !co_await cancelled()) co_await clients_changed_.wait();
  if (!client->gone() && stopping_) co_await client->connection().wait_channels_closed(*stopping_);
  if (!client->gone()) co_await client->close(steady_clock::now() + goodbye_timeout);
  while (life.size() > 0) co_await life.join();
  listens_.drop(*client);
  std::erase_if(waiting_, [&](const Wanted& wanted) { return wanted.client == client; });
  clients_.erase(id);
  clients_changed_.notify_all();
  co_return ssh::Gone{.by_order = client->is_sent_away(),
                      .why = why.value_or(Failure(asio::error::operation_aborted))};
}

Task<> Share::send_away(std::shared_ptr<Client> client) {
  co_await client->send_away(steady_clock::now() + goodbye_timeout);
}

void Share::disconnect(std::uint64_t id) {
  const auto it = clients_.find(id);
  if (it != clients_.end() && !it->second->gone()) others_.spawn(send_away(it->second));
}

// While it waits, the session that carries the others is not over.
Task<> Share::until_clients_are_gone() {
  while (!clients_.empty() && !co_await cancelled()) co_await clients_changed_.wait();
}

void Share::stop(Deadline deadline) {
  if (std::exchange(stopping_, deadline)) return;
  if (has_first(upstreams_)) upstreams_.front()->connections.spawn(until_clients_are_gone());
  clients_changed_.notify_all();
  waits_changed_.notify_all();
}

void Share::board(const forward::Ride& ride, Another another) {
  for (const auto& upstream : upstreams_) upstream->leaving = true;  // its keys may be yesterday's
  upstreams_.insert(upstreams_.begin(), std::make_shared<Upstream>(ride.session, ride.connections));
  another_ = std::move(another);
  hopeless_.reset();
  report_ = &ride.report;
  // A successor finds the forward up and keeps it so.
  if (report_->status().state != observe::ForwardState::up) report_->enter(observe::ForwardState::binding);
  tell();
  upstreams_changed_.notify_all();
  start_waiting();
}

void Share::leave(const forward::Ride& ride) {
  const auto it = std::ranges::find_if(
      upstreams_, [&](const auto& upstream) { return &upstream->session == &ride.session; });
  if (it != upstreams_.end()) leave(std::shared_ptr(*it));
}

void Share::leave(const std::shared_ptr<Upstream>& upstream) {
  upstream->leaving = true;
  std::erase(upstreams_, upstream);
  if (!has_first(upstreams_)) report_ = nullptr;
}

void Share::listening(std::uint16_t port) {
  port_ = port;
  unbound_.reset();
  tell();
}

void Share::not_listening(const forward::Explanation& why) {
  port_.reset();
  unbound_ = why;
  tell();
}

void Share::tell() {
  if (!report_) return;
  if (port_) return report_->up(*port_);
  if (unbound_) report_->down(observe::ForwardState::binding, *unbound_);
}

Task<> Share::run_alone(forward::Ride ride) { co_await listens_.keep(ride); }

void Share::not_connected(const Failure& why) {
  if (has_first(upstreams_) || !ssh::is_permanent(why.code)) return;
  hopeless_ = why;
  waits_changed_.notify_all();
}

void Share::want(std::shared_ptr<Client> client, ssh::Channel offered, ssh::connection::OpaqueChannel what) {
  auto tap = std::make_unique<ClientTap>(*client, relay::Side::a, metrics_, client_metrics_);
  auto relay = std::make_unique<relay::Relay>(executor_, std::move(offered), tap.get());
  send_on({.client = std::move(client),
           .tap = std::move(tap),
           .relay = std::move(relay),
           .what = std::move(what),
           .until = steady_clock::now() + options_.wait});
}

void Share::listen(std::shared_ptr<Client> client, ssh::ListenAddress address,
                   std::optional<ssh::connection::RequestId> id) {
  listens_.ask(std::move(client), std::move(address), id, steady_clock::now() + options_.wait);
  waits_changed_.notify_all();
}

void Share::cancel(const Client& client, const ssh::ListenAddress& address,
                   std::optional<ssh::connection::RequestId> id) {
  listens_.cancel(client, address, id);
}

// Where it has to wait, its time runs from when it was asked for.
void Share::send_on(Wanted wanted) {
  auto upstream = choose(upstreams_, wanted.is_session());
  const bool all_full = !upstream && wanted.is_session() && has_first(upstreams_);
  if (all_full && !may_have_another()) {
    upstream = upstreams_.front();  // which may have room by now, and else says so itself
    wanted.resigned = true;
  }
  if (upstream && !stopping_) {
    upstream->connections.spawn(carry(upstream, std::move(wanted)));
    return;
  }
  waiting_.push_back(std::move(wanted));
  waits_changed_.notify_all();
  if (all_full && making_ == 0) make_another();
}

// There is one on its way, or may be.
bool Share::may_have_another() const {
  return !stopping_ && (making_ > 0 || upstreams_.size() < options_.upstreams_max);
}

void Share::start_waiting() {
  for (auto& wanted : std::exchange(waiting_, {})) send_on(std::move(wanted));
}

std::optional<Deadline> Share::end_waits(Deadline now) {
  const bool is_vain = stopping_ || (hopeless_ && !has_first(upstreams_));
  auto next = listens_.expire(now, is_vain);
  std::erase_if(waiting_, [&](const Wanted& wanted) {
    const bool over = is_vain || wanted.until <= now;
    if (over) wanted.relay->refuse(ssh::errc::open_connect_failed, no_session());
    if (!over) next = next ? std::min(*next, wanted.until) : wanted.until;
    return over;
  });
  return next;
}

std::string Share::no_session() const {
  if (stopping_) return "towline is leaving";
  if (hopeless_) return "there is no session with the server: " + hopeless_->message();
  return "there is no session with the server";
}

Task<> Share::carry(std::shared_ptr<Upstream> upstream, Wanted wanted) {
  std::optional<SessionPlace> place;
  if (wanted.is_session()) place.emplace(upstream);
  auto& relay = *wanted.relay;
  const auto deadline = steady_clock::now() + spec_.target_timeout;
  const auto opened = co_await relay.open(upstream->session.connection(), wanted.what, deadline);
  if (opened) {
    const auto kind = wanted.is_session() ? observe::ChannelKind::session : observe::ChannelKind::local;
    const endpoint::CountedChannel counted(client_metrics_, wanted.client->slot(), kind);
    co_await relay.run();
    co_return;
  }
  place.reset();
  not_opened(*upstream, std::move(wanted), opened.error());
}

// One that the server has refused for want of room has other sessions to go to; one whose session is over
// waits for the next.
void Share::not_opened(Upstream& upstream, Wanted wanted, const Failure& why) {
  if (wanted.client->gone()) return;
  if (wanted.relay->refusal()) {
    upstream.full = wanted.is_session() && upstream.sessions > 0;
    if (!upstream.full || wanted.resigned || stopping_)
      return wanted.relay->refuse(ssh::errc::open_connect_failed, {});
    if (!choose(upstreams_, true) && !may_have_another())
      return wanted.relay->refuse(ssh::errc::open_connect_failed, {});
    return send_on(std::move(wanted));
  }
  if (why.code == ssh::errc::open_timeout)
    return wanted.relay->refuse(ssh::errc::open_connect_failed, why.message());
  upstream.leaving = true;
  send_on(std::move(wanted));
}

void Share::make_another() {
  ++making_;
  others_.spawn(run_another());
}

Task<> Share::join(std::shared_ptr<Held> held, ssh::Incoming incoming) {
  ClientTap tap(*held->client, relay::Side::b, metrics_, client_metrics_);
  relay::Relay relay(executor_, std::move(incoming.channel), &tap);
  const auto deadline = steady_clock::now() + spec_.target_timeout;
  const auto opened =
      co_await relay.open(held->client->connection(), open_request(*held, incoming.originator), deadline);
  if (!opened) co_return relay.refuse(ssh::errc::open_connect_failed, "the client is not there");
  const endpoint::CountedChannel counted(client_metrics_, held->client->slot(), observe::ChannelKind::remote);
  co_await relay.run();
}

Task<> Share::run_another() {
  const auto another = another_;
  auto attempt = co_await another();
  --making_;
  if (attempt.outcome) {
    co_await serve_another(std::move(attempt.outcome->transport));
    co_await attempt.outcome->hops->close(steady_clock::now() + goodbye_timeout);
    co_return;
  }
  log_.repeatable().warn("share.no_further_session",
                         "could not make a further session for one more than the server's MaxSessions",
                         {{"err", attempt.outcome.error().message()}});
  for (auto& wanted : waiting_) wanted.resigned = true;
  for (const auto& upstream : upstreams_) upstream->full = false;
  start_waiting();
}

Task<> Share::run_session(std::shared_ptr<Upstream> upstream) {
  co_await upstream->session.run();
  leave(upstream);
  upstreams_changed_.notify_all();
}

Task<> Share::serve_another(std::unique_ptr<ssh::ClientTransport> transport) {
  Unaccounted observer;
  TaskGroup connections(executor_);
  TaskGroup life(executor_);
  ssh::Session session(executor_, std::move(transport), connection_.keepalive, connection_.answer_timeout,
                       observer);
  const auto upstream = std::make_shared<Upstream>(session, connections, false);
  upstreams_.push_back(upstream);
  life.spawn(run_session(upstream));
  start_waiting();
  while (life.size() > 0 && !co_await cancelled()) {
    const bool is_used = connections.size() > 0;
    const auto idle_at = (is_used ? steady_clock::now() : upstream->last_used) + options_.upstream_idle;
    if (!is_used && (upstream->leaving || steady_clock::now() >= idle_at)) break;
    co_await upstreams_changed_.wait_until(idle_at);
  }
  leave(upstream);
  connections.cancel();
  while (connections.size() > 0) co_await connections.join();
  if (life.size() > 0) co_await session.close(steady_clock::now() + goodbye_timeout);
  while (life.size() > 0) co_await life.join();
}

}  // namespace towline::share
