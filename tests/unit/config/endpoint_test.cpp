#include "config/endpoint.hpp"

#include "config/load.hpp"
#include "settled_share.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Endpoint, is_for_everybody_on_this_machine_and_makes_a_host_key_that_is_kept) {
  const auto result = shared({});
  EXPECT_EQ(said(result), Lines());
  EXPECT_THAT(result.forwards(), ElementsAre("main -S 127.0.0.1:2222"));
  EXPECT_EQ(result.setting("SSH_TUNNEL_PORT").value, "2222");
  EXPECT_EQ(result.setting("SSH_TUNNEL_PORT").source, Source::built_in);
  EXPECT_EQ(result.setting("TOWLINE_AUTH").value, "none");
  EXPECT_EQ(methods(result), "N");
  EXPECT_THAT(result.config().endpoint.host_keys, IsEmpty());
  EXPECT_EQ(result.config().endpoint.kept_host_key, "/state/ssh_host_ed25519_key");
  const auto& spec = result.config().forwards.at(0);
  EXPECT_EQ(spec.connect, net::HostPort());
  EXPECT_FALSE(spec.probe);
}

TEST(Endpoint, listens_where_it_is_told_to) {
  const std::pair<Env::Values, std::string> table[] = {
      {{{"SSH_TUNNEL_PORT", "0"}}, "main -S 127.0.0.1:0"},
      {{{"SSH_BIND_IP", "::1"}}, "main -S [::1]:2222"},
      {{{"SSH_BIND_IP", "/run/s.sock"}}, "main -S /run/s.sock"},
      {{{"SSH_MODE", "-N -S 127.0.0.2:22"}}, "main -S 127.0.0.2:22"},
      {{{"SSH_MODE", ""}, {"SSH_FORWARDS", "-S 2222"}}, "S2222 -S localhost:2222"},
      {{{"SSH_MODE", ""}, {"SSH_FORWARDS", "all=-S /run/s.sock"}}, "all -S /run/s.sock"},
  };
  for (const auto& [values, forward] : table) {
    const auto result = shared(values);
    EXPECT_EQ(said(result), Lines()) << forward;
    EXPECT_THAT(result.forwards(), ElementsAre(forward));
  }
}

TEST(Endpoint, has_no_target_no_probe_and_no_idle_timeout) {
  const auto result =
      shared({{"SSH_FORWARDS", "-S 22; -D 1080"}, {"SSH_PROBE", "tcp"}, {"TOWLINE_IDLE_TIMEOUT", "1m"}});
  ASSERT_EQ(result.config().forwards.size(), 3u);
  for (const auto& spec : result.config().forwards) {
    EXPECT_EQ(spec.connect, net::HostPort()) << spec.name;
    EXPECT_FALSE(spec.probe) << spec.name;
    EXPECT_EQ(spec.idle_timeout, spec.mode == forward::Mode::share ? 0s : 60s) << spec.name;
  }
}

TEST(Endpoint, takes_the_host_key_of_the_environment_or_all_files) {
  const auto text = shared({{"TOWLINE_HOST_KEY", "PRIVATE"}});
  ASSERT_EQ(text.config().endpoint.host_keys.size(), 1u);
  EXPECT_EQ(text.config().endpoint.host_keys[0].text->reveal(), "PRIVATE");
  EXPECT_EQ(text.config().endpoint.kept_host_key, "");
  EXPECT_EQ(text.setting("TOWLINE_HOST_KEY").value, "********");
  const auto files = shared({{"TOWLINE_HOST_KEY_FILE", "/a, /b"}});
  ASSERT_EQ(files.config().endpoint.host_keys.size(), 2u);
  EXPECT_EQ(files.config().endpoint.host_keys[1].file, "/b");
  EXPECT_EQ(files.config().endpoint.kept_host_key, "");
  EXPECT_EQ(files.setting("TOWLINE_HOST_KEY").value, "(content of /a, /b)");
  for (const auto* result : {&text, &files}) EXPECT_EQ(said(*result), Lines());
}

