#include "config/publish.hpp"

#include "config/combinations.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace towline::config {

namespace {

using forward::ForwardSpec;
using forward::Mode;

bool is_remote(const ForwardSpec& spec) { return spec.mode == Mode::remote; }

// "u:p@name/path" is "***@name/path", wherever it stands.
std::string without_logins(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find_first_of(" \t\n;["));
    const auto at = word.rfind('@');
    out += at == std::string_view::npos ? std::string(word) : "***" + std::string(word.substr(at));
    text.remove_prefix(word.size());
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

void take_main_host(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  const bool misplaced = draft.bind_text.empty() && reading.is_written("SSH_BIND_IP");
  if (draft.mode.mode != Mode::remote || draft.bind_text.starts_with('/') || misplaced) return;
  std::erase_if(findings.problems, [](const Problem& problem) { return problem.variable == "SSH_BIND_IP"; });
  if (!reading.is_written("SSH_BIND_IP")) {
    draft.main.listen.host = "localhost";
    return reading.show("SSH_BIND_IP", "localhost");
  }
  auto host = parse_published_host(draft.bind_text);
  if (!host)
    return findings.refuse("SSH_BIND_IP", quoted_value(draft.bind_text) + ' ' + host.error().wrong,
                           host.error().right);
  draft.main.listen.host = *std::move(host);
  reading.show("SSH_BIND_IP", without_logins(draft.bind_text));
}

}  // namespace

void take_published_hosts(Reading& reading, Findings& findings) {
  auto& draft = reading.draft;
  if (!draft.config.publish.service) return;
  take_main_host(reading, findings);
  if (draft.forwards_text.empty() || findings.has_problem_with("SSH_FORWARDS")) return;
  draft.forwards = parse_forwards(draft.forwards_text, Hosts::verbatim);
  reading.show("SSH_FORWARDS", without_logins(draft.forwards_text));
}

void settle_publish(Reading& reading) {
  auto& config = reading.draft.config;
  if (!config.publish.service) return;
  // There are services that let in whoever answers no question at all.
  config.ssh.credentials.expects_no_question = true;
  const auto first = std::ranges::find_if(config.forwards, is_remote);
  for (auto& expected : config.publish.expected) {
    if (!expected.forward.empty() || first == config.forwards.end()) continue;
    expected.forward = first->name;
    reading.draft.expects_any = true;
  }
}

void check_publish(const Env& env, const Reading& reading, Findings& findings) {
  const auto& draft = reading.draft;
  const auto& config = draft.config;
  const auto& publish = config.publish;
  const auto remotes = std::ranges::count_if(config.forwards, is_remote);
  if (!publish.service) {
    for (const auto* name :
         {"SSH_PUBLISH_OPTIONS", "SSH_PUBLISH_EXPECT", "SSH_PUBLISH_URL_REGEX", "TOWLINE_URL_FILE"}) {
      if (reading.is_written(name) && !findings.has_problem_with("SSH_PUBLISH"))
        findings.warn(name, "has no effect without SSH_PUBLISH");
    }
    return;
  }
  if (remotes == 0) findings.warn("SSH_PUBLISH", "has no effect: there is no -R");
  for (const auto& spec : config.forwards) {
    if (is_remote(spec) && !spec.listen_path.empty())
      findings.refuse("SSH_PUBLISH",
                      "is set, and " + spec.name + " listens on a unix socket, which no service makes public",
                      "let it listen on a port, or leave SSH_PUBLISH out");
  }
  for (const auto& expected : publish.expected) {
    const auto of_forward = [&](const ForwardSpec& spec) {
      return is_remote(spec) && spec.name == expected.forward;
    };
    if (remotes > 0 && std::ranges::none_of(config.forwards, of_forward))
      findings.refuse("SSH_PUBLISH_EXPECT", "names " + quoted_value(expected.forward) + ", which is no -R",
                      "write the name of a -R before the =");
  }
  if (remotes > 1 && draft.expects_any)
    findings.refuse("SSH_PUBLISH_EXPECT",
                    "says for none of the " + std::to_string(remotes) + " -R which address is its",
                    "write name=address, with commas between");
  if (publish.service == publish::Service::generic && publish.url_pattern.empty() &&
      !publish.expected.empty() && !findings.has_problem_with("SSH_PUBLISH_URL_REGEX"))
    findings.refuse("SSH_PUBLISH_EXPECT",
                    "cannot be compared with anything: generic finds no address by itself",
                    "set SSH_PUBLISH_URL_REGEX");
  const bool github = config.app.url_file == "github";
  if (github && !env.get("GITHUB_OUTPUT") && !env.get("GITHUB_ENV"))
    findings.warn("TOWLINE_URL_FILE",
                  "is github, but neither GITHUB_OUTPUT nor GITHUB_ENV is set: nothing is written");
  if (!github && !config.app.url_file.empty() && config.app.url_file == config.app.port_file)
    findings.refuse("TOWLINE_URL_FILE", "is the file of TOWLINE_PORT_FILE too",
                    "give each a file of its own");
}

}  // namespace towline::config
