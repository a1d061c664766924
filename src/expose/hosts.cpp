#include "expose/hosts.hpp"

#include "net/network.hpp"
#include "text/utf8.hpp"

#include <chrono>
#include <utility>

namespace towline::expose {

using std::chrono::steady_clock;
using web::NoWay;

namespace {

web::NoWay no_way_of(NotFound why) {
  switch (why) {
    case NotFound::unknown: return NoWay::unknown_host;
    case NotFound::not_admitted: return NoWay::not_admitted;
    case NotFound::full: break;
  }
  return NoWay::busy;
}

}  // namespace

// One offer, for all visitors of it.
class OfferedHost final : public web::HttpOffer {
 public:
  OfferedHost(Stage& stage, Visits& visits, std::shared_ptr<Client> client, Offer offer)
      : stage_(stage),
        visits_(visits),
        client_(std::move(client)),
        offer_(std::move(offer)),
        pace_(visits.pace_of(offer_.account)),
        rules_{.force_https = stage.options.force_https || offer_.words.force_https,
               .host = offer_.words.host,
               .strict_transport = stage.options.hsts} {}
  // The channels that wait must not outlive the client's connection.
  ~OfferedHost() override { idle().clear(); }

  const web::HttpRules& rules() const override { return rules_; }
  std::chrono::steady_clock::duration sent(std::size_t bytes) override {
    return pace_ ? pace_->sent(bytes) : steady_clock::duration::zero();
  }
  std::chrono::steady_clock::duration received(std::size_t bytes) override {
    return pace_ ? pace_->received(bytes) : steady_clock::duration::zero();
  }
  bool gone() const override { return client_->gone() || !stage_.directory.find(offer_.id); }
  Task<Result<ssh::Channel>> open(const web::Visitor& visitor, Deadline deadline) override {
    auto channel = co_await client_->connection().open(
        ssh::connection::ForwardedTcpip{offer_.asked, visitor.address}, deadline);
    if (!channel) visits_.not_opened(*client_, offer_, channel.error());
    co_return channel;
  }
  void on_request(const web::RequestLine& line) override {
    if (!stage_.options.client_log || client_->gone()) return;
    client_->tell({.event = ToldEvent::request,
                   .kind = offer_.place.kind,
                   .name = name_of(offer_.asked),
                   .text = request_text(line)});
  }

  const std::shared_ptr<Client>& client() const { return client_; }
  const Words& words() const { return offer_.words; }

 private:
  Stage& stage_;
  Visits& visits_;
  std::shared_ptr<Client> client_;
  Offer offer_;
  std::shared_ptr<AccountPace> pace_;  // null: there is no bound
  web::HttpRules rules_;
};

namespace {

// A visitor's turn with an offer, which counts while it lives.
struct Turn {
  Turn(Stage& stage, std::shared_ptr<OfferedHost> which, OfferId id)
      : host(std::move(which)), visiting(stage, host->client(), id) {}

  std::shared_ptr<OfferedHost> host;
  Visiting visiting;
};

}  // namespace

std::string request_text(const web::RequestLine& line) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(line.duration);
  std::string text = line.visitor.address.host;
  text.append(" ").append(line.method).append(line.visitor.over_tls ? " https://" : " http://");
  text.append(line.host).append(line.target).append(" ");
  text.append(line.status == 0 ? "-" : std::to_string(line.status));
  return text.append(" ")
      .append(std::to_string(took.count()))
      .append(" ms ")
      .append(std::to_string(line.bytes_sent) + " bytes");
}

Hosts::Hosts(Stage& stage, Visits& visits) : stage_(stage), visits_(visits) {}
Hosts::~Hosts() = default;

std::optional<NoWay> Hosts::enter(const web::Visitor& visitor) {
  const auto address = net::address_of(visitor.address);
  if (!address) return NoWay::gone;
  stage_.counts.visited(Kind::http);
  if (const auto barred = visits_.visitors().judge(*address)) {
    stage_.counts.turned_away(*barred);
    return *barred == Barred::network ? NoWay::not_admitted : NoWay::too_many;
  }
  present_.emplace(visitor.address, visits_.visitors().enter(*address));
  stage_.counts.entered(Kind::http);
  return std::nullopt;
}