TEST(Endpoint, takes_certificates_of_its_host_keys) {
  const auto text = shared({{"TOWLINE_HOST_CERTIFICATE", "ssh-ed25519-cert-v01@openssh.com AAAA"}});
  ASSERT_EQ(text.config().endpoint.host_certificates.size(), 1u);
  EXPECT_NE(text.config().endpoint.host_certificates[0].text, nullptr);
  const auto files = shared({{"TOWLINE_HOST_CERTIFICATE_FILE", "/a, /b"}});
  ASSERT_EQ(files.config().endpoint.host_certificates.size(), 2u);
  EXPECT_EQ(files.config().endpoint.host_certificates[1].file, "/b");
  EXPECT_EQ(files.setting("TOWLINE_HOST_CERTIFICATE").value, "(content of /a, /b)");
  for (const auto* result : {&text, &files}) EXPECT_EQ(said(*result), Lines());
  EXPECT_EQ(shared({{"TOWLINE_HOST_CERTIFICATE_FILE", "/a,/gone,/lost"}}).findings.problems.size(), 2u);
}

TEST(Endpoint, has_another_host_key_after_every_start_where_none_can_be_kept) {
  auto paths = usual_paths;
  const std::string warning =
      "warning: TOWLINE_HOST_KEY_FILE: no host key is given, and none can be kept in \"/state\": clients see "
      "another one after every start";
  for (const auto& folder : {a_folder(false), FileFacts()}) {
    paths["/state"] = folder;
    EXPECT_EQ(said(shared({}, paths)), Lines{warning});
    EXPECT_EQ(shared({}, paths).config().endpoint.kept_host_key, "");
    EXPECT_EQ(said(shared({{"TOWLINE_HOST_KEY_FILE", "/a"}}, paths)), Lines());
  }
  EXPECT_EQ(shared({{"SSH_MODE", "-D"}}).config().endpoint.kept_host_key, "");
}

TEST(Endpoint, offers_the_methods_that_something_is_given_for) {
  struct Row {
    Env::Values values;
    std::string methods;
    std::string shown;
  };
  const Row table[] = {
      {{{"TOWLINE_AUTHORIZED_KEYS", "ssh-ed25519 AAAA"}}, "P", "publickey"},
      {{{"TOWLINE_AUTHORIZED_KEYS_FILE", "/keys"}}, "P", "publickey"},
      {{{"TOWLINE_AUTHORIZED_KEYS_FILE", "/users"}}, "P", "publickey"},
      {{{"TOWLINE_USER_CA_KEYS", "ssh-ed25519 AAAA"}}, "P", "publickey"},
      {{{"TOWLINE_USER_CA_KEYS_FILE", "/ca"}}, "P", "publickey"},
      {{{"TOWLINE_PASSWORDS_FILE", "/passwords"}}, "W", "password"},
      {{{"TOWLINE_PASSWORDS_FILE", "/passwords"}, {"TOWLINE_USER_CA_KEYS_FILE", "/ca"}},
       "PW",
       "publickey,password"},
      {{{"TOWLINE_AUTH_URL", "http://127.0.0.1/"}}, "PW", "publickey,password"},
      {{{"TOWLINE_AUTH", "password"}, {"TOWLINE_AUTH_URL", "https://auth/"}}, "W", "password"},
      {{{"TOWLINE_AUTH", "Password"}, {"TOWLINE_PASSWORDS_FILE", "/passwords"}}, "W", "Password"},
      {{{"TOWLINE_AUTH", "none"}}, "N", "none"},
  };
  for (const auto& row : table) {
    for (const auto* address : {"127.0.0.1", "0.0.0.0"}) {
      if (row.methods == "N" && *address == '0') continue;
      auto values = row.values;
      values["SSH_BIND_IP"] = address;
      const auto result = shared(values);
      EXPECT_EQ(said(result), Lines()) << (&row - table);
      EXPECT_EQ(methods(result), row.methods) << (&row - table);
      EXPECT_EQ(result.setting("TOWLINE_AUTH").value, row.shown);
    }
  }
  const auto one_user = shared({{"TOWLINE_AUTHORIZED_KEYS_FILE", "/users"}});
  EXPECT_EQ(one_user.config().endpoint.ssh.login.authorized_keys.file, "/users");
}

