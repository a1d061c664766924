#include "expose/forwards.hpp"

#include "async/deadline.hpp"
#include "endpoint/asked.hpp"
#include "observe/failure_fields.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::expose {

using ssh::connection::RequestId;
using std::chrono::steady_clock;

namespace {

// For a client that may be a ghost to say something, and to be told to go.
constexpr std::chrono::seconds ghost_patience{1};
constexpr std::chrono::seconds port_bind_timeout{5};
constexpr std::chrono::seconds proof_timeout{5};

constexpr std::size_t place_characters_max = 253;  // a name whole: RFC 1035, 2.3.4

// "http web.example.com", "tcp 9000", "alias db:5432"
std::string shown(const Place& place) {
  std::string text(label_of(place.kind));
  if (place.kind == Kind::tcp) return text + ' ' + std::to_string(place.port);
  text += ' ' + text::one_line(place.name, place_characters_max);
  return place.port == 0 ? text : text + ':' + std::to_string(place.port);
}

std::string shown(const net::HostPort& asked) { return text::one_line(name_of(asked), place_characters_max); }

Reach reach_of(const Options& options) {
  return {.domain = options.names.domain,
          .bind = options.bind,
          .http = options.http_listen.has_value(),
          .https = options.https_listen.has_value() && !options.tls_folder.empty()};
}

}  // namespace

Forwards::Forwards(Stage& stage, TcpPorts::Arrived arrived)
    : stage_(stage),
      reach_(reach_of(stage.options)),
      ports_(stage.executor, stage.options.bind, stage.resolver, std::move(arrived)),
      tasks_(stage.executor) {}

void Forwards::offer(std::shared_ptr<Client> client, net::HostPort asked, std::optional<RequestId> id) {
  if (closed_) return client->answer(id, {});
  Offer offer{.client = client->number(), .account = client->account(), .asked = std::move(asked)};
  tasks_.spawn(take(std::move(client), std::move(offer), id));
}

Task<> Forwards::take(std::shared_ptr<Client> client, Offer offer, std::optional<RequestId> id) {
  const auto asked = offer.asked;
  const auto why = co_await obtain(*client, offer);
  if (why) {
    refuse(*client, asked, *why);
    co_return client->answer(id, {});
  }
  const bool was_any = asked.port == 0;
  client->answer(
      id, was_any ? endpoint::port_answer(offer.asked.port) : ssh::connection::Answer{.success = true});
  for (const auto& each : told(offer)) client->tell(each);
  if (client->words() != offer.words) reword(*client, std::move(offer));  // they have come meanwhile
}

Task<std::optional<NotHad>> Forwards::obtain(Client& client, Offer& offer) {
  auto place = place_for(offer.asked, client.words(), offer.account, stage_.random(), stage_.options.names);
  if (const auto* why = std::get_if<NotHad>(&place)) co_return *why;
  offer.place = std::get<Place>(std::move(place));
  if (!co_await is_proven(offer)) co_return NotHad::no_proof;
  offer.words = client.words();
  co_await oust_ghosts(offer);
  const auto may_add = stage_.directory.would_add(offer);
  if (const auto* why = std::get_if<NotHad>(&may_add)) co_return *why;
  if (offer.place.kind == Kind::tcp) {
    const auto why = co_await bind(offer);
    if (why) co_return why;
  }
  auto why = add(client, offer);
  if (why) close_unused(offer.place);
  co_return why;
}

Task<std::optional<NotHad>> Forwards::bind(Offer& offer) {
  const auto range = stage_.options.names.ports.value_or(PortRange{});
  auto port = co_await ports_.open(offer.place.port, range, steady_clock::now() + port_bind_timeout);
  if (!port) {
    stage_.log.repeatable().write(
        observe::Level::warn, "expose.no_port", "could not bind a port for a client",
        observe::FailureFields(
            {{"listen", shown(offer.asked)}, {"client", offer.client}}, port.error(),
            "another program has it; TOWLINE_EXPOSE_PORTS names those that clients may ask for"));
    co_return NotHad::port_in_use;
  }
  offer.place.port = *port;
  if (offer.asked.port == 0) offer.asked.port = *port;
  co_return std::nullopt;
}

// Whoever holds a name's zone has written the client's key there.
Task<bool> Forwards::is_proven(const Offer& offer) {
  const auto name = proof_of(offer.place, stage_.options.names);
  if (name.empty()) co_return true;
  const auto& fingerprint = offer.account.fingerprint;
  if (fingerprint.empty()) co_return false;
  const auto texts = co_await stage_.resolver.texts(name, steady_clock::now() + proof_timeout);
  co_return texts&& std::ranges::find(*texts, fingerprint) != texts->end();
}

// All have the same second.
Task<> Forwards::oust_ghosts(const Offer& offer) {
  const auto deadline = steady_clock::now() + ghost_patience;
  std::vector<std::pair<std::shared_ptr<Client>, Client::Sign>> asked;
  for (const auto number : stage_.directory.possible_ghosts(offer.place, offer.account, offer.client)) {
    if (const auto client = stage_.client(number)) asked.emplace_back(client, client->ask_for_sign());
  }
  for (const auto& each : asked) {
    const auto& ghost = each.first;
    if (co_await ghost->is_there(each.second, deadline)) continue;
    stage_.log.info("expose.ghost", "a client that is silent gives way to another one of its key",
                    {{"client", ghost->number()}, {"successor", offer.client}});
    drop(*ghost);
    tasks_.spawn(send_away(ghost));
  }
}

Task<> Forwards::send_away(std::shared_ptr<Client> client) {
  co_await client->send_away(steady_clock::now() + ghost_patience, "replaced by another client of your key");
}

