#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A file system in which only these paths exist.
InspectFile files(std::map<std::string, FileKind> kinds) {
  return [kinds = std::move(kinds)](const std::string& path) {
    FileFacts facts;
    const auto found = kinds.find(path);
    facts.kind = found == kinds.end() ? FileKind::absent : found->second;
    facts.readable = facts.kind != FileKind::absent;
    return facts;
  };
}

const InspectFile usual_files = files({{"/id_rsa", FileKind::regular}, {"/known_hosts", FileKind::regular}});

Loading load_with(Env::Values values) { return load(Env(std::move(values)), usual_files); }

template <class Finding>
std::vector<std::string> lines(const std::vector<Finding>& findings) {
  std::vector<std::string> out(findings.size());
  std::ranges::transform(findings, out.begin(), [](const Finding& finding) { return to_string(finding); });
  return out;
}

TEST(Load, nothing_set_gives_the_defaults_of_the_modules) {
  const auto loaded = load_with({});
  ASSERT_TRUE(loaded);
  const Config& config = loaded->config;
  const ssh::Options ssh;
  EXPECT_THAT(config.pool.servers, ElementsAre(net::HostPort{"localhost", 22}));
  EXPECT_EQ(config.ssh.user, ssh.user);
  EXPECT_EQ(config.ssh.credentials.keys.front().file, "/id_rsa");
  EXPECT_EQ(config.ssh.connect_timeout, ssh.connect_timeout);
  EXPECT_EQ(config.ssh.keepalive.interval, ssh.keepalive.interval);
  EXPECT_EQ(config.ssh.keepalive.count_max, ssh.keepalive.count_max);
  EXPECT_THAT(config.ssh.host_key.known_hosts_files, ElementsAre("/known_hosts"));
  EXPECT_EQ(config.ssh.host_key.strict, ssh::StrictHostKeyChecking::yes);
  EXPECT_EQ(config.reconnect.backoff_max, supervisor::ReconnectPolicy{}.backoff_max);
  EXPECT_EQ(config.reconnect.gate_time, supervisor::ReconnectPolicy{}.gate_time);
  EXPECT_EQ(config.admin.listen, admin::Options{}.listen);
  EXPECT_EQ(config.log.log_level, observe::Options{}.log_level);
  EXPECT_EQ(config.log.log_format, observe::Options{}.log_format);
  EXPECT_EQ(config.app.drain_timeout, app::Options{}.drain_timeout);
  ASSERT_EQ(config.forwards.size(), 1u);
  const forward::ForwardSpec spec;
  EXPECT_EQ(config.forwards[0].name, spec.name);
  EXPECT_EQ(config.forwards[0].mode, spec.mode);
  EXPECT_EQ(config.forwards[0].listen, spec.listen);
  EXPECT_EQ(config.forwards[0].connect, spec.connect);
  EXPECT_EQ(config.forwards[0].required, spec.required);
  EXPECT_EQ(config.forwards[0].max_connections, spec.max_connections);
  EXPECT_EQ(config.forwards[0].target_timeout, spec.target_timeout);
  EXPECT_THAT(loaded->warnings, IsEmpty());
}