TEST(Endpoint, says_which_methods_make_no_sense) {
  const std::string no_keys =
      "TOWLINE_AUTH names publickey, but no public keys are given; set TOWLINE_AUTHORIZED_KEYS_FILE, "
      "TOWLINE_USER_CA_KEYS_FILE or TOWLINE_AUTH_URL";
  const std::string no_passwords =
      "TOWLINE_AUTH names password, but no passwords are given; set TOWLINE_PASSWORDS_FILE or "
      "TOWLINE_AUTH_URL";
  const std::pair<Env::Values, Lines> table[] = {
      {{{"TOWLINE_AUTH", "publickey"}}, {no_keys}},
      {{{"TOWLINE_AUTH", "password"}}, {no_passwords}},
      {{{"TOWLINE_AUTH", "publickey, password"}}, {no_keys, no_passwords}},
      {{{"TOWLINE_AUTH", "publickey"}, {"TOWLINE_PASSWORDS_FILE", "/passwords"}},
       {no_keys, "warning: TOWLINE_PASSWORDS_FILE has no effect: TOWLINE_AUTH does not name password"}},
      {{{"TOWLINE_AUTH", "password"},
        {"TOWLINE_PASSWORDS_FILE", "/passwords"},
        {"TOWLINE_USER_CA_KEYS", "k"}},
       {"warning: TOWLINE_USER_CA_KEYS has no effect: TOWLINE_AUTH does not name publickey"}},
      {{{"TOWLINE_AUTH", "none,publickey"}, {"TOWLINE_USER_CA_KEYS", "k"}},
       {"warning: TOWLINE_AUTH names none: everybody is let in, whatever else it names"}},
      {{{"TOWLINE_AUTH", "keys"}},
       {"TOWLINE_AUTH: \"keys\" is not a list of known words; write publickey, password, or none, several "
        "with commas between"}},
  };
  for (const auto& [values, lines] : table) EXPECT_EQ(said(shared(values)), lines);
}

TEST(Endpoint, that_others_can_reach_lets_nobody_in_unasked) {
  const std::string remedies =
      "set TOWLINE_AUTHORIZED_KEYS_FILE, TOWLINE_USER_CA_KEYS_FILE, TOWLINE_PASSWORDS_FILE or "
      "TOWLINE_AUTH_URL, or listen on 127.0.0.1 or a unix socket";
  const std::string keys = "/keys";
  const std::pair<Env::Values, Lines> table[] = {
      {{{"SSH_BIND_IP", "0.0.0.0"}},
       {"SSH_BIND_IP: main listens on 0.0.0.0:2222, and everybody could log in; " + remedies}},
      {{{"SSH_BIND_IP", "*"}},
       {"SSH_BIND_IP: main listens on every address, and everybody could log in; " + remedies}},
      {{{"SSH_MODE", "-S 10.0.0.1:22"}},
       {"SSH_MODE: main listens on 10.0.0.1:22, and everybody could log in; " + remedies}},
      {{{"SSH_MODE", ""}, {"SSH_FORWARDS", "-S 2222; out=-S [::]:22"}},
       {"SSH_FORWARDS: out listens on [::]:22, and everybody could log in; " + remedies}},
      {{{"SSH_BIND_IP", "0.0.0.0"}, {"TOWLINE_AUTH", "none"}},
       {"TOWLINE_AUTH names none, but main listens on 0.0.0.0:2222: everybody could log in; " + remedies}},
      {{{"SSH_BIND_IP", "0.0.0.0"}, {"TOWLINE_AUTH", "none,publickey"}, {"TOWLINE_USER_CA_KEYS_FILE", "/ca"}},
       {"TOWLINE_AUTH names none, but main listens on 0.0.0.0:2222: everybody could log in; " + remedies,
        "warning: TOWLINE_AUTH names none: everybody is let in, whatever else it names"}},
      {{{"SSH_BIND_IP", "0.0.0.0"}, {"TOWLINE_AUTHORIZED_KEYS_FILE", keys}}, {}},
      {{{"SSH_BIND_IP", "0.0.0.0"}, {"SSH_MODE", "-D"}, {"SSH_FORWARDS", "-S 22"}}, {}},
      {{{"SSH_BIND_IP", "/run/s.sock"}, {"TOWLINE_AUTH", "none"}}, {}},
      {{{"SSH_BIND_IP", "::1"}, {"TOWLINE_AUTH", "none"}}, {}},
  };
  for (const auto& [values, lines] : table) EXPECT_EQ(said(shared(values)), lines);
}

