#include "expose/visits.hpp"

#include "forward/proxy_protocol.hpp"
#include "net/network.hpp"
#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::expose {

using std::chrono::steady_clock;

namespace {

// Clients that are asked for one visitor, one after the other, before it is sent away.
constexpr std::size_t clients_asked_max = 3;

NotCarried reason_of(const Failure& why) {
  return why.code == ssh::errc::open_timeout ? NotCarried::timed_out : NotCarried::not_opened;
}

std::string refusal(NotFound why, const net::HostPort& target) {
  const auto where = text::shown(net::to_string(target));
  switch (why) {
    case NotFound::unknown: return "no client offers " + where;
    case NotFound::not_admitted: return "you may not reach " + where;
    case NotFound::full: break;
  }
  return where + " has as many connections as it may have";
}

observe::ConnectionAborted aborted_by(forward::PumpEnd end) {
  if (end == forward::PumpEnd::session_lost) return observe::ConnectionAborted::session_lost;
  if (end == forward::PumpEnd::cancelled) return observe::ConnectionAborted::drain_timeout;
  return observe::ConnectionAborted::client_reset;
}

}  // namespace

Visiting::Visiting(Stage& stage, std::shared_ptr<Client> client, OfferId offer)
    : stage_(stage), client_(std::move(client)), offer_(offer) {
  if (const auto* found = stage_.directory.find(offer_)) {
    const auto kind = found->place.kind;
    if (kind != Kind::http && kind != Kind::sni) counted_ = kind;
  }
  if (counted_) stage_.counts.entered(*counted_);
  stage_.directory.entered(offer_);
  ++client_->visits;
}

Visiting::~Visiting() {
  stage_.directory.left(offer_);
  if (counted_) stage_.counts.left(*counted_);
  --client_->visits;
  stage_.changed.notify_all();
}

Visits::Visits(Stage& stage, net::Descriptors& descriptors)
    : stage_(stage),
      visitors_(stage.options.visitors),
      places_(std::make_shared<forward::Places>(stage.spec.max_connections, descriptors, stage.metrics)),
      tasks_(stage.executor) {}

Task<> Visits::join() {
  while (tasks_.size() > 0) co_await tasks_.join();
}

std::shared_ptr<AccountPace> Visits::pace_of(const Account& account) {
  const auto rate = stage_.options.visitors.rate;
  if (rate == 0) return nullptr;
  std::erase_if(paces_, [](const auto& pace) { return pace.second.expired(); });
  auto& known = paces_[account.id()];
  auto pace = known.lock();
  if (!pace) known = pace = std::make_shared<AccountPace>(rate);
  return pace;
}

void Visits::arrived(net::Stream socket, std::uint16_t port) {
  stage_.counts.visited(Kind::tcp);
  const auto peer = net::peer_of(socket);
  const auto address = net::address_of(peer);
  if (!address) return net::reset(socket);  // it has gone already
  if (const auto barred = visitors_.judge(*address)) {
    stage_.counts.turned_away(*barred);
    stage_.log.repeatable().warn("expose.turned_away", "a visitor was turned away",
                                 {{"reason", label_of(*barred)}, {"address", peer.host}, {"port", port}});
    return net::reset(socket);
  }
  auto place = forward::Place::take(places_);
  if (!place) {
    stage_.counts.turned_away(NotCarried::no_descriptor);
    return net::reset(socket);
  }
  tasks_.spawn(
      carry({std::move(socket), port, peer, *address, visitors_.enter(*address), std::move(*place)}));
}

Task<> Visits::carry(Arrived arrived) {
  auto opened = co_await open(arrived);
  if (!opened) {
    stage_.metrics.connection_failed(observe::ConnectionFailure::not_up);
    co_return net::reset(arrived.socket);
  }
  co_await carry_on(arrived, *opened);
}

// One that does not take the visitor is left out for a while, and another one is asked.
Task<std::optional<Visits::Opened>> Visits::open(Arrived& arrived) {
  const Place place{Kind::tcp, {}, arrived.port};
  std::vector<OfferId> asked;
  while (asked.size() < clients_asked_max && !co_await cancelled()) {
    const auto now = steady_clock::now();
    const auto found = stage_.directory.choose(place, {.address = arrived.address}, stage_.random(), now);
    if (const auto* why = std::get_if<NotFound>(&found)) {
      stage_.counts.turned_away(*why);
      co_return std::nullopt;
    }
    Opened opened{.visiting = nullptr, .offer = *std::get<const Offer*>(found)};
    if (std::ranges::find(asked, opened.offer.id) != asked.end()) break;
    asked.push_back(opened.offer.id);
    opened.visiting =
        std::make_shared<Visiting>(stage_, stage_.clients.at(opened.offer.client), opened.offer.id);
    auto channel = co_await opened.visiting->client().connection().open(
        ssh::connection::ForwardedTcpip{opened.offer.asked, arrived.peer}, now + stage_.options.open_timeout);
    if (channel) {
      opened.channel.emplace(std::move(*channel));
      co_return std::move(opened);
    }
    not_opened(opened.visiting->client(), opened.offer, channel.error());
  }
  co_return std::nullopt;
}