TEST(Load, every_variable_reaches_its_member) {
  const Env env({{"SSH_REMOTE_HOST", "[2001:db8::1]"},
                 {"SSH_REMOTE_PORT", "2222"},
                 {"SSH_REMOTE_USER", "me"},
                 {"SSH_KEY_FILE", "/k"},
                 {"SSH_KNOWN_HOSTS_FILE", "/h"},
                 {"SSH_STRICT_HOST_KEY_CHECKING", "accept-new"},
                 {"SSH_MODE", "-L"},
                 {"SSH_BIND_IP", "*"},
                 {"SSH_TUNNEL_PORT", "5432"},
                 {"SSH_TARGET_HOST", "db"},
                 {"SSH_TARGET_PORT", "5433"},
                 {"SSH_TUNNEL_NAME", "postgres"},
                 {"TOWLINE_MAX_CONNECTIONS", "7"},
                 {"SSH_CONNECT_TIMEOUT", "1m30s"},
                 {"SSH_SERVER_ALIVE_INTERVAL", "1m"},
                 {"SSH_SERVER_ALIVE_COUNT_MAX", "5"},
                 {"TOWLINE_BACKOFF_MAX", "2m"},
                 {"AUTOSSH_GATETIME", "30"},
                 {"TOWLINE_ADMIN_LISTEN", "off"},
                 {"TOWLINE_LOG_LEVEL", "debug"},
                 {"TOWLINE_LOG_FORMAT", "json"},
                 {"TOWLINE_DRAIN_TIMEOUT", "0"},
                 {"TOWLINE_STRICT_ENV", "true"}});
  const auto loaded = load(env, files({{"/k", FileKind::regular}, {"/h", FileKind::regular}}));
  ASSERT_TRUE(loaded);
  const Config& config = loaded->config;
  EXPECT_THAT(config.pool.servers, ElementsAre(net::HostPort{"2001:db8::1", 2222}));
  EXPECT_EQ(config.ssh.user, "me");
  EXPECT_EQ(config.ssh.credentials.keys.front().file, "/k");
  EXPECT_THAT(config.ssh.host_key.known_hosts_files, ElementsAre("/h"));
  EXPECT_EQ(config.ssh.host_key.strict, ssh::StrictHostKeyChecking::accept_new);
  EXPECT_EQ(config.ssh.connect_timeout, 90s);
  EXPECT_EQ(config.ssh.keepalive.interval, 60s);
  EXPECT_EQ(config.ssh.keepalive.count_max, 5);
  EXPECT_EQ(config.reconnect.backoff_max, 120s);
  EXPECT_EQ(config.reconnect.gate_time, 30s);
  EXPECT_EQ(config.admin.listen, std::nullopt);
  EXPECT_EQ(config.log.log_level, observe::Level::debug);
  EXPECT_EQ(config.log.log_format, observe::LogFormat::json);
  EXPECT_EQ(config.app.drain_timeout, 0s);
  const auto& spec = config.forwards.at(0);
  EXPECT_EQ(spec.name, "postgres");
  EXPECT_EQ(spec.mode, forward::Mode::local);
  EXPECT_EQ(spec.listen, (net::HostPort{"", 5432}));
  EXPECT_EQ(spec.connect, (net::HostPort{"db", 5433}));
  EXPECT_EQ(spec.max_connections, 7u);
  EXPECT_THAT(loaded->warnings, IsEmpty());
}

TEST(Load, every_variable_about_the_way_to_the_server_reaches_its_member) {
  const Env env({{"SSH_REMOTE_HOST", "a, b:23,[::1]:24"},
                 {"SSH_REMOTE_PORT", "2222"},
                 {"SSH_REMOTE_SELECT", "round-robin"},
                 {"SSH_CONNECTIONS", "4"},
                 {"SSH_FORWARDS", "-D 1080"},
                 {"SSH_JUMP_HOSTS", "me@jump:2022,second"},
                 {"SSH_JUMP_KEY_FILE", "/j1,/j2"},
                 {"SSH_KEY", "PRIVATE"},
                 {"SSH_KEY_PASSPHRASE", " open "},
                 {"SSH_CERTIFICATE", "ssh-ed25519-cert-v01@openssh.com AAAA"},
                 {"SSH_PASSWORD", "hunter2"},
                 {"SSH_AUTH_SOCK", "/agent"},
                 {"SSH_KNOWN_HOSTS", "a ssh-ed25519 AAAA"},
                 {"SSH_HOST_KEY_FINGERPRINT", "SHA256:" + std::string(43, 'x')}});
  const auto loaded =
      load(env, files({{"/j1", FileKind::regular}, {"/j2", FileKind::regular}, {"/agent", FileKind::other}}));
  ASSERT_TRUE(loaded) << to_string(loaded.error().problems.at(0));
  const Config& config = loaded->config;
  EXPECT_THAT(config.pool.servers,
              ElementsAre(net::HostPort{"a", 2222}, net::HostPort{"b", 23}, net::HostPort{"::1", 24}));
  EXPECT_EQ(config.pool.select, supervisor::RemoteSelect::round_robin);
  EXPECT_EQ(config.pool.connections, 4);
  const auto& credentials = config.ssh.credentials;
  ASSERT_EQ(credentials.keys.size(), 1u);
  EXPECT_EQ(credentials.keys[0].text->reveal(), "PRIVATE");
  EXPECT_EQ(credentials.passphrase.text->reveal(), " open ");
  EXPECT_EQ(credentials.certificate.text->reveal(), "ssh-ed25519-cert-v01@openssh.com AAAA");
  EXPECT_EQ(credentials.password.text->reveal(), "hunter2");
  EXPECT_EQ(credentials.agent_socket, "/agent");
  ASSERT_EQ(config.ssh.jump_hosts.size(), 2u);
  EXPECT_EQ(config.ssh.jump_hosts[0].server, (net::HostPort{"jump", 2022}));
  EXPECT_EQ(config.ssh.jump_hosts[0].user, "me");
  EXPECT_EQ(config.ssh.jump_hosts[0].credentials.keys.at(0).file, "/j1");
  EXPECT_EQ(config.ssh.jump_hosts[1].server, (net::HostPort{"second", 22}));
  EXPECT_EQ(config.ssh.jump_hosts[1].user, "root");
  EXPECT_EQ(config.ssh.jump_hosts[1].credentials.keys.at(0).file, "/j2");
  EXPECT_EQ(config.ssh.host_key.known_hosts_text, "a ssh-ed25519 AAAA");
  EXPECT_TRUE(config.ssh.host_key.known_hosts_files.empty());
  EXPECT_THAT(config.ssh.host_key.fingerprints, ElementsAre("SHA256:" + std::string(43, 'x')));
  EXPECT_EQ(config.ssh.host_key.strict, ssh::StrictHostKeyChecking::yes);
  EXPECT_THAT(lines(loaded->warnings), IsEmpty());
}