TEST(Endpoint, complains_once_of_a_variable_that_was_refused) {
  const std::pair<Env::Values, std::string> table[] = {
      {{{"TOWLINE_AUTHORIZED_KEYS_FILE", "/gone"}},
       "TOWLINE_AUTHORIZED_KEYS_FILE: \"/gone\" does not exist; mount the file there or name another path"},
      {{{"TOWLINE_AUTHORIZED_KEYS", "/keys"}},
       "TOWLINE_AUTHORIZED_KEYS: the value is a path, not the content; add _FILE to the variable's name"},
      {{{"TOWLINE_AUTH", "x"}, {"TOWLINE_PASSWORDS_FILE", "/passwords"}},
       "TOWLINE_AUTH: \"x\" is not a list of known words; write publickey, password, or none, several with "
       "commas between"},
  };
  for (auto [values, line] : table) {
    values["SSH_BIND_IP"] = "0.0.0.0";
    EXPECT_EQ(said(shared(values)), Lines{line});
  }
}

TEST(Endpoint, needs_every_file_that_is_named) {
  for (const std::string name :
       {"TOWLINE_HOST_KEY_FILE", "TOWLINE_HOST_CERTIFICATE_FILE", "TOWLINE_AUTHORIZED_KEYS_FILE",
        "TOWLINE_USER_CA_KEYS_FILE", "TOWLINE_PASSWORDS_FILE", "TOWLINE_AUTH_TOKEN_FILE",
        "TOWLINE_AUTH_CA_FILE", "TOWLINE_BANNER_FILE"}) {
    const auto result = shared({{name, "/gone"}});
    ASSERT_EQ(result.findings.problems.size(), 1u) << name;
    EXPECT_EQ(result.findings.problems[0].variable, name);
    EXPECT_EQ(result.findings.kind(), ProblemKind::missing_file) << name;
  }
  EXPECT_EQ(shared({{"TOWLINE_HOST_KEY_FILE", "/a,/gone,/lost"}}).findings.problems.size(), 2u);
  EXPECT_EQ(shared({{"TOWLINE_PASSWORDS_FILE", "/users"}}).findings.problems.size(), 1u) << "a folder";
  EXPECT_THAT(
      shared({{"TOWLINE_PASSWORDS_FILE", "correct horse battery"}}).problems(),
      ElementsAre("TOWLINE_PASSWORDS_FILE: there is no such file (the value is not shown: it may be a "
                  "secret); write the path of a file"));
}

