#include "check/credentials.hpp"

#include "ssh/auth/client/credentials.hpp"
#include "ssh/client/hops.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace towline::check {

namespace {

bool has_another_way(const ssh::Credentials& credentials, const ssh::LoadedCredentials& loaded) {
  return !loaded.identities.empty() || !loaded.password.empty() || !credentials.agent_socket.empty();
}

ExitCode credential_exit_code(const error_code& code) {
  const bool unreadable = code == ssh::errc::key_file_unreadable || code == ssh::errc::secret_file_unreadable;
  return unreadable ? ExitCode::no_input : ExitCode::config;
}

// Jump hosts mostly have the server's key, and its problem.
bool is_told(const CheckReport& report, const CheckLine& line) {
  return std::ranges::any_of(report.lines, [&line](const auto& told) {
    return told.result == line.result && told.detail == line.detail;
  });
}

}  // namespace

bool check_credentials(const net::HostPort& server, const ssh::Options& options, CheckReport& report) {
  const auto servers = ssh::servers_on_the_way(server, options);
  bool usable = true;
  for (auto i = servers.size(); i-- > 0;) {
    const auto& credentials = servers[i].credentials;
    const auto loaded = ssh::read_credentials(credentials, std::chrono::system_clock::now());
    const bool fatal = !has_another_way(credentials, loaded);
    for (const auto& problem : loaded.problems) {
      const auto jump_host = i + 1 < servers.size() ? std::optional(i) : std::nullopt;
      CheckLine line{.result = fatal ? CheckResult::failed : CheckResult::warning,
                     .detail = problem.message(),
                     .hint = supervisor::hint(problem.code, supervisor::peer_of(server, options, jump_host))};
      if (is_told(report, line)) continue;
      usable = usable && !fatal;
      if (fatal) {
        report.fail(std::move(line), credential_exit_code(problem.code));
      } else {
        report.add(std::move(line));
      }
    }
  }
  return usable;
}

}  // namespace towline::check