TEST(Load, every_variable_about_running_reaches_its_member) {
  const Env env({{"SSH_PROBE", "banner"},
                 {"SSH_PROBE_INTERVAL", "1m"},
                 {"TOWLINE_IDLE_TIMEOUT", "5m"},
                 {"TOWLINE_TARGET_TIMEOUT", "2m"},
                 {"TOWLINE_PORT_FILE", "/ports"},
                 {"TOWLINE_EXIT_ON", "auth, host_key"},
                 {"AUTOSSH_MAXSTART", "3"},
                 {"AUTOSSH_MAXLIFETIME", "600"},
                 {"AUTOSSH_PIDFILE", "/pid"},
                 {"TOWLINE_CONTROL_LISTEN", "[::1]:9023"},
                 {"TOWLINE_READY_POLICY", "1"},
                 {"TOWLINE_LOG_FORMAT", "logfmt"},
                 {"TOWLINE_SHUTDOWN_DELAY", "5s"}});
  const auto loaded = load(env, usual_files);
  ASSERT_TRUE(loaded) << to_string(loaded.error().problems.at(0));
  const Config& config = loaded->config;
  EXPECT_EQ(config.forwards.at(0).probe->kind, forward::ProbeSpec::Kind::banner);
  EXPECT_EQ(config.forwards.at(0).probe->interval, 60s);
  EXPECT_EQ(config.forwards.at(0).idle_timeout, 300s);
  EXPECT_EQ(config.forwards.at(0).target_timeout, 120s);
  EXPECT_EQ(config.app.port_file, "/ports");
  EXPECT_TRUE(config.reconnect.exit_on_auth);
  EXPECT_TRUE(config.reconnect.exit_on_host_key);
  EXPECT_EQ(config.reconnect.max_start, 3);
  EXPECT_EQ(config.reconnect.max_lifetime, 600s);
  EXPECT_EQ(config.app.pid_file, "/pid");
  EXPECT_EQ(config.control.listen, (net::HostPort{"::1", 9023}));
  EXPECT_EQ(config.ready.rule, observe::ReadyPolicy::Rule::at_least);
  EXPECT_EQ(config.ready.count, 1u);
  EXPECT_EQ(config.log.log_format, observe::LogFormat::logfmt);
  EXPECT_EQ(config.app.shutdown_delay, 5s);
  EXPECT_THAT(lines(loaded->warnings), IsEmpty());
}

TEST(Load, a_bad_value_is_a_problem_of_its_variable) {
  const std::set<std::string_view> takes_anything{"SSH_STRICT_HOST_IP_CHECK",
                                                  "SSH_OPTIONS",
                                                  "SSH_KEY",
                                                  "SSH_KEY_PASSPHRASE",
                                                  "SSH_CERTIFICATE",
                                                  "SSH_PASSWORD",
                                                  "AUTOSSH_DEBUG",
                                                  "SSH_KNOWN_HOSTS",
                                                  "TOWLINE_HOST_KEY",
                                                  "TOWLINE_HOST_CERTIFICATE",
                                                  "TOWLINE_AUTHORIZED_KEYS",
                                                  "TOWLINE_USER_CA_KEYS",
                                                  "TOWLINE_BANNER"};
  for (const Field& field : fields()) {
    if (takes_anything.contains(field.name)) continue;
    const std::string name(field.name);
    const auto loaded = load_with({{name, "not this,\x01 surely"}});
    ASSERT_FALSE(loaded) << name;
    EXPECT_EQ(loaded.error().problems.at(0).variable, name);
    const bool hidden = field.holds == Holds::path || is_secret(field);
    EXPECT_THAT(loaded.error().problems.at(0).wrong, HasSubstr(hidden ? "the value " : "\\x01")) << name;
  }
}

