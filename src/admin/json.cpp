#include "admin/json.hpp"

#include "text/utf8.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <optional>

namespace towline::admin {

namespace {

namespace json = boost::json;
using namespace observe;

json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return json::string(text::valid_utf8(text));
}

json::string text(std::string_view value) { return json::string(text::valid_utf8(value)); }

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.push_back(text(value));
  return out;
}

json::value time_or_null(const std::optional<Instant>& time) {
  if (!time) return nullptr;
  return json::string(rfc3339(time->wall));
}

double seconds(Steady::duration time) {
  return static_cast<double>(std::chrono::round<std::chrono::milliseconds>(time).count()) / 1000.0;
}

json::object algorithms(const SessionAlgorithms& agreed) {
  return {{"kex", text(agreed.kex)},
          {"host_key_algorithm", text(agreed.host_key_algorithm)},
          {"cipher", text(agreed.cipher)},
          {"mac", text(agreed.mac)},
          {"cipher_to_client", text(agreed.cipher_to_client)},
          {"mac_to_client", text(agreed.mac_to_client)}};
}

json::value session(const std::optional<SessionInfo>& info) {
  if (!info) return nullptr;
  auto out = algorithms(info->algorithms);
  out["server_software"] = text(info->server_software);
  return out;
}

json::value client_sessions(const std::optional<ClientCounts>& clients) {
  if (!clients) return nullptr;
  json::array out;
  for (const auto& [agreed, count] : *clients) {
    auto one = algorithms(agreed);
    one["clients"] = count;
    out.push_back(std::move(one));
  }
  return out;
}

json::value probe(const std::optional<ProbeInfo>& info, const Instant& now) {
  if (!info) return nullptr;
  json::object out{{"success", !info->failure},
                   {"reason", nullptr},
                   {"detail", text_or_null(info->detail)},
                   {"at", rfc3339(info->when.wall)},
                   {"age_s", seconds(now.steady - info->when.steady)},
                   {"duration_s", seconds(info->took)}};
  if (info->failure) out["reason"] = text(to_string(*info->failure));
  return out;
}

json::object counters(const ForwardTotals& totals, std::size_t limit) {
  return {{"connections_active", totals.connections_active},
          {"connections_waiting", totals.connections_waiting},
          {"connections_limit", limit},
          {"connections_opened", totals.connections_opened},
          {"connections_failed", totals.connections_failed},
          {"connections_aborted", totals.connections_aborted},
          {"received_bytes", totals.received_bytes},
          {"sent_bytes", totals.sent_bytes},
          {"reconnects", totals.reconnects}};
}

json::object forward(const ForwardFacts& facts, const View& view) {
  const ForwardTraits& traits = *facts.traits;
  const ForwardStatus& status = *facts.status;
  const Instant& now = view.facts.now;
  const ForwardVerdict verdict = judge(facts, now.steady);

  json::object out{{"name", text(traits.name)},
                   {"mode", text(traits.mode)},
                   {"listen", text(traits.listen)},
                   {"target", text(traits.target)},
                   {"server", text(status.server.empty() ? traits.server : status.server)},
                   {"sessions", facts.sessions},
                   {"sessions_up", facts.sessions_up},
                   {"required", traits.required},
                   {"up", verdict.up},
                   {"state", text(to_string(verdict.state))},
                   {"reason", text_or_null(verdict.reason.label())},
                   {"detail", text_or_null(status.detail)},
                   {"hint", text_or_null(status.hint)},
                   {"since", rfc3339(facts.since.wall)},
                   {"state_age_s", seconds(now.steady - facts.since.steady)},
                   {"flaps", facts.flaps},
                   {"attempts", status.attempts},
                   {"consecutive_failures", status.consecutive_failures},
                   {"next_attempt", time_or_null(status.next_attempt)},
                   {"host_key_verified", status.host_key_verified},
                   {"session", session(status.session)},
                   {"probe", probe(status.probe, now)}};
  out["public_addresses"] = texts(status.public_addresses);
  out["next_attempt_s"] = nullptr;
  if (status.next_attempt) out["next_attempt_s"] = seconds(status.next_attempt->steady - now.steady);
  out["bound_port"] = nullptr;
  if (status.bound_port) out["bound_port"] = *status.bound_port;
  out["last_received_s"] = nullptr;
  if (facts.last_received) out["last_received_s"] = seconds(now.steady - *facts.last_received);

  const auto totals = view.totals.find(traits.name);
  out["counters"] =
      counters(totals == view.totals.end() ? ForwardTotals{} : totals->second, traits.max_connections);
  return out;
}

json::object client(const ClientFacts& facts, const Instant& now) {
  const ClientTraits& traits = *facts.traits;
  json::object channels;
  for (const ChannelKind kind : all<ChannelKind>())
    channels[to_string(kind)] = facts.channels.at(static_cast<std::size_t>(kind));
  return {{"id", traits.id},
          {"user", text(traits.user)},
          {"address", text(traits.address)},
          {"since", rfc3339(traits.since.wall)},
          {"age_s", seconds(now.steady - traits.since.steady)},
          {"method", text(traits.method)},
          {"fingerprint", text_or_null(traits.fingerprint)},
          {"channels", std::move(channels)},
          {"listens", texts(facts.listens)},
          {"listens_more", facts.listens_more}};
}

json::object endpoint(const EndpointFacts& facts, const Instant& now) {
  json::array host_keys;
  for (const HostKeyInfo& key : facts.host_keys) {
    host_keys.push_back(json::object{{"type", text(key.type)},
                                     {"fingerprint", text(key.fingerprint)},
                                     {"known_hosts", text(key.known_hosts)}});
  }
  json::array clients;
  for (const ClientFacts& one : facts.clients) clients.push_back(client(one, now));
  return {{"forward", text(facts.forward)},
          {"listen", texts(facts.listen)},
          {"host_keys", std::move(host_keys)},
          {"clients", std::move(clients)},
          {"clients_more", facts.clients_more}};
}

}  // namespace

std::string status_json(const View& view) {
  const Facts& facts = view.facts;
  const Verdict readiness = ready(facts);
  json::array forwards;
  for (const ForwardFacts& one : facts.forwards) forwards.push_back(forward(one, view));
  json::array endpoints;
  for (const EndpointFacts& one : view.endpoints) endpoints.push_back(endpoint(one, facts.now));

  const json::object status{{"version", text(view.build.version)},
                            {"revision", text(view.build.revision)},
                            {"libssh2", text(view.build.libssh2)},
                            {"crypto", text(view.build.crypto)},
                            {"started_at", rfc3339(facts.process_start.wall)},
                            {"uptime_s", seconds(facts.now.steady - facts.process_start.steady)},
                            {"live", live(facts).ok},
                            {"ready", readiness.ok},
                            {"reason", text_or_null(readiness.reason.label())},
                            {"started", startup(facts).ok},
                            {"draining", facts.draining},
                            {"client_sessions", client_sessions(facts.clients)},
                            {"forwards", std::move(forwards)},
                            {"endpoints", std::move(endpoints)}};
  return json::serialize(status) + "\n";
}

std::string verdict_json(std::string_view check, const Verdict& verdict) {
  json::array checks;
  for (const std::string& line : verdict.lines) checks.push_back(text(line));
  const json::object out{{"check", text(check)},
                         {"ok", verdict.ok},
                         {"reason", text_or_null(verdict.reason.label())},
                         {"subject", text_or_null(verdict.subject)},
                         {"checks", std::move(checks)}};
  return json::serialize(out) + "\n";
}

}  // namespace towline::admin
