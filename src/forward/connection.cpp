#include "forward/connection.hpp"

#include "forward/explain.hpp"
#include "net/error.hpp"
#include "observe/failure_fields.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>

#include <utility>
#include <vector>

namespace towline::forward {

using observe::ConnectionAborted;
using observe::ConnectionFailure;
using observe::Steady;

namespace {

// The local socket is the client's for -L and the target's for -R.
ConnectionAborted aborted_by(PumpEnd end, Mode mode) {
  if (end == PumpEnd::session_lost) return ConnectionAborted::session_lost;
  if (end == PumpEnd::idle) return ConnectionAborted::idle_timeout;
  if (end == PumpEnd::cancelled) return ConnectionAborted::drain_timeout;
  return mode == Mode::remote ? ConnectionAborted::target_reset : ConnectionAborted::client_reset;
}

std::string client_text(const Arrival& arrival) {
  return arrival.originator.host.empty() ? "unix" : net::to_string(arrival.originator);
}

std::string target_text(const Site& site, const Arrival& arrival) {
  return arrival.request ? net::to_string(arrival.request->target) : connect_text(site.spec);
}

bool is_orderly(PumpEnd end) { return end == PumpEnd::finished || end == PumpEnd::channel_closed; }

}  // namespace

ConnectionFailure channel_failure(const error_code& code) {
  if (code == ssh::errc::open_administratively_prohibited) return ConnectionFailure::channel_prohibited;
  if (code == ssh::errc::open_unknown_channel_type) return ConnectionFailure::channel_prohibited;
  if (code == ssh::errc::open_resource_shortage) return ConnectionFailure::channel_resource;
  if (code == ssh::errc::open_connect_failed) return ConnectionFailure::channel_connect_failed;
  if (code == ssh::errc::open_timeout) return ConnectionFailure::target_timeout;
  if (code == asio::error::connection_reset) return ConnectionFailure::client_reset;
  return ConnectionFailure::not_up;
}

ConnectionFailure target_failure(const error_code& code) {
  if (net::is_resource_shortage(code)) return ConnectionFailure::resource_shortage;
  if (code == net::errc::connect_timed_out || code == asio::error::timed_out)
    return ConnectionFailure::target_timeout;
  if (code.category() == net::net_category()) return ConnectionFailure::target_dns;
  if (code == asio::error::operation_aborted) return ConnectionFailure::not_up;
  // It was connected, and is no more when we look.
  if (code == asio::error::connection_reset || code == asio::error::broken_pipe)
    return ConnectionFailure::target_reset;
  return ConnectionFailure::target_refused;
}

void report_failed(const Site& site, const Arrival& arrival, ConnectionFailure reason,
                   const std::optional<Failure>& failure, std::string_view hint) {
  site.report.metrics().connection_failed(reason);
  site.watch.not_joined(reason);
  if (failure && failure->code == asio::error::operation_aborted) return;
  const auto target = target_text(site, arrival);
  const auto client = client_text(arrival);
  const auto advice = hint.empty() ? connection_hint(reason, site.spec.mode) : std::string(hint);
  const auto& log = site.report.log();
  // A client that gives up is nothing unusual: a balancer's health check does, too.
  const bool usual = reason == ConnectionFailure::client_reset && !site.spec.access_log;
  (site.spec.access_log ? log : log.repeatable())
      .write(usual ? observe::Level::debug : observe::Level::warn, "conn.error", "connection failed",
             observe::FailureFields({{"reason", to_string(reason)}, {"client", client}, {"target", target}},
                                    failure, advice));
}

Task<> carry(Site site, ssh::Channel channel, net::Stream socket, Arrival arrival) {
  auto& metrics = site.report.metrics();
  const auto& log = site.report.log();
  const auto level = site.spec.access_log ? observe::Level::info : observe::Level::debug;
  const auto client = client_text(arrival);
  const auto target = target_text(site, arrival);
  const auto id = site.report.next_connection();
  site.watch.joined();
  metrics.connection_opened(Steady::now() - arrival.when);
  log.write(level, "conn.open", "connection opened",
            std::vector<observe::Field>{{"conn_id", id}, {"client", client}, {"target", target}});

  const auto result = co_await pump(channel, socket, site.scratch, metrics, site.spec.idle_timeout);

  const auto lifetime = Steady::now() - arrival.when;
  if (is_orderly(result.end)) {
    metrics.connection_closed(lifetime);
  } else {
    metrics.connection_aborted(aborted_by(result.end, site.spec.mode), lifetime);
  }
  const auto how = is_orderly(result.end) ? "closed" : to_string(aborted_by(result.end, site.spec.mode));
  log.write(level, "conn.close", "connection closed",
            std::vector<observe::Field>{{"conn_id", id},
                                        {"client", client},
                                        {"target", target},
                                        {"reason", how},
                                        {"bytes_rx", result.received},
                                        {"bytes_tx", result.sent},
                                        {"duration_s", lifetime}});
}

}  // namespace towline::forward
