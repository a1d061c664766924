#include "config/load.hpp"
#include "settled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Texts = std::vector<std::string>;

TEST(Combinations, two_listeners_on_one_address) {
  const std::pair<std::string, bool> table[] = {
      {"-L 80:a:1; -L 81:a:1", false},
      {"-L 80:a:1; -L 80:b:1", true},
      {"-L 80:a:1; -D 80", true},
      {"-L 127.0.0.1:80:a:1; -L 127.0.0.2:80:a:1", false},
      {"-L 127.0.0.1:80:a:1; -L *:80:a:1", true},
      {"-L 0.0.0.0:80:a:1; -L 127.0.0.1:80:a:1", true},
      {"-L 0.0.0.0:80:a:1; -L [::1]:80:a:1", false},
      {"-L [::]:80:a:1; -L [::1]:80:a:1", true},
      {"-L localhost:80:a:1; -L [::1]:80:a:1", true},
      {"-L 0:a:1; -L 0:a:1", false},
      {"-L /a:a:1; -L /a:b:1", true},
      {"-L /a:a:1; -L /b:a:1", false},
      {"-R 80:a:1; -L 80:a:1", false},
      {"-R 80:a:1; -R 80:b:1", true},
      {"-R 0:a:1; -R 0:b:1", false},
      {"-R 127.0.0.1:80:a:1; -R localhost:80:b:1", false},
      {"-R /a:a:1; -R /a:b:1", true},
      {"-L 9022:a:1", true},
      {"-L 10.0.0.1:9022:a:1", false},
      {"-R 9022:a:1", false},
      {"-S 22; -D 22", true},
      {"-S 127.0.0.1:22; -S 22", true},
      {"-S /a; -L /a:a:1", true},
      {"-S 9022", true},
      {"-S 0; -S 0; -R 0:a:1", false},
  };
  for (const auto& [forwards, wrong] : table) {
    EXPECT_EQ(settled({{"SSH_FORWARDS", forwards}}).problems().size(), wrong ? 1u : 0u) << forwards;
  }
}

struct Row {
  Env::Values values;
  Texts said = {};
  Paths paths = {{"/id_rsa", a_file()}};
};

// Beside a key and known host keys, so that only what a row is about is left to say.
void expect(const std::vector<Row>& rows) {
  for (auto row : rows) {
    row.values.try_emplace("SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA");
    const auto result = settled(row.values, row.paths);
    auto said = result.problems();
    for (const auto& warning : result.warnings()) said.push_back("warning: " + warning);
    EXPECT_EQ(said, row.said) << "row " << (&row - rows.data());
  }
}

TEST(Combinations, of_a_content_and_its_file_are_one_too_many) {
  for (const std::string name :
       {"SSH_KEY", "SSH_KEY_PASSPHRASE", "SSH_CERTIFICATE", "SSH_PASSWORD", "SSH_KNOWN_HOSTS",
        "TOWLINE_HOST_KEY", "TOWLINE_AUTHORIZED_KEYS", "TOWLINE_USER_CA_KEYS", "TOWLINE_BANNER"}) {
    const auto file = name + "_FILE";
    const Paths paths{{"/id_rsa", a_file()}, {"/content", a_file()}};
    EXPECT_THAT(settled({{name, "x y"}}, paths).problems(), IsEmpty()) << name;
    EXPECT_THAT(settled({{file, "/content"}}, paths).problems(), IsEmpty()) << name;
    EXPECT_THAT(settled({{file, "/content"}, {name, "x y"}}, paths).problems(),
                ElementsAre(name + " is set, and so is " + file + "; keep one of them"));
  }
}