TEST(Load, every_problem_is_found_at_once_in_the_order_of_the_table) {
  const auto loaded = load(Env({{"TOWLINE_LOG_FORMAT", "xml"},
                                {"SSH_REMOTE_PORT", "ssh"},
                                {"TOWLINE_X", "1"},
                                {"SSH_TUNNEL_LOCAL", "tcp://10.0.0.1:22"},
                                {"SSH_REMOTE_HOST", "a,b c"},
                                {"SSH_FORWARDS", "-L 10:a\n-L 9:a"},
                                {"SSH_MODE", "-W"}}),
                           files({}));
  ASSERT_FALSE(loaded);
  EXPECT_THAT(
      lines(loaded.error().problems),
      ElementsAre(HasSubstr("SSH_REMOTE_HOST: \"a,b c\" holds \"b c\", which is not a server; write a name"),
                  "SSH_REMOTE_PORT: \"ssh\" is not a port; write a number from 1 to 65535",
                  HasSubstr("SSH_MODE: \"-W\" is not a direction; write -R"),
                  "SSH_TUNNEL_LOCAL: \"tcp://10.0.0.1:22\" is Kubernetes' service link of a Service whose "
                  "name collides "
                  "with this variable, not a port; set enableServiceLinks: false in the pod's spec, or give "
                  "the Service "
                  "another name",
                  HasSubstr("SSH_FORWARDS: line 1: "), HasSubstr("SSH_FORWARDS: line 2: "),
                  "TOWLINE_LOG_FORMAT: \"xml\" is not one of the known words; write one of: text, json, gcp, "
                  "logfmt, github",
                  "TOWLINE_X is not a variable of towline; `towline help --all` lists them all"));
  EXPECT_EQ(loaded.error().kind(), ProblemKind::configuration);
}

TEST(Load, without_a_key_or_password_it_is_the_server_that_decides) {
  for (const char* mode : {"-R", "-L", "-D"}) {
    const auto loaded = load(Env({{"SSH_MODE", mode}}), files({}));
    ASSERT_TRUE(loaded) << mode;
    EXPECT_TRUE(loaded->config.ssh.credentials.keys.empty());
    EXPECT_THAT(to_string(loaded->warnings.at(0)),
                HasSubstr("SSH_KEY_FILE: no key or password is configured (nothing at /id_rsa)"));
  }
}

TEST(Load, a_known_hosts_file_must_exist_only_if_it_was_named) {
  const auto only_key = files({{"/id_rsa", FileKind::regular}});
  const auto unset = load(Env({}), only_key);
  ASSERT_TRUE(unset);
  EXPECT_EQ(unset->config.ssh.host_key.strict, ssh::StrictHostKeyChecking::accept_new);
  EXPECT_TRUE(unset->config.ssh.host_key.known_hosts_files.empty());
  EXPECT_EQ(unset->warnings.size(), 1u);
  EXPECT_FALSE(load(Env({{"SSH_KNOWN_HOSTS_FILE", "/known_hosts"}}), only_key));
  EXPECT_TRUE(load(Env({{"SSH_KNOWN_HOSTS_FILE", ""}}), only_key));
}

TEST(Load, dev_null_turns_host_key_checking_off) {
  const auto inspect = files({{"/id_rsa", FileKind::regular}, {"/dev/null", FileKind::null_device}});
  const auto loaded = load(Env({{"SSH_KNOWN_HOSTS_FILE", "/dev/null"}}), inspect);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.ssh.host_key.strict, ssh::StrictHostKeyChecking::no);
  EXPECT_TRUE(loaded->config.ssh.host_key.known_hosts_files.empty());
  EXPECT_THAT(lines(loaded->warnings), ElementsAre(HasSubstr("host keys are not checked")));
}

TEST(Load, a_file_is_not_looked_at_when_its_variable_is_broken) {
  const auto loaded = load(Env({{"SSH_KEY_FILE", "a\nb"}, {"SSH_KNOWN_HOSTS_FILE", "a\nb"}}), files({}));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().problems.size(), 2u);
}

TEST(Load, warnings_for_what_works_but_not_as_meant) {
  const auto loaded = load_with({{"SSH_STRICT_HOST_IP_CHECK", "false"},
                                 {"SSH_SERVER_ALIVE_COUNT_MAX", "0"},
                                 {"SSH_MODE", "-4 -C -R"},
                                 {"SSH_FOO", "x"}});
  ASSERT_TRUE(loaded);
  EXPECT_THAT(
      lines(loaded->warnings),
      ElementsAre(
          "SSH_SERVER_ALIVE_COUNT_MAX is 0: a server that falls silent is never declared dead",
          "SSH_MODE: -4 -C has no effect in towline",
          "SSH_STRICT_HOST_IP_CHECK has no effect; it does not disable host key checking",
          "SSH_FOO is not a variable of towline and has no effect; `towline help --all` lists them all"));
}