TEST(Endpoint, has_no_say_without_a_forward_of_its_own) {
  Env::Values values{{"SSH_MODE", "-L"}};
  Lines lines;
  for (const Field& field : fields()) {
    if (field.section != Section::endpoint || field.name == "TOWLINE_SSH_LISTEN" ||
        field.name == "TOWLINE_HOST_CERTIFICATE" || field.name == "TOWLINE_HOST_KEY" ||
        field.name == "TOWLINE_AUTHORIZED_KEYS" || field.name == "TOWLINE_USER_CA_KEYS" ||
        field.name == "TOWLINE_BANNER" || field.name == "TOWLINE_AUTH_TOKEN")
      continue;
    const std::string name(field.name);
    values[name] = field.default_text.empty() ? "/keys" : std::string(field.default_text);
    if (name == "TOWLINE_AUTH") values[name] = "none";
    if (name == "TOWLINE_AUTH_URL") values[name] = "http://auth.example.org/";
    lines.push_back("warning: " + name + " has no effect without a forward of -S");
  }
  EXPECT_EQ(said(shared(values)), lines);
  EXPECT_EQ(lines.size(), 17u);
  EXPECT_EQ(said(shared({{"SSH_MODE", "-R"}, {"TOWLINE_HOST_KEY", "PRIVATE"}})),
            Lines{"warning: TOWLINE_HOST_KEY has no effect without a forward of -S"});
  EXPECT_EQ(methods(shared({{"SSH_MODE", "-L"}})), "");
  EXPECT_THAT(shared({{"SSH_MODE", "-X"}, {"TOWLINE_AUTH", "none"}}).warnings(), IsEmpty());
}

TEST(Endpoint, has_sessions_of_its_own_and_starts_no_threads) {
  struct Row {
    std::string forwards;
    std::string connections;
    int pool;
    std::size_t upstreams;
    std::size_t warnings;
  };
  const Row table[] = {
      {"-S 22", "", 1, 4, 0},
      {"-S 22", "7", 1, 7, 0},
      {"-S 22", "1", 1, 1, 0},
      {"-S 22; -R 1:a:1", "7", 1, 7, 0},
      {"-S 22; -L 1:a:1", "7", 7, 7, 0},
      {"-S 22; -D 1", "", 1, 4, 0},
      {"-R 1:a:1", "7", 7, 7, 1},
      {"-L 1:a:1", "7", 7, 7, 0},
  };
  for (const auto& row : table) {
    const auto result =
        shared({{"SSH_MODE", ""}, {"SSH_FORWARDS", row.forwards}, {"SSH_CONNECTIONS", row.connections}});
    EXPECT_EQ(result.config().pool.connections, row.pool) << row.forwards << ' ' << row.connections;
    EXPECT_EQ(result.config().share.upstreams_max, row.upstreams) << row.forwards << ' ' << row.connections;
    EXPECT_EQ(said(result).size(), row.warnings) << row.forwards << ' ' << row.connections;
  }
}

TEST(Endpoint, notices_clients_that_are_gone_as_it_does_the_server) {
  const auto result = shared({{"SSH_SERVER_ALIVE_INTERVAL", "7"}, {"SSH_SERVER_ALIVE_COUNT_MAX", "2"}});
  EXPECT_EQ(result.config().endpoint.ssh.keepalive.interval, 7s);
  EXPECT_EQ(result.config().endpoint.ssh.keepalive.count_max, 2);
  const auto by_option = shared({}).config().endpoint.ssh.keepalive;
  EXPECT_EQ(by_option.interval, ssh::KeepaliveOptions{}.interval);
}

TEST(Endpoint, knows_what_servers_in_containers_call_its_keys) {
  const std::string meant =
      "warning: AUTHORIZED_KEYS is not a variable of towline and has no effect; did you mean "
      "TOWLINE_AUTHORIZED_KEYS?";
  EXPECT_EQ(said(shared({{"AUTHORIZED_KEYS", "ssh-ed25519 AAAA"}})), Lines{meant});
  EXPECT_EQ(said(shared({{"AUTHORIZED_KEYS", "k"}, {"TOWLINE_AUTHORIZED_KEYS", "k"}})), Lines());
  EXPECT_EQ(said(shared({{"AUTHORIZED_KEYS", "k"}, {"SSH_MODE", "-D"}})), Lines());
}

