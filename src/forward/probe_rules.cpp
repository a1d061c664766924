#include "forward/probe_rules.hpp"

#include "ssh/client/forwarding_rules.hpp"
#include "ssh/wire/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace towline::forward {

using observe::ProbeFailure;

namespace {

constexpr int failures_max = 3;
constexpr std::chrono::seconds pause_after_failure{5};
constexpr std::chrono::seconds timeout_max{10};

// The port on the server is bound to every address, or to loopback ones.
net::HostPort reachable(const net::HostPort& listen, std::uint16_t bound_port) {
  constexpr std::array<std::string_view, 2> any{"", "*"};
  if (std::ranges::find(any, listen.host) != any.end()) return {"localhost", bound_port};
  if (listen.host == "0.0.0.0") return {"127.0.0.1", bound_port};
  if (listen.host == "::") return {"::1", bound_port};
  return {listen.host, bound_port};
}

ProbeOutcome failed(ProbeFailure reason, std::string detail) { return {reason, std::move(detail)}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 9112, 4: "HTTP/1.1 200 …". A TLS alert or handshake record (RFC 8446, 5.1) is told apart, because the
// cure is another port.
std::optional<ProbeOutcome> judge_http(std::string_view received, bool ended) {
  constexpr std::string_view form = "HTTP/d.d ddd";
  const auto looked_at = received.substr(0, form.size());
  for (std::size_t i = 0; i < looked_at.size(); ++i) {
    const bool fits = form[i] == 'd' ? is_digit(looked_at[i]) : looked_at[i] == form[i];
    if (fits) continue;
    const bool tls = looked_at[0] == '\x15' || looked_at[0] == '\x16';
    if (tls) return failed(ProbeFailure::tls, "the target speaks TLS");
    return failed(ProbeFailure::mismatch, "the answer is not HTTP");
  }
  if (looked_at.size() < form.size()) {
    if (!ended) return std::nullopt;
    return failed(ProbeFailure::mismatch, "the target ended the connection without an answer");
  }
  const auto status = looked_at.substr(9);
  // Success and redirection, as the kubelet's httpGet.
  if (status.front() == '2' || status.front() == '3') return ProbeOutcome{};
  return failed(ProbeFailure::http_status, "the target answered with status " + std::string(status));
}

std::string refused_hint(const ForwardSpec& spec) {
  const auto target = connect_text(spec);
  if (spec.mode == Mode::local) {
    return "check that the target runs at " + target +
           ", seen from the server, and that the server allows it: " + ssh::rules_on_opening;
  }
  return "check that the target runs at " + target +
         ", seen from here, and that the server listens on the address asked for (GatewayPorts)";
}

}  // namespace

bool is_probed(const ForwardSpec& spec) { return spec.probe && spec.mode != Mode::dynamic; }

ssh::connection::OpenRequest probe_channel(const ForwardSpec& spec, std::uint16_t bound_port) {
  const bool remote = spec.mode == Mode::remote;
  const auto& path = remote ? spec.listen_path : spec.connect_path;
  if (!path.empty()) return ssh::connection::DirectStreamlocal{path};
  const net::HostPort originator{"127.0.0.1", 0};
  return ssh::connection::DirectTcpip{remote ? reachable(spec.listen, bound_port) : spec.connect, originator};
}

std::chrono::seconds probe_timeout(const ProbeSpec& probe) { return std::min(probe.interval, timeout_max); }

std::string probe_request(const ForwardSpec& spec) {
  if (!spec.probe || spec.probe->kind != ProbeSpec::Kind::http) return {};
  const auto host = spec.connect_path.empty() ? net::to_string(spec.connect) : std::string("localhost");
  return "GET " + spec.probe->path + " HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: towline\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

std::optional<ProbeOutcome> judge_answer(const ProbeSpec& probe, std::string_view received, bool ended) {
  if (probe.kind == ProbeSpec::Kind::http) return judge_http(received, ended);
  if (!received.empty()) return ProbeOutcome{};
  if (!ended) return std::nullopt;
  return failed(ProbeFailure::mismatch, "the target ended the connection without a word");
}

ProbeOutcome confirm(const ForwardSpec& spec, CameBack back, bool heard, ProbeOutcome outcome) {
  if (spec.mode != Mode::remote || back.joined) return outcome;
  if (back.turned_away && outcome.failure == ProbeFailure::connect)
    return failed(*back.turned_away, "the connection came back, and towline could not take it");
  const bool silent = outcome.failure == ProbeFailure::timeout && !back.arrived;
  if (!heard && !silent) return outcome;
  return failed(ProbeFailure::stranger,
                "something on the server answered, and the connection did not come back through the tunnel");
}

std::optional<ProbeOutcome> judge_refusal(const ForwardSpec& spec, const Failure& failure) {
  const bool forbidden = failure.code == ssh::errc::open_administratively_prohibited ||
                         failure.code == ssh::errc::open_unknown_channel_type;
  if (forbidden) {
    const auto reason = spec.mode == Mode::remote ? ProbeFailure::prohibited : ProbeFailure::connect;
    return failed(reason, failure.message());
  }
  if (failure.code == ssh::errc::open_timeout) return failed(ProbeFailure::timeout, failure.message());
  if (failure.code == ssh::errc::open_connect_failed || failure.code == ssh::errc::open_resource_shortage)
    return failed(ProbeFailure::connect, failure.message());
  return std::nullopt;
}

std::string probe_hint(const ForwardSpec& spec, ProbeFailure failure) {
  const auto target = connect_text(spec);
  switch (failure) {
    case ProbeFailure::connect: return refused_hint(spec);
    case ProbeFailure::timeout: return "the tunnel is up and the target at " + target + " is slow or hangs";
    case ProbeFailure::mismatch:
      return "check what listens at " + target + ", and that SSH_PROBE fits what it speaks";
    case ProbeFailure::tls:
      return "http: probes speak no TLS: probe another port of the target, or use the tcp probe";
    case ProbeFailure::http_status: return "look at the target's own log, and at the path of the probe";
    case ProbeFailure::prohibited:
      return "the forward itself is fine; a probe of -R needs the server to let it connect to the forwarded "
             "port (AllowTcpForwarding yes instead of remote): see " +
             ssh::rules_on_opening + "; or turn the probe off";
    case ProbeFailure::stranger:
      return "see what else listens on the port on the server (ss -ltnp): free the port, take another, or "
             "set SSH_BIND_IP to an address where nothing else does";
    case ProbeFailure::limit:
    case ProbeFailure::resource_shortage:
      return "users are turned away as well: see the line conn.error of this forward";
  }
  return {};
}

ProbeTally::Change ProbeTally::add(const ProbeOutcome& outcome) {
  if (outcome.failure == ProbeFailure::prohibited) return Change::none;
  if (outcome.failure) return ++failures_ == failures_max ? Change::degraded : Change::none;
  return std::exchange(failures_, 0) >= failures_max ? Change::recovered : Change::none;
}

std::chrono::seconds ProbeTally::pause(const ProbeSpec& probe) const {
  return failures_ == 0 ? probe.interval : std::min(probe.interval, pause_after_failure);
}

}  // namespace towline::forward