// Takes effect at once; nothing waits from here to the answer.
std::optional<NotHad> Forwards::add(Client& client, Offer& offer) {
  if (client.gone() || closed_) return NotHad::not_permitted;
  const auto possible = stage_.directory.would_add(offer);
  std::vector<Offer> replaced;
  if (const auto* added = std::get_if<Directory::Added>(&possible)) {
    for (const auto id : added->replaced) replaced.push_back(*stage_.directory.find(id));
  }
  const auto added = stage_.directory.add(offer);
  if (const auto* why = std::get_if<NotHad>(&added)) return *why;
  offer.id = std::get<Directory::Added>(added).id;
  for (const auto& old : replaced) over(old, ToldEvent::replaced);
  stage_.counts.exposed(offer.place.kind);
  client.slot().listens(shown(offer.place));
  stage_.log.info("expose.offered", "a client offers something",
                  {{"offer", offer.id},
                   {"client", offer.client},
                   {"asked", shown(offer.asked)},
                   {"place", shown(offer.place)}});
  return std::nullopt;
}

void Forwards::refuse(Client& client, const net::HostPort& asked, NotHad why) {
  if (client.gone()) return;
  stage_.counts.refused(why);
  client.tell({.event = ToldEvent::refused,
               .name = name_of(asked),
               .reason = std::string(label_of(why)),
               .text = std::string(sentence_of(why))});
  stage_.log.repeatable().warn("expose.refused", "a client is not given what it asks for",
                               {{"reason", label_of(why)},
                                {"client", client.number()},
                                {"asked", shown(asked)},
                                {"hint", sentence_of(why)}});
}

void Forwards::withdraw(Client& client, const net::HostPort& asked, std::optional<RequestId> id) {
  const auto* found = stage_.directory.find(client.number(), asked);
  if (!found) return client.answer(id, {});
  const auto offer = *found;
  stage_.directory.remove(offer.id);
  over(offer, ToldEvent::ended);
  client.answer(id, {.success = true});
}

void Forwards::end(OfferId id) {
  const auto offer = *stage_.directory.find(id);
  stage_.directory.remove(id);
  over(offer, ToldEvent::ended);
}

void Forwards::end_exposed(std::string_view where) {
  std::vector<OfferId> there;
  for (const auto& [id, offer] : stage_.directory.all()) {
    if (shown(offer.place) == where) there.push_back(id);
  }
  for (const auto id : there) end(id);
}

void Forwards::drop(Client& client) {
  for (const auto id : stage_.directory.of_client(client.number())) end(id);
}

// The directory knows it no more.
void Forwards::over(const Offer& offer, ToldEvent how) {
  stage_.counts.ended(offer.place.kind);
  close_unused(offer.place);
  const auto client = stage_.client(offer.client);
  if (client) {
    client->slot().listens_no_more(shown(offer.place));
    client->tell({.event = how, .kind = offer.place.kind, .name = name_of(offer.asked)});
  }
  stage_.log.info(how == ToldEvent::replaced ? "expose.replaced" : "expose.ended",
                  "what a client has offered is no longer to be had",
                  {{"offer", offer.id}, {"client", offer.client}, {"place", shown(offer.place)}});
}

void Forwards::close_unused(const Place& place) {
  if (place.kind != Kind::tcp) return;
  const auto is_there = [&](const auto& entry) { return entry.second.place == place; };
  if (std::ranges::none_of(stage_.directory.all(), is_there)) ports_.close(place.port);
}

void Forwards::reword(Client& client) {
  for (const auto id : stage_.directory.of_client(client.number())) {
    const auto* offer = stage_.directory.find(id);
    if (offer && offer->words != client.words()) reword(client, *offer);
  }
}

// A name that was given is kept: what changes is how it is served, and perhaps as what.
void Forwards::reword(Client& client, Offer old) {
  const auto placed = place_for(old.asked, client.words(), old.account, 0, stage_.options.names);
  const auto* same = std::get_if<Place>(&placed);
  if (same && same->kind == old.place.kind) return stage_.directory.reword(old.id, client.words());
  stage_.directory.remove(old.id);
  auto offer = old;
  offer.words = client.words();
  auto why = std::optional<NotHad>();
  if (const auto* place = std::get_if<Place>(&placed)) {
    const bool is_host = place->kind == Kind::http || place->kind == Kind::sni;
    if (place->kind != old.place.kind)
      offer.place = {place->kind, is_host ? old.place.name : place->name, place->port};
  } else {
    why = std::get<NotHad>(placed);
  }
  stage_.counts.ended(old.place.kind);
  client.slot().listens_no_more(shown(old.place));
  if (!why) why = add(client, offer);
  if (!why && offer.place != old.place) {
    client.tell({.event = ToldEvent::ended, .kind = old.place.kind, .name = name_of(old.asked)});
    for (const auto& each : told(offer)) client.tell(each);
  }
  if (why) refuse(client, old.asked, *why);
  close_unused(old.place);
}

std::vector<Told> Forwards::told(const Offer& offer) const {
  std::vector<Told> all;
  for (auto& address : addresses_of(offer.place, reach_)) {
    all.push_back({.event = ToldEvent::exposed,
                   .kind = offer.place.kind,
                   .name = name_of(offer.asked),
                   .address = std::move(address)});
  }
  return all;
}

std::vector<Told> Forwards::exposed(const Client& client) const {
  std::vector<Told> all;
  for (const auto id : stage_.directory.of_client(client.number())) {
    for (auto& each : told(*stage_.directory.find(id))) all.push_back(std::move(each));
  }
  return all;
}

void Forwards::close() {
  closed_ = true;
  ports_.close_all();
}

Task<> Forwards::join() {
  while (tasks_.size() > 0) co_await tasks_.join();
  co_await ports_.join();
}

}  // namespace towline::expose