void Hosts::leave(const web::Visitor& visitor) {
  const auto found = present_.find(visitor.address);
  if (found == present_.end()) return;
  present_.erase(found);
  stage_.counts.left(Kind::http);
}

std::variant<std::shared_ptr<web::HttpOffer>, NoWay> Hosts::choose(std::string_view host,
                                                                   const web::Visitor& visitor) {
  auto chosen = choose(Kind::http, host, visitor);
  if (auto* offer = std::get_if<std::shared_ptr<web::HttpOffer>>(&chosen)) return std::move(*offer);
  const auto why = std::get<NotFound>(chosen);
  const bool is_elsewhere = why == NotFound::unknown && visitor.over_tls && passthrough(host, visitor);
  return is_elsewhere ? NoWay::misdirected : no_way_of(why);
}

std::shared_ptr<web::HttpOffer> Hosts::passthrough(std::string_view sni, const web::Visitor& visitor) {
  auto chosen = choose(Kind::sni, sni, visitor);
  auto* offer = std::get_if<std::shared_ptr<web::HttpOffer>>(&chosen);
  return offer ? std::move(*offer) : nullptr;
}

std::variant<std::shared_ptr<web::HttpOffer>, NotFound> Hosts::choose(Kind kind, std::string_view host,
                                                                      const web::Visitor& visitor) {
  const auto address = net::address_of(visitor.address);
  const Caller caller{.address = address, .fingerprint = {}};
  const auto found =
      stage_.directory.choose({kind, std::string(host), 0}, caller, stage_.random(), steady_clock::now());
  if (const auto* why = std::get_if<NotFound>(&found)) return *why;
  const auto& offer = *std::get<const Offer*>(found);
  auto turn = std::make_shared<Turn>(stage_, offered(offer), offer.id);
  web::HttpOffer* seen = turn->host.get();
  return std::shared_ptr<web::HttpOffer>(std::move(turn), seen);
}

// The words of a client may come after its offer.
std::shared_ptr<OfferedHost> Hosts::offered(const Offer& offer) {
  auto& known = offered_[offer.id];
  if (!known || known->words() != offer.words)
    known = std::make_shared<OfferedHost>(stage_, visits_, stage_.clients.at(offer.client), offer);
  return known;
}

void Hosts::forget_gone() {
  std::erase_if(offered_, [](const auto& entry) { return entry.second->gone(); });
}

void Hosts::on_request(const web::RequestLine& line, std::optional<NoWay> why) {
  stage_.counts.requested(line.status, line.duration);
  if (why) stage_.counts.turned_away(*why);
  stage_.log.write(
      stage_.spec.access_log ? observe::Level::info : observe::Level::debug, "http.request",
      "a visitor's request",
      std::vector<observe::Field>{{"visitor", net::to_string(line.visitor.address)},
                                  {"method", line.method},
                                  {"host", text::shown(line.host)},
                                  {"target", text::shown(line.target)},
                                  {"status", line.status},
                                  {"reason", why ? web::text_of(*why).label : std::string_view()},
                                  {"bytes_rx", line.bytes_received},
                                  {"bytes_tx", line.bytes_sent},
                                  {"duration_s", line.duration}});
}

void Hosts::on_refused(const web::Visitor& visitor, NoWay why, std::string_view detail) {
  const auto& text = web::text_of(why);
  stage_.counts.turned_away(why);
  stage_.log.write(observe::Level::debug, "http.refused", "a visitor was turned away",
                   std::vector<observe::Field>{{"reason", text.label},
                                               {"visitor", net::to_string(visitor.address)},
                                               {"err", detail},
                                               {"hint", text.hint}});
}

void Hosts::on_no_handshake(const web::Visitor& visitor, const Failure& why) {
  stage_.counts.not_shaken();
  stage_.log.write(observe::Level::debug, "http.no_handshake",
                   "a visitor did not get through the TLS handshake",
                   std::vector<observe::Field>{{"visitor", net::to_string(visitor.address)},
                                               {"sni", text::shown(visitor.sni)},
                                               {"err", why.message()}});
}

void Hosts::on_not_accepted(const error_code& why) {
  stage_.counts.turned_away(NotCarried::no_descriptor);
  stage_.log.repeatable().warn("http.not_accepted", "a visitor's connection could not be accepted",
                               {{"err", why.message()}});
}

}  // namespace towline::expose