TEST(Combinations, of_keys_and_servers) {
  const Texts no_key{
      "warning: SSH_KEY_FILE: no key or password is configured (nothing at /id_rsa): only a server that asks "
      "for "
      "neither lets us in"};
  const std::string no_keys_for_jump =
      "warning: SSH_JUMP_KEY_FILE: there is no key for a:22, and passwords are not shown to jump hosts";
  const Texts not_for_three{
      "SSH_JUMP_KEY_FILE holds 2 paths for 3 jump hosts; write one path for all of them, or one for each in "
      "their "
      "order"};
  const Paths agent{{"/agent", a_file()}};
  const Paths keys{{"/id_rsa", a_file()}, {"/j", a_file()}};
  expect({
      {{{"SSH_REMOTE_HOST", "a:23"}, {"SSH_REMOTE_PORT", "22"}},
       {"SSH_REMOTE_PORT is 22, but SSH_REMOTE_HOST names port 23; keep one of them"}},
      {{{"SSH_REMOTE_HOST", "a:23"}, {"SSH_REMOTE_PORT", "23"}}},
      {{{"SSH_REMOTE_HOST", "a:23,b:24"}, {"SSH_REMOTE_PORT", "22"}}},
      {{{"SSH_REMOTE_HOST", "a:23"}}},
      // A default key that is missing is no problem.
      {{}, no_key, {}},
      {{{"SSH_CERTIFICATE", "cert"}}, no_key, {}},
      {{{"SSH_KEY_PASSPHRASE", "x"}}, no_key, {}},
      {{{"SSH_JUMP_HOSTS", "a"}}, no_key, {}},
      {{{"SSH_KEY", "PRIVATE"}}, {}, {}},
      {{{"SSH_PASSWORD", "x"}}, {}, {}},
      {{{"SSH_AUTH_SOCK", "/agent"}}, {}, agent},
      {{{"SSH_AUTH_SOCK", "/agent"}}, {"warning: SSH_AUTH_SOCK: there is no agent at /agent"}},
      {{{"SSH_JUMP_HOSTS", "a,b,c"}, {"SSH_JUMP_KEY_FILE", "/j,/j"}}, not_for_three, keys},
      {{{"SSH_JUMP_HOSTS", "a,b"}, {"SSH_JUMP_KEY_FILE", "/j,/j"}}, {}, keys},
      {{{"SSH_JUMP_KEY_FILE", "/j"}},
       {"warning: SSH_JUMP_KEY_FILE has no effect without SSH_JUMP_HOSTS"},
       keys},
      {{{"SSH_JUMP_HOSTS", "a"}, {"SSH_PASSWORD", "x"}}, {no_keys_for_jump}, {}},
      {{{"SSH_JUMP_HOSTS", "a"}, {"SSH_PASSWORD", "x"}, {"SSH_AUTH_SOCK", "/agent"}}, {}, agent},
      {{{"SSH_KNOWN_HOSTS", ""}, {"SSH_STRICT_HOST_KEY_CHECKING", "yes"}},
       {"SSH_STRICT_HOST_KEY_CHECKING is yes, but there is no known_hosts file; mount a known_hosts file, "
        "set "
        "SSH_HOST_KEY_FINGERPRINT or write accept-new"}},
  });
}