TEST(Endpoint, every_variable_reaches_its_member) {
  const auto result = shared({{"SSH_BIND_IP", "*"},
                              {"TOWLINE_AUTHORIZED_KEYS", "ssh-ed25519 AAAA"},
                              {"TOWLINE_USER_CA_KEYS_FILE", "/ca"},
                              {"TOWLINE_PASSWORDS_FILE", "/passwords"},
                              {"TOWLINE_LOGIN_TIMEOUT", "1m"},
                              {"TOWLINE_MAX_AUTH_TRIES", "3"},
                              {"TOWLINE_MAX_CLIENTS", "5"},
                              {"TOWLINE_MAX_CLIENTS_PER_SOURCE", "4"},
                              {"TOWLINE_MAX_CLIENTS_CHANNELS", "9"},
                              {"TOWLINE_BANNER", "*** for *us* only # please\nmail: me@example.org"},
                              {"TOWLINE_SHARE_WAIT", "0"},
                              {"TOWLINE_SHARE_ALLOW", "local, Session"}});
  EXPECT_EQ(said(result), Lines());
  const auto& endpoint = result.config().endpoint.ssh;
  EXPECT_EQ(endpoint.login.authorized_keys.text->reveal(), "ssh-ed25519 AAAA");
  EXPECT_EQ(endpoint.login.authorities.file, "/ca");
  EXPECT_EQ(endpoint.login.passwords.file, "/passwords");
  EXPECT_EQ(endpoint.login.login_timeout, 60s);
  EXPECT_EQ(endpoint.login.tries_max, 3);
  EXPECT_EQ(endpoint.login.banner.text->reveal(), "*** for *us* only # please\nmail: me@example.org");
  EXPECT_EQ(endpoint.limits.clients_max, 5u);
  EXPECT_EQ(endpoint.limits.per_source_max, 4u);
  EXPECT_EQ(endpoint.limits.channels_max, 9u);
  EXPECT_EQ(result.config().share.wait, 0ms);
  EXPECT_EQ(result.config().share.allowed, (share::Allowed{.session = true, .local = true, .remote = false}));
  EXPECT_EQ(result.setting("TOWLINE_BANNER").value, "2 lines");
  EXPECT_EQ(result.setting("TOWLINE_AUTHORIZED_KEYS").value, "1 line");
}

TEST(Endpoint, has_the_defaults_of_its_modules) {
  const auto config = shared({}).config();
  const endpoint::Options endpoint;
  EXPECT_EQ(config.endpoint.ssh.login.login_timeout, endpoint.ssh.login.login_timeout);
  EXPECT_EQ(config.endpoint.ssh.login.tries_max, endpoint.ssh.login.tries_max);
  EXPECT_EQ(config.endpoint.ssh.limits.clients_max, endpoint.ssh.limits.clients_max);
  EXPECT_EQ(config.endpoint.ssh.limits.per_source_max, endpoint.ssh.limits.per_source_max);
  EXPECT_EQ(config.endpoint.ssh.limits.channels_max, endpoint.ssh.limits.channels_max);
  EXPECT_EQ(config.share.wait, share::Options{}.wait);
  EXPECT_EQ(config.share.allowed, share::Options{}.allowed);
  EXPECT_EQ(config.share.upstreams_max, share::Options{}.upstreams_max);
}

TEST(Endpoint, refuses_what_is_no_number_duration_or_word) {
  const std::pair<const char*, const char*> table[] = {
      {"TOWLINE_LOGIN_TIMEOUT", "0"},    {"TOWLINE_MAX_AUTH_TRIES", "0"},
      {"TOWLINE_MAX_CLIENTS", "0"},      {"TOWLINE_MAX_CLIENTS_PER_SOURCE", "many"},
      {"TOWLINE_SHARE_WAIT", "forever"}, {"TOWLINE_MAX_CLIENTS_CHANNELS", "0"},
      {"TOWLINE_SHARE_ALLOW", "x11"},    {"TOWLINE_SHARE_ALLOW", "session,,local"}};
  for (const auto& [name, value] : table) {
    const auto result = shared({{name, value}});
    ASSERT_EQ(result.findings.problems.size(), 1u) << name;
    EXPECT_EQ(result.findings.problems[0].variable, name);
  }
}

}  // namespace
}  // namespace towline::config
