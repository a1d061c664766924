#include "app/descriptor_shares.hpp"

#include "app/findings_log.hpp"
#include "supervisor/supervisor.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <sys/resource.h>

namespace towline::app {

namespace {

constexpr std::size_t loop = 3;         // epoll, and what wakes it: a timer and an eventfd
constexpr std::size_t main_thread = 7;  // its loop; the two of signals, run's witness, systemd's socket
constexpr std::size_t network_watch = 1;
constexpr std::size_t listener = 2;  // one for each family
constexpr std::size_t session = 2;   // the TCP connection, and that of a successor
constexpr std::size_t passing = 6;   // files, /proc, a name to listen at, a client that is refused

// Of so many descriptors one is for HTTP clients, as far as they need it, and one for the look-ups of -R; a
// few in any case.
constexpr std::size_t share = 16;
constexpr std::size_t share_min = 4;
constexpr std::size_t http_clients_max = 64;

constexpr const char* raise_it = "ulimit -Hn, LimitNOFILE of systemd, --ulimit nofile of docker";

bool is_local(const forward::ForwardSpec& spec) { return spec.mode != forward::Mode::remote; }

// A port for HTTP: its listener, its clients, and the one that makes an older one go.
std::size_t http_port(std::size_t clients) { return listener + clients + 1; }

std::size_t kept_back(std::size_t open, const DescriptorShares& shares, const config::Config& config) {
  const bool has_health = config.admin.listen.has_value();
  const bool has_control = config.control.listen || !config.control.path.empty();
  const auto entries = static_cast<std::size_t>(std::ranges::count_if(config.forwards, is_local));
  std::size_t sum = open + main_thread + network_watch + passing + entries * listener;
  sum += session_count(config) * (loop + session + supervisor::connect_descriptors);
  if (has_health || has_control) sum += loop;
  if (has_health) sum += http_port(shares.http_clients);
  if (has_control) sum += http_port(shares.http_clients);
  return sum + shares.target_look_ups;
}

std::size_t raised_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  constexpr rlim_t last_number = std::numeric_limits<int>::max();
  return static_cast<std::size_t>(std::min(limit.rlim_cur, last_number));
}

std::size_t most_connections(const config::Config& config) {
  std::size_t most = 0;
  for (const auto& spec : config.forwards) most = std::max(most, spec.max_connections);
  return most;
}

}  // namespace

std::size_t session_count(const config::Config& config) {
  if (std::ranges::none_of(config.forwards, is_local)) return 1;
  return static_cast<std::size_t>(std::max(1, config.pool.connections));
}

DescriptorShares share_descriptors(std::size_t limit, std::size_t open, const config::Config& config) {
  DescriptorShares shares{.limit = limit};
  shares.http_clients = std::clamp(limit / share, share_min, http_clients_max);
  if (!std::ranges::all_of(config.forwards, is_local))
    shares.target_look_ups = std::max(limit / share, share_min);
  shares.kept_back = kept_back(open, shares, config);
  shares.connections = limit - std::min(limit, shares.kept_back);
  return shares;
}

std::optional<DescriptorShares> share_descriptors_of_process(const config::Config& config, std::size_t open) {
  const auto shares = share_descriptors(raised_limit(), open, config);
  if (shares.connections > 0) return shares;
  const config::Problem too_low{config::ProblemKind::configuration, "ulimit -n",
                                "allows " + std::to_string(shares.limit) + " open files, and towline needs " +
                                    std::to_string(shares.kept_back + 1) + " for its first connection",
                                "raise the hard limit: " + std::string(raise_it)};
  report_findings({{too_low}, {}}, config.log);
  return std::nullopt;
}

void log_shares(const observe::Log& log, const config::Config& config, const DescriptorShares& shares) {
  constexpr auto event = "limits.descriptors";
  const auto most = most_connections(config);
  if (most <= shares.connections) {
    log.info(event, "descriptors are shared out",
             {{"descriptors", shares.limit}, {"connections", shares.connections}});
    return;
  }
  // What is kept back grows with the limit.
  const auto more_clients = 2 * (http_clients_max - shares.http_clients);
  const auto enough = (shares.kept_back + more_clients + most) * share / (share - 1);
  const auto hint = "raise the limit of open files to " + std::to_string(enough) + " (" + raise_it +
                    "), or lower TOWLINE_MAX_CONNECTIONS (or max_connections) to " +
                    std::to_string(shares.connections);
  log.warn(event, "the descriptors allow fewer connections than the configuration",
           {{"descriptors", shares.limit},
            {"connections", shares.connections},
            {"max_connections", most},
            {"hint", hint}});
}

}  // namespace towline::app