TEST(Combinations, of_forwards) {
  const std::string same_place = "; give each an address or a port of its own";
  const std::string only_L =
      "SSH_BIND_IP is the path of a unix socket, which only -L and -S take; write an address, or in ";
  const Texts address_twice{
      "SSH_MODE holds an address, and so do SSH_BIND_IP or SSH_TUNNEL_PORT; write only -D, and the address "
      "in those "
      "two"};
  auto share_twice = address_twice;
  share_twice[0].replace(share_twice[0].find("-D"), 2, "-S");
  const Texts not_probed{"warning: SSH_PROBE_INTERVAL has no effect: no forward is probed"};
  expect({
      {{{"SSH_FORWARDS", "a=-L 80:x:1; b=-D 80"}}, {"SSH_FORWARDS: b listens where a does" + same_place}},
      {{{"TOWLINE_CONTROL_LISTEN", "127.0.0.1:9022"}},
       {"TOWLINE_CONTROL_LISTEN: the control port listens where the admin port does" + same_place}},
      {{{"TOWLINE_CONTROL_LISTEN", "/run/towline.sock"}}},
      {{{"SSH_FORWARDS", "main=-L 80:a:1; b=-L 81:a:1"}, {"SSH_MODE", "-R"}},
       {"SSH_FORWARDS: two forwards have the name \"main\"; give each forward a name of its own; that of "
        "SSH_MODE is "
        "SSH_TUNNEL_NAME"}},
      {{{"SSH_FORWARDS", "# none"}},
       {"SSH_FORWARDS holds no forward; write for example -L 8080:localhost:80, or leave it out"}},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_BIND_IP", "*"}},
       {"warning: SSH_BIND_IP has no effect: SSH_FORWARDS is set, and no SSH_MODE beside it"}},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_BIND_IP", "*"}, {"SSH_MODE", "-R"}}},
      {{{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/s"}}},
      {{{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/s"}, {"SSH_TUNNEL_PORT", "1"}},
       {"warning: SSH_TUNNEL_PORT has no effect: SSH_BIND_IP is a unix socket"}},
      {{{"SSH_BIND_IP", "/s"}, {"SSH_TARGET_HOST", "db"}}, {only_L + "SSH_FORWARDS -R /s:db:22"}},
      {{{"SSH_MODE", "-D"}, {"SSH_BIND_IP", "/s"}}, {only_L + "SSH_FORWARDS -R /s:localhost:22"}},
      {{{"SSH_MODE", "-D 0.0.0.0:1080"}}},
      {{{"SSH_MODE", "-D 0.0.0.0:1080"}, {"SSH_TUNNEL_PORT", "1"}}, address_twice},
      {{{"SSH_MODE", "-D 0.0.0.0:1080"}, {"SSH_BIND_IP", "*"}}, address_twice},
      {{{"SSH_MODE", "-D"}, {"SSH_TARGET_PORT", "1"}},
       {"warning: SSH_TARGET_PORT has no effect with -D: the client names the target"}},
      {{{"SSH_MODE", "-S"}, {"SSH_TARGET_HOST", "db"}, {"TOWLINE_HOST_KEY", "x"}},
       {"warning: SSH_TARGET_HOST has no effect with -S: the client names the target"}},
      {{{"SSH_MODE", "-S 22"}, {"SSH_TUNNEL_PORT", "1"}, {"TOWLINE_HOST_KEY", "x"}}, share_twice},
      {{{"SSH_MODE", "-S"}, {"SSH_BIND_IP", "/s"}, {"TOWLINE_HOST_KEY", "x"}}},
      {{{"SSH_PROBE_INTERVAL", "3s"}}, not_probed},
      {{{"SSH_PROBE_INTERVAL", "3s"}, {"SSH_MODE", "-D"}, {"SSH_PROBE", "tcp"}}, not_probed},
      {{{"SSH_PROBE_INTERVAL", "3s"}, {"SSH_FORWARDS", "-L 1:a:1; -L 2:a:1 probe=tcp"}}},
      {{{"SSH_FORWARDS", "-R 80:a:1"}, {"SSH_CONNECTIONS", "2"}},
       {"warning: SSH_CONNECTIONS has no effect without a local or dynamic forward: -R lives on the first "
        "session"}},
      {{{"SSH_FORWARDS", "-R 80:a:1; -D 1080"}, {"SSH_CONNECTIONS", "2"}}},
      {{{"SSH_FORWARDS", "-L 80:a:1; -L 81:a:1 required=no"}, {"TOWLINE_READY_POLICY", "2"}},
       {"warning: TOWLINE_READY_POLICY asks for more forwards than the 1 required ones there are: all of "
        "them must be "
        "up"}},
      {{{"SSH_FORWARDS", "-L 80:a:1; -L 81:a:1 required=no"}, {"TOWLINE_READY_POLICY", "1"}}},
  });
}

TEST(Combinations, of_what_is_logged_retried_and_written) {
  expect({
      {{{"TOWLINE_ACCESS_LOG", "1"}, {"TOWLINE_LOG_LEVEL", "warn"}},
       {"warning: TOWLINE_ACCESS_LOG has no effect at this TOWLINE_LOG_LEVEL: connections are logged at "
        "info"}},
      {{{"TOWLINE_ACCESS_LOG", "1"}}},
      {{{"TOWLINE_LOG_LEVEL", "warn"}}},
      {{{"SSH_SERVER_ALIVE_COUNT_MAX", "0"}},
       {"warning: SSH_SERVER_ALIVE_COUNT_MAX is 0: a server that falls silent is never declared dead"}},
      {{{"SSH_SERVER_ALIVE_COUNT_MAX", "1"}, {"SSH_SERVER_ALIVE_INTERVAL", "0"}}},
      {{{"AUTOSSH_POLL", "30"}},
       {"warning: AUTOSSH_POLL sets the longest pause between two attempts to 30s, as TOWLINE_BACKOFF_MAX "
        "does"}},
      {{{"AUTOSSH_POLL", "30"}, {"TOWLINE_BACKOFF_MAX", "5"}},
       {"warning: AUTOSSH_POLL has no effect: TOWLINE_BACKOFF_MAX is set"}},
      {{{"AUTOSSH_MAXSTART", "0"}},
       {"warning: AUTOSSH_MAXSTART is 0: towline ends without an attempt; -1 is no limit"}},
      {{{"TOWLINE_PORT_FILE", "github"}},
       {"warning: TOWLINE_PORT_FILE is github, but neither GITHUB_OUTPUT nor GITHUB_ENV is set: nothing is "
        "written"}},
      {{{"TOWLINE_PORT_FILE", "github"}, {"GITHUB_OUTPUT", "/out"}}},
      {{{"TOWLINE_PORT_FILE", "github"}, {"GITHUB_ENV", "/env"}}},
  });
}

TEST(Combinations, with_files_that_only_ssh_would_read) {
  const std::string not_read =
      "warning: SSH_KEY_FILE, SSH_KNOWN_HOSTS_FILE, SSH_OPTIONS: towline reads only what its variables name, "
      "and not ";
  const Paths mounted{{"/id_rsa", a_file()}, {"/etc/ssh/ssh_config", a_file()}};
  auto installed = mounted;
  installed["/usr/bin/ssh"] = a_file();
  expect({
      {{},
       {not_read + "/root/.ssh/config, /tmp/.ssh/id_ed25519"},
       {{"/id_rsa", a_file()}, {"/root/.ssh/config", a_file()}, {"/tmp/.ssh/id_ed25519", a_file()}}},
      {{{"SSH_KEY_FILE", "/root/.ssh/id_rsa"}}, {}, {{"/root/.ssh/id_rsa", a_file()}}},
      {{}, {not_read + "/etc/ssh/ssh_config"}, mounted},
      {{}, {}, installed},
  });
}

Texts lines_of(Env::Values values) {
  values["SSH_REMOTE_HOST"] = "h";
  values["SSH_PASSWORD"] = "p";
  const auto loaded = load(Env(std::move(values)), [](const std::string&) { return FileFacts(); });
  if (!loaded) return {to_string(loaded.error().problems.front())};
  Texts lines;
  for (const auto& warning : loaded->loopback_only) lines.push_back(to_string(warning));
  return lines;
}

TEST(LoopbackOnly, forwards_say_what_to_write_where_the_forward_is_written) {
  const std::pair<Env::Values, Texts> rows[] = {
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}},
       {"SSH_BIND_IP: only this container can reach 127.0.0.1:8080; for others set SSH_BIND_IP=0.0.0.0"}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "::1"}},
       {"SSH_BIND_IP: only this container can reach [::1]:8080; for others set SSH_BIND_IP=::"}},
      {{{"SSH_MODE", "-D"}, {"SSH_TUNNEL_PORT", "1080"}, {"SSH_BIND_IP", "localhost"}},
       {"SSH_BIND_IP: only this container can reach localhost:1080; for others set SSH_BIND_IP=0.0.0.0"}},
      {{{"SSH_MODE", "-D 1080"}},
       {"SSH_MODE: only this container can reach localhost:1080; for others set SSH_MODE=\"-D "
        "0.0.0.0:1080\""}},
      {{{"SSH_FORWARDS", "db=-L 5432:db:5432; -D 127.0.0.1:1080; -L 127.8.8.8:1:[2001:db8::1]:2"}},
       {"SSH_FORWARDS: only this container can reach localhost:5432; for others write -L "
        "0.0.0.0:5432:db:5432",
        "SSH_FORWARDS: only this container can reach 127.0.0.1:1080; for others write -D 0.0.0.0:1080",
        "SSH_FORWARDS: only this container can reach 127.8.8.8:1; for others write -L "
        "0.0.0.0:1:[2001:db8::1]:2"}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "80"}, {"SSH_FORWARDS", "-L 81:a:1"}},
       {"SSH_BIND_IP: only this container can reach 127.0.0.1:80; for others set SSH_BIND_IP=0.0.0.0",
        "SSH_FORWARDS: only this container can reach localhost:81; for others write -L 0.0.0.0:81:a:1"}},
      {{{"SSH_MODE", "-S"}},
       {"SSH_BIND_IP: only this container can reach 127.0.0.1:2222; for others set SSH_BIND_IP=0.0.0.0, and "
        "TOWLINE_AUTHORIZED_KEYS_FILE for who may log in"}},
      {{{"SSH_FORWARDS", "-S 22"}, {"TOWLINE_USER_CA_KEYS", "ssh-ed25519 AAAA"}},
       {"SSH_FORWARDS: only this container can reach localhost:22; for others write -S 0.0.0.0:22"}},
      {{{"SSH_FORWARDS", "-S /run/s.sock"}}, {}},
      {{{"SSH_MODE", "-R"}, {"SSH_TUNNEL_PORT", "8080"}}, {}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "0.0.0.0"}}, {}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "10.0.0.7"}}, {}},
      {{{"SSH_FORWARDS", "-L /run/db.sock:db:1; -L *:2:a:1; -R 80:a:1; -D [::]:1080"}}, {}},
  };
  for (const auto& [values, lines] : rows) EXPECT_EQ(lines_of(values), lines);
}

}  // namespace
}  // namespace towline::config