void Visits::not_opened(Client& owner, const Offer& offer, const Failure& why) {
  const auto reason = reason_of(why);
  stage_.counts.turned_away(reason);
  stage_.directory.failed(offer.id, steady_clock::now());
  if (owner.gone() || why.code == asio::error::operation_aborted) return;
  owner.tell({.event = ToldEvent::failed,
              .kind = offer.place.kind,
              .name = name_of(offer.asked),
              .reason = std::string(label_of(reason)),
              .text = std::string(sentence_of(reason))});
  stage_.log.repeatable().warn("expose.not_opened", "a client did not take a visitor",
                               {{"reason", label_of(reason)},
                                {"client", offer.client},
                                {"err", why.message()},
                                {"hint", "the target behind its -R may be down"}});
}

Task<> Visits::carry_on(Arrived& arrived, Opened& opened) {
  const auto pace = pace_of(opened.offer.account);
  auto& channel = *opened.channel;
  const endpoint::CountedChannel counted(stage_.client_metrics, opened.visiting->client().slot(),
                                         observe::ChannelKind::remote);
  stage_.metrics.connection_opened(steady_clock::now() - arrived.when);
  if (!co_await introduce(channel, arrived, opened.offer.words.proxy_protocol)) {
    stage_.metrics.connection_aborted(observe::ConnectionAborted::session_lost,
                                      steady_clock::now() - arrived.when);
    co_return net::reset(arrived.socket);
  }
  const auto result =
      co_await forward::pump(channel, arrived.socket, scratch_, stage_.metrics, {}, pace.get());
  stage_.client_metrics.sent(result.sent);
  stage_.client_metrics.received(result.received);
  const auto lifetime = steady_clock::now() - arrived.when;
  const bool orderly =
      result.end == forward::PumpEnd::finished || result.end == forward::PumpEnd::channel_closed;
  if (orderly) {
    stage_.metrics.connection_closed(lifetime);
  } else {
    stage_.metrics.connection_aborted(aborted_by(result.end), lifetime);
  }
  stage_.log.write(stage_.spec.access_log ? observe::Level::info : observe::Level::debug, "conn.close",
                   "connection closed",
                   std::vector<observe::Field>{{"offer", opened.offer.id},
                                               {"client", opened.offer.client},
                                               {"visitor", net::to_string(arrived.peer)},
                                               {"bytes_rx", result.received},
                                               {"bytes_tx", result.sent},
                                               {"duration_s", lifetime}});
}

// Tells the client's target who the visitor is.
Task<bool> Visits::introduce(ssh::Channel& channel, const Arrived& arrived, forward::ProxyProtocol version) {
  const auto header = forward::proxy_header(version, arrived.peer, net::local_of(arrived.socket));
  auto rest = ssh::Bytes(reinterpret_cast<const std::uint8_t*>(header.data()), header.size());
  while (!rest.empty()) {
    const auto room = co_await channel.wait_sendable();
    if (!room) co_return false;
    const auto piece = rest.first(std::min(*room, rest.size()));
    channel.write(piece);
    rest = rest.subspan(piece.size());
  }
  co_return true;
}

// Only what is offered can be reached: nothing is looked up, and nothing is connected to.
void Visits::call(std::shared_ptr<Client> client, ssh::Channel offered, const net::HostPort& target) {
  const Caller caller{.address = client->address(), .fingerprint = client->account().fingerprint};
  const auto found =
      stage_.directory.choose_any(target, caller, stage_.random(), steady_clock::now(), stage_.options.names);
  if (const auto* why = std::get_if<NotFound>(&found)) {
    stage_.counts.turned_away(*why);
    return offered.refuse(*why == NotFound::full ? ssh::errc::open_resource_shortage
                                                 : ssh::errc::open_administratively_prohibited,
                          refusal(*why, target));
  }
  const auto& offer = *std::get<const Offer*>(found);
  stage_.counts.visited(offer.place.kind);
  auto relay = std::make_unique<relay::Relay>(stage_.executor, std::move(offered));
  tasks_.spawn(join(std::move(client), std::move(relay), offer));
}

// The originator is where the caller's own connection comes from: what it says of itself may be anything.
Task<> Visits::join(std::shared_ptr<Client> caller, std::unique_ptr<relay::Relay> offered, Offer offer) {
  const auto owner = stage_.client(offer.client);
  const auto relay = std::move(offered);  // ends before both of its clients
  if (!owner) co_return relay->refuse(ssh::errc::open_connect_failed, "the client that offers it has gone");
  const Visiting visiting(stage_, owner, offer.id);
  const auto originator = net::parse_host_port(caller->slot().traits().address, 0).value_or(net::HostPort());
  const auto opened =
      co_await relay->open(owner->connection(), ssh::connection::ForwardedTcpip{offer.asked, originator},
                           steady_clock::now() + stage_.options.open_timeout);
  if (!opened) {
    if (!caller->gone()) not_opened(*owner, offer, opened.error());
    co_return relay->refuse(ssh::errc::open_connect_failed, opened.error().message());
  }
  const endpoint::CountedChannel called(stage_.client_metrics, caller->slot(), observe::ChannelKind::local);
  const endpoint::CountedChannel carried(stage_.client_metrics, owner->slot(), observe::ChannelKind::remote);
  const auto result = co_await relay->run();
  stage_.client_metrics.received(result.carried.from_a + result.carried.from_b);
  stage_.client_metrics.sent(result.carried.from_a + result.carried.from_b);
}

}  // namespace towline::expose
