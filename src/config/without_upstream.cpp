#include "config/without_upstream.hpp"

#include "config/of_mode.hpp"

#include <algorithm>
#include <string>

namespace towline::config {

using forward::Mode;

namespace {

std::string why_not(const Field& field) {
  switch (field.section) {
    case Section::server:
    case Section::authentication:
    case Section::host_key:
    case Section::session:
      return "has no effect with SSH_MODE=expose: there is no server that towline connects to";
    case Section::forward: break;
    default: return "has no effect with SSH_MODE=expose";
  }
  const bool listens = field.name == "SSH_BIND_IP" || field.name == "SSH_TUNNEL_PORT";
  return listens ? "has no effect with SSH_MODE=expose: TOWLINE_SSH_LISTEN says where it listens"
                 : "has no effect with SSH_MODE=expose: clients have targets of their own";
}

}  // namespace

bool has_upstream(const Draft& draft) { return draft.mode.mode != Mode::expose; }

void settle_without_upstream(Reading& reading) {
  if (has_upstream(reading.draft)) return;
  auto& config = reading.draft.config;
  config.pool = {};
  config.ssh.credentials = {};
  for (const Field& field : fields()) {
    if (!is_of_mode(field, Mode::expose) && !reading.is_written(field.name))
      reading.show(field.name, "", Source::built_in);
  }
}

void check_without_upstream(const Reading& reading, Findings& findings) {
  if (reading.is_written("SSH_FORWARDS"))
    findings.refuse("SSH_FORWARDS", "is set, and so is SSH_MODE=expose, which has no server to forward over",
                    "start a towline for each");
  for (const Field& field : fields()) {
    const bool known = field.name == "SSH_FORWARDS" || findings.has_problem_with(field.name);
    if (!known && reading.is_written(field.name) && !is_of_mode(field, Mode::expose))
      findings.warn(field.name, why_not(field));
  }
}

}  // namespace towline::config