TEST(Load, warnings_come_with_problems_too) {
  const auto loaded = load_with({{"SSH_REMOTE_HOTS", "x"}, {"SSH_REMOTE_PORT", "0"}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().warnings.size(), 1u);
}

TEST(Load, blank_space_around_a_value_does_not_count) {
  const auto loaded = load_with({{"SSH_REMOTE_PORT", " 2222\r"}, {"SSH_REMOTE_USER", " \t"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.pool.servers.at(0).port, 2222);
  EXPECT_EQ(loaded->config.ssh.user, "root");
}

TEST(Load, quotation_marks_of_an_env_file_are_explained) {
  const auto loaded = load_with({{"SSH_REMOTE_PORT", "\"2222\""}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().problems.at(0).right, HasSubstr("leave them out"));
}

TEST(Load, quotation_marks_around_all_forwards_are_explained) {
  const auto loaded = load_with({{"SSH_FORWARDS", "\"-L 80:a:1\""}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().problems.at(0).right, HasSubstr("leave them out"));
}

TEST(Load, two_quotation_marks_listen_on_every_address) {
  const auto loaded = load_with({{"SSH_BIND_IP", "\"\""}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.forwards.at(0).listen.host, "");
}

TEST(Load, settings_say_where_a_value_comes_from) {
  const auto loaded = load_with({{"SSH_REMOTE_HOST", " bastion "}});
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->settings.size(), fields().size());
  EXPECT_EQ(loaded->settings[0].name, "SSH_REMOTE_HOST");
  EXPECT_EQ(loaded->settings[0].value, "bastion");
  EXPECT_EQ(loaded->settings[0].source, Source::environment);
  EXPECT_EQ(loaded->settings[1].value, "22");
  EXPECT_EQ(loaded->settings[1].source, Source::built_in);
}

std::optional<Complaint> four_digits(std::string_view text, Draft& draft) {
  if (text.size() != 4) return Complaint{"has not four digits", "write four"};
  draft.config.ssh.user = text;
  return std::nullopt;
}

constexpr Field pin_table[] = {
    {.name = "SSH_PIN",
     .default_text = "",
     .section = Section::server,
     .help = "A pin.",
     .apply = four_digits,
     .holds = Holds::secret,
     .alias = "SSH_OLD_PIN"},
};

Loading load_pin(Env::Values values) { return load(Env(std::move(values)), usual_files, pin_table); }

TEST(Load, a_secret_is_never_shown) {
  const auto good = load_pin({{"SSH_PIN", " 12 "}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->config.ssh.user, " 12 ");
  EXPECT_EQ(good->settings.at(0).value, "********");
  const auto bad = load_pin({{"SSH_PIN", "hunter2"}});
  ASSERT_FALSE(bad);
  EXPECT_THAT(lines(bad.error().problems), ElementsAre("SSH_PIN: the value has not four digits; write four"));
}

TEST(Load, an_older_name_is_read_with_a_warning) {
  const auto loaded = load_pin({{"SSH_OLD_PIN", "1234"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.ssh.user, "1234");
  EXPECT_EQ(loaded->settings.at(0).source, Source::alias);
  EXPECT_THAT(lines(loaded->warnings), Contains("SSH_OLD_PIN is the old name of SSH_PIN; use the new one"));
}

TEST(Load, an_older_name_must_not_contradict_the_new_one) {
  EXPECT_TRUE(load_pin({{"SSH_PIN", "1234"}, {"SSH_OLD_PIN", "1234"}}));
  const auto loaded = load_pin({{"SSH_PIN", "1234"}, {"SSH_OLD_PIN", "4321"}});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(lines(loaded.error().problems),
              ElementsAre("SSH_PIN differs from SSH_OLD_PIN, its old name; remove the old one"));
}

TEST(Load, admin_options_do_not_depend_on_the_rest) {
  const auto admin = load_admin_options(Env({{"TOWLINE_ADMIN_LISTEN", "[::]:81"}, {"SSH_REMOTE_PORT", "x"}}));
  ASSERT_TRUE(admin);
  EXPECT_EQ(admin->listen, (net::HostPort{"::", 81}));
  EXPECT_EQ(load_admin_options(Env({}))->listen, admin::Options{}.listen);
  EXPECT_EQ(load_admin_options(Env({{"TOWLINE_ADMIN_LISTEN", "81"}})).error().variable,
            "TOWLINE_ADMIN_LISTEN");
}

}  // namespace
}  // namespace towline::config
