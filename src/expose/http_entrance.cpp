#include "expose/http_entrance.hpp"

#include "async/task_group.hpp"
#include "async/wait.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace towline::expose {

namespace {

constexpr std::chrono::seconds validity_interval{5};

web::Limits limits_of(const Options& options) {
  web::Limits limits;
  limits.open_timeout = options.open_timeout;
  return limits;
}

// 0: there is no TLS of ours.
std::uint16_t https_port_of(const Options& options) {
  return options.https_listen && !options.tls_folder.empty() ? options.https_listen->port : std::uint16_t{0};
}

}  // namespace

HttpEntrance::HttpEntrance(asio::any_io_executor executor, const Options& options, Hosts& hosts,
                           Metrics& counts, const observe::Log& log, std::function<void()> changed)
    : executor_(std::move(executor)),
      options_(options),
      counts_(counts),
      changed_(std::move(changed)),
      limits_(limits_of(options)),
      certificates_(options.tls_folder.empty()
                        ? std::nullopt
                        : std::make_optional<tls::CertificateFiles>(options.tls_folder, log)),
      entrance_(executor_, hosts, hosts, limits_, certificates_ ? &*certificates_ : nullptr,
                https_port_of(options)) {
  tell_certificates();
}

Task<> HttpEntrance::run() {
  TaskGroup tasks(executor_);
  tasks.spawn(entrance_.sweep());
  if (certificates_) {
    tasks.spawn(certificates_->watch());
    tasks.spawn(watch_validity());
  }
  Event nothing_more(executor_);
  if (!co_await cancelled()) co_await nothing_more.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  tasks.cancel();
  while (tasks.size() > 0) co_await tasks.join();
}

// Time makes one valid, and ends it, without a change of any file.
Task<> HttpEntrance::watch_validity() {
  bool was_valid = !problem();
  while (!co_await sleep_until(std::chrono::steady_clock::now() + validity_interval)) {
    tell_certificates();
    const bool is_valid = !problem();
    if (std::exchange(was_valid, is_valid) != is_valid) changed_();
  }
}

void HttpEntrance::tell_certificates() {
  if (!certificates_) return;
  std::vector<Metrics::Expiry> loaded;
  for (auto& facts : certificates_->facts())
    loaded.push_back(
        {facts.names.empty() ? std::string() : facts.names.front(), facts.file, facts.valid_until});
  counts_.certificates(std::move(loaded));
}

std::optional<forward::Explanation> HttpEntrance::problem() const {
  if (!certificates_ || !options_.https_listen) return std::nullopt;
  const auto now = std::chrono::system_clock::now();
  const auto all = certificates_->facts();
  const bool has_valid = std::ranges::any_of(
      all, [now](const auto& facts) { return facts.valid_from <= now && now < facts.valid_until; });
  if (has_valid) return std::nullopt;
  const auto& problems = certificates_->problems();
  const std::string none = all.empty() ? "there is no certificate in " : "no certificate is valid now in ";
  return forward::Explanation{observe::SetupFailure::certificate,
                              problems.empty() ? none + options_.tls_folder : problems.front(),
                              "put tls.crt and tls.key, or fullchain.pem and privkey.pem, into "
                              "TOWLINE_TLS_DIR: it is read again at once"};
}

}  // namespace towline::expose
