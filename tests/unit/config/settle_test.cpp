#include "config/settle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Paths = std::map<std::string, FileFacts>;

FileFacts a_file(bool readable = true) {
  FileFacts facts;
  facts.kind = FileKind::regular;
  facts.readable = readable;
  facts.our_uid = facts.our_gid = 1000;
  return facts;
}

FileFacts a_folder(bool writable) {
  FileFacts facts;
  facts.kind = FileKind::directory;
  facts.writable = writable;
  return facts;
}

struct Settled {
  Reading reading;
  Findings findings;

  const Config& config() const { return reading.draft.config; }
  std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const auto& problem : findings.problems) out.push_back(to_string(problem));
    return out;
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const auto& warning : findings.warnings) out.push_back(to_string(warning));
    return out;
  }
  Setting setting(std::string_view name) const {
    return *std::ranges::find(reading.settings, name, &Setting::name);
  }
  std::vector<std::string> forwards() const {
    std::vector<std::string> out;
    for (const auto& spec : config().forwards) out.push_back(spec.name + ' ' + spec_text(spec));
    return out;
  }
};

Settled settled(Env::Values values, const Paths& paths) {
  Settled result;
  result.reading = read_fields(Env(std::move(values)), fields(), result.findings);
  const InspectFile inspect = [&](const std::string& path) {
    const auto found = paths.find(path);
    return found == paths.end() ? FileFacts() : found->second;
  };
  settle(result.reading, fields(), inspect, result.findings);
  return result;
}

// With a key and known host keys, so that only what a test is about is left to say.
Settled settled(Env::Values values) {
  values.try_emplace("SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA");
  return settled(std::move(values), {{"/id_rsa", a_file()}});
}

TEST(Settle, the_content_or_its_file_but_not_both) {
  for (const auto* name :
       {"SSH_KEY", "SSH_KEY_PASSPHRASE", "SSH_CERTIFICATE", "SSH_PASSWORD", "SSH_KNOWN_HOSTS"}) {
    const std::string file_name = std::string(name) + "_FILE";
    const Paths paths{{"/id_rsa", a_file()}, {"/content", a_file()}};
    EXPECT_THAT(settled({{name, "x y"}}, paths).problems(), IsEmpty()) << name;
    EXPECT_THAT(settled({{file_name, "/content"}}, paths).problems(), IsEmpty()) << name;
    EXPECT_THAT(settled({{file_name, "/content"}, {name, "x y"}}, paths).problems(),
                ElementsAre(std::string(name) + " is set, and so is " + file_name + "; keep one of them"));
  }
}

TEST(Settle, the_file_of_a_content_is_read_anew_so_its_path_is_kept) {
  const auto result = settled({{"SSH_KEY_FILE", "/k"},
                               {"SSH_KEY_PASSPHRASE_FILE", "/p"},
                               {"SSH_CERTIFICATE_FILE", "/c"},
                               {"SSH_PASSWORD_FILE", "/w"}},
                              {{"/k", a_file()}, {"/p", a_file()}, {"/c", a_file()}, {"/w", a_file()}});
  const auto& credentials = result.config().ssh.credentials;
  EXPECT_EQ(credentials.keys.at(0).file, "/k");
  EXPECT_EQ(credentials.passphrase.file, "/p");
  EXPECT_EQ(credentials.certificate.file, "/c");
  EXPECT_EQ(credentials.password.file, "/w");
  EXPECT_EQ(result.setting("SSH_PASSWORD").value, "(content of /w)");
  EXPECT_EQ(result.setting("SSH_PASSWORD").source, Source::file);
  EXPECT_THAT(result.problems(), IsEmpty());
}

TEST(Settle, an_unreadable_file_is_a_missing_file_with_owner_mode_and_us) {
  for (const auto* name : {"SSH_KEY_FILE", "SSH_KEY_PASSPHRASE_FILE", "SSH_CERTIFICATE_FILE",
                           "SSH_PASSWORD_FILE", "SSH_KNOWN_HOSTS_FILE"}) {
    const auto result = settled({{name, "/closed"}}, {{"/id_rsa", a_file()}, {"/closed", a_file(false)}});
    ASSERT_EQ(result.findings.problems.size(), 1u) << name;
    const auto& problem = result.findings.problems[0];
    EXPECT_EQ(problem.kind, ProblemKind::missing_file) << name;
    EXPECT_EQ(problem.variable, name);
    EXPECT_THAT(problem.wrong,
                HasSubstr("\"/closed\" cannot be read (owner 0:0, mode 0000, but we are 1000:1000)"));
  }
}

TEST(Settle, a_default_key_that_is_missing_is_no_problem_and_warned_of_where_nothing_else_is_set) {
  const std::pair<Env::Values, bool> table[] = {
      {{}, true},
      {{{"SSH_KEY", "PRIVATE"}}, false},
      {{{"SSH_PASSWORD", "x"}}, false},
      {{{"SSH_AUTH_SOCK", "/agent"}}, false},
      {{{"SSH_CERTIFICATE", "cert"}}, true},
      {{{"SSH_KEY_PASSPHRASE", "x"}}, true},
      {{{"SSH_JUMP_HOSTS", "a"}}, true},
  };
  for (const auto& [values, warned] : table) {
    const auto result = settled(values, {});
    const auto about_the_key = Contains(HasSubstr("SSH_KEY_FILE: no key or password is configured"));
    EXPECT_THAT(result.problems(), IsEmpty());
    EXPECT_EQ(testing::Value(result.warnings(), about_the_key), warned) << (&values - &table[0].first);
    EXPECT_EQ(result.setting("SSH_KEY_FILE").value, "");
  }
}

TEST(Settle, a_key_that_is_named_or_cannot_be_read_is_a_problem) {
  FileFacts folder = a_folder(false);
  const std::pair<Env::Values, Paths> table[] = {
      {{{"SSH_KEY_FILE", "/id_rsa"}}, {}},
      {{{"SSH_PASSWORD", "x"}, {"SSH_KEY_FILE", "/id_rsa"}}, {}},
      {{}, {{"/id_rsa", a_file(false)}}},
      {{}, {{"/id_rsa", folder}}},
  };
  for (const auto& [values, paths] : table) {
    const auto result = settled(values, paths);
    EXPECT_THAT(result.problems(), ElementsAre(HasSubstr("SSH_KEY_FILE: \"/id_rsa\"")));
    EXPECT_EQ(result.findings.kind(), ProblemKind::missing_file);
  }
}

TEST(Settle, a_default_key_that_is_there_is_used_beside_other_ways) {
  EXPECT_EQ(settled({{"SSH_PASSWORD", "x"}}).config().ssh.credentials.keys.size(), 1u);
  const auto inline_key = settled({{"SSH_KEY", "PRIVATE"}});
  ASSERT_EQ(inline_key.config().ssh.credentials.keys.size(), 1u);
  EXPECT_EQ(inline_key.config().ssh.credentials.keys[0].file, "");
  EXPECT_FALSE(settled({{"SSH_PASSWORD", "x"}}, {{"/id_rsa", a_folder(true)}}).problems().empty());
}

TEST(Settle, a_path_in_the_place_of_a_content_is_told_so) {
  const auto result = settled({{"SSH_KEY", "/run/secrets/key"}});
  EXPECT_THAT(result.problems(),
              ElementsAre("SSH_KEY: the value is a path, not the content; add _FILE to the variable's name"));
}

TEST(Settle, an_agent_that_is_not_there_is_worth_a_warning) {
  EXPECT_THAT(settled({{"SSH_AUTH_SOCK", "/agent"}}).warnings(),
              ElementsAre("SSH_AUTH_SOCK: there is no agent at /agent"));
}

TEST(Settle, jump_hosts_get_the_main_key_or_their_own_and_never_the_password) {
  const auto result =
      settled({{"SSH_JUMP_HOSTS", "a,you@b:2222"}, {"SSH_REMOTE_USER", "me"}, {"SSH_PASSWORD", "x"}});
  ASSERT_EQ(result.config().ssh.jump_hosts.size(), 2u);
  for (const auto& hop : result.config().ssh.jump_hosts) {
    EXPECT_EQ(hop.credentials.keys.at(0).file, "/id_rsa");
    EXPECT_FALSE(hop.credentials.password);
  }
  EXPECT_EQ(result.config().ssh.jump_hosts[0].user, "me");
  EXPECT_EQ(result.config().ssh.jump_hosts[1].user, "you");
  EXPECT_TRUE(result.config().ssh.credentials.password);

  const Paths paths{{"/id_rsa", a_file()}, {"/j", a_file()}};
  const auto one_key = settled({{"SSH_JUMP_HOSTS", "a,b"}, {"SSH_JUMP_KEY_FILE", "/j"}}, paths);
  for (const auto& hop : one_key.config().ssh.jump_hosts) EXPECT_EQ(hop.credentials.keys.at(0).file, "/j");
}

TEST(Settle, jump_keys_that_do_not_fit_are_problems) {
  const Paths paths{{"/id_rsa", a_file()}, {"/j", a_file()}};
  EXPECT_THAT(settled({{"SSH_JUMP_HOSTS", "a,b,c"}, {"SSH_JUMP_KEY_FILE", "/j,/j"}}, paths).problems(),
              ElementsAre(HasSubstr("SSH_JUMP_KEY_FILE holds 2 paths for 3 jump hosts")));
  EXPECT_THAT(settled({{"SSH_JUMP_HOSTS", "a"}, {"SSH_JUMP_KEY_FILE", "/gone"}}, paths).problems(),
              ElementsAre(HasSubstr("SSH_JUMP_KEY_FILE: \"/gone\" does not exist")));
  EXPECT_THAT(settled({{"SSH_JUMP_KEY_FILE", "/j"}}, paths).warnings(),
              Contains("SSH_JUMP_KEY_FILE has no effect without SSH_JUMP_HOSTS"));
}

TEST(Settle, a_jump_host_without_a_key_may_ask_for_none) {
  const auto with_password = settled({{"SSH_JUMP_HOSTS", "a"}, {"SSH_PASSWORD", "x"}}, {});
  EXPECT_THAT(with_password.problems(), IsEmpty());
  EXPECT_EQ(with_password.config().ssh.jump_hosts.size(), 1u);
  EXPECT_THAT(with_password.warnings(), Contains(HasSubstr("SSH_JUMP_KEY_FILE: there is no key for a:22")));
  const auto with_nothing = settled({{"SSH_JUMP_HOSTS", "a"}}, {});
  EXPECT_THAT(with_nothing.problems(), IsEmpty());
  EXPECT_THAT(with_nothing.warnings(), Contains(HasSubstr("SSH_KEY_FILE: no key or password")));
}

TEST(Settle, accepted_host_keys_are_kept_only_where_that_is_possible_and_meant) {
  Paths paths{{"/id_rsa", a_file()}, {"/state", a_folder(true)}};
  EXPECT_EQ(settled({}, paths).config().ssh.host_key.accepted_file, "/state/known_hosts");
  EXPECT_THAT(settled({}, paths).warnings(), ElementsAre(HasSubstr("kept in /state/known_hosts")));
  EXPECT_EQ(settled({{"SSH_KNOWN_HOSTS", "x y z"}}, paths).config().ssh.host_key.accepted_file, "");
  paths["/state"] = a_folder(false);
  EXPECT_EQ(settled({}, paths).config().ssh.host_key.accepted_file, "");
  EXPECT_EQ(settled({}, paths).warnings().size(), 1u);
  EXPECT_THAT(settled({{"TOWLINE_STATE_DIR", "/state"}}, paths).warnings(),
              Contains(HasSubstr("TOWLINE_STATE_DIR: \"/state\" cannot be written")));
  EXPECT_THAT(settled({{"TOWLINE_STATE_DIR", "/gone"}}, paths).warnings(),
              Contains(HasSubstr("TOWLINE_STATE_DIR: \"/gone\" is not a folder")));
}

TEST(Settle, the_main_forward_stands_aside_for_forwards_unless_asked_for) {
  EXPECT_THAT(settled({}).forwards(), ElementsAre("main -R 127.0.0.1:0:localhost:22"));
  EXPECT_THAT(settled({{"SSH_FORWARDS", "-D 1080"}}).forwards(), ElementsAre("D1080 -D localhost:1080"));
  for (const auto& [name, value] : Env::Values{{"SSH_MODE", "-R"},
                                               {"SSH_TUNNEL_PORT", "0"},
                                               {"SSH_TARGET_HOST", "localhost"},
                                               {"SSH_TARGET_PORT", "22"},
                                               {"SSH_TUNNEL_LOCAL", "22"}}) {
    EXPECT_THAT(settled({{"SSH_FORWARDS", "-D 1080"}, {name, value}}).forwards(),
                ElementsAre("main -R 127.0.0.1:0:localhost:22", "D1080 -D localhost:1080"))
        << name;
  }
  EXPECT_THAT(settled({{"SSH_FORWARDS", "-D 1080"}, {"SSH_BIND_IP", "*"}}).warnings(),
              ElementsAre(HasSubstr("SSH_BIND_IP has no effect")));
  EXPECT_THAT(settled({{"SSH_FORWARDS", "# none"}}).problems(), ElementsAre(HasSubstr("holds no forward")));
}

TEST(Settle, the_main_forward_listens_on_a_unix_socket_with_L_alone) {
  const auto local = settled({{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/run/db.sock"}});
  EXPECT_THAT(local.problems(), IsEmpty());
  ASSERT_EQ(local.config().forwards.size(), 1u);
  EXPECT_EQ(local.config().forwards[0].listen_path, "/run/db.sock");
  EXPECT_EQ(local.config().forwards[0].listen, net::HostPort());
  EXPECT_THAT(settled({{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/s"}, {"SSH_TUNNEL_PORT", "1"}}).warnings(),
              ElementsAre(HasSubstr("SSH_TUNNEL_PORT has no effect")));
  EXPECT_THAT(settled({{"SSH_BIND_IP", "/s"}, {"SSH_TARGET_HOST", "db"}}).problems(),
              ElementsAre(HasSubstr("in SSH_FORWARDS -R /s:db:22")));
  EXPECT_THAT(settled({{"SSH_MODE", "-D"}, {"SSH_BIND_IP", "/s"}}).problems(),
              ElementsAre(HasSubstr("only -L takes")));
}

TEST(Settle, what_holds_for_all_forwards_gives_way_to_their_options) {
  const auto result =
      settled({{"SSH_FORWARDS",
                "-L 1:a:1; -L 2:a:1 max_connections=5 idle_timeout=0 probe=off; -D 3; -L 4:a:1 probe=tcp"},
               {"TOWLINE_MAX_CONNECTIONS", "9"},
               {"TOWLINE_IDLE_TIMEOUT", "1m"},
               {"SSH_PROBE", "banner"}});
  const auto& forwards = result.config().forwards;
  ASSERT_EQ(forwards.size(), 4u);
  EXPECT_EQ(forwards[0].max_connections, 9u);
  EXPECT_EQ(forwards[0].idle_timeout, 60s);
  EXPECT_EQ(forwards[0].probe->kind, forward::ProbeSpec::Kind::banner);
  EXPECT_EQ(forwards[1].max_connections, 5u);
  EXPECT_EQ(forwards[1].idle_timeout, 0s);
  EXPECT_FALSE(forwards[1].probe);
  EXPECT_FALSE(forwards[2].probe);
  EXPECT_EQ(forwards[2].idle_timeout, 60s);
  EXPECT_EQ(forwards[3].probe->kind, forward::ProbeSpec::Kind::tcp);
}

TEST(Settle, what_no_option_of_a_forward_changes_holds_for_all) {
  const auto result = settled({{"SSH_MODE", "-L"},
                               {"SSH_FORWARDS", "-L 1:a:1; -R 2:a:1 probe=tcp; -D 3"},
                               {"SSH_PROBE", "banner"},
                               {"SSH_PROBE_INTERVAL", "3s"},
                               {"TOWLINE_TARGET_TIMEOUT", "7s"}});
  const auto& forwards = result.config().forwards;
  ASSERT_EQ(forwards.size(), 4u);
  for (const auto& spec : forwards) {
    EXPECT_EQ(spec.target_timeout, 7s) << spec.name;
    if (spec.probe) {
      EXPECT_EQ(spec.probe->interval, 3s) << spec.name;
    }
  }
}

TEST(Settle, probes_are_made_as_often_as_before_where_nothing_is_said) {
  EXPECT_EQ(settled({{"SSH_PROBE", "tcp"}}).config().forwards.at(0).probe->interval,
            forward::ProbeSpec{}.interval);
}

TEST(Settle, an_interval_without_a_probe_has_no_effect) {
  const Env::Values interval{{"SSH_PROBE_INTERVAL", "3s"}};
  const auto warning = HasSubstr("SSH_PROBE_INTERVAL has no effect");
  EXPECT_THAT(settled(interval).warnings(), ElementsAre(warning));
  EXPECT_THAT(settled({{"SSH_FORWARDS", "-L 1:a:1; -L 2:a:1 probe=tcp"}, *interval.begin()}).warnings(),
              IsEmpty());
}

TEST(Settle, a_dynamic_main_forward) {
  EXPECT_THAT(settled({{"SSH_MODE", "-D"}, {"SSH_TUNNEL_PORT", "1080"}}).forwards(),
              ElementsAre("main -D 127.0.0.1:1080"));
  EXPECT_THAT(settled({{"SSH_MODE", "-D 0.0.0.0:1080"}}).forwards(), ElementsAre("main -D 0.0.0.0:1080"));
  EXPECT_THAT(settled({{"SSH_MODE", "-D 0.0.0.0:1080"}, {"SSH_TUNNEL_PORT", "1"}}).problems(),
              ElementsAre(HasSubstr("SSH_MODE holds an address")));
  EXPECT_THAT(settled({{"SSH_MODE", "-D"}, {"SSH_TARGET_PORT", "1"}}).warnings(),
              ElementsAre(HasSubstr("SSH_TARGET_PORT has no effect with -D")));
  EXPECT_FALSE(settled({{"SSH_MODE", "-D"}, {"SSH_PROBE", "tcp"}}).config().forwards.at(0).probe);
}

TEST(Settle, autossh_poll_is_the_cap_of_the_backoff_unless_ours_is_set) {
  const auto alone = settled({{"AUTOSSH_POLL", "30"}});
  EXPECT_EQ(alone.config().reconnect.backoff_max, 30s);
  EXPECT_EQ(alone.setting("TOWLINE_BACKOFF_MAX").value, "30s");
  EXPECT_THAT(alone.warnings(), ElementsAre(HasSubstr("AUTOSSH_POLL sets the longest pause")));
  const auto both = settled({{"AUTOSSH_POLL", "30"}, {"TOWLINE_BACKOFF_MAX", "5"}});
  EXPECT_EQ(both.config().reconnect.backoff_max, 5s);
  EXPECT_THAT(both.warnings(), ElementsAre("AUTOSSH_POLL has no effect: TOWLINE_BACKOFF_MAX is set"));
}

TEST(Settle, autossh_levels_never_hide_errors_and_give_way_to_ours) {
  using observe::Level;
  const std::pair<Env::Values, Level> table[] = {
      {{{"AUTOSSH_LOGLEVEL", "0"}}, Level::error},
      {{{"AUTOSSH_LOGLEVEL", "3"}}, Level::error},
      {{{"AUTOSSH_LOGLEVEL", "4"}}, Level::warn},
      {{{"AUTOSSH_LOGLEVEL", "5"}}, Level::info},
      {{{"AUTOSSH_LOGLEVEL", "6"}}, Level::info},
      {{{"AUTOSSH_LOGLEVEL", "7"}}, Level::debug},
      {{{"AUTOSSH_LOGLEVEL", "0"}, {"AUTOSSH_DEBUG", "1"}}, Level::debug},
      {{{"AUTOSSH_DEBUG", "1"}, {"TOWLINE_LOG_LEVEL", "warn"}}, Level::warn},
  };
  for (const auto& [values, level] : table) {
    EXPECT_EQ(settled(values).config().log.log_level, level) << (&values - &table[0].first);
  }
  EXPECT_FALSE(settled({{"AUTOSSH_LOGLEVEL", "8"}}).problems().empty());
}

TEST(Settle, autossh_maxstart_has_a_word_for_never) {
  EXPECT_EQ(settled({{"AUTOSSH_MAXSTART", "-1"}}).config().reconnect.max_start, std::nullopt);
  EXPECT_EQ(settled({{"AUTOSSH_MAXSTART", "1"}}).config().reconnect.max_start, 1);
  const auto none = settled({{"AUTOSSH_MAXSTART", "0"}});
  EXPECT_EQ(none.config().reconnect.max_start, 0);
  EXPECT_THAT(none.warnings(), testing::Contains(HasSubstr("ends without an attempt")));
  for (const auto* text : {"-2", "x"}) EXPECT_FALSE(settled({{"AUTOSSH_MAXSTART", text}}).problems().empty());
}

TEST(Settle, the_control_port_is_for_this_machine_only) {
  EXPECT_EQ(settled({{"TOWLINE_CONTROL_LISTEN", "/run/t.sock"}}).config().control.path, "/run/t.sock");
  EXPECT_TRUE(settled({{"TOWLINE_CONTROL_LISTEN", "localhost:1"}}).config().control.listen);
  EXPECT_TRUE(settled({{"TOWLINE_CONTROL_LISTEN", "127.1.2.3:1"}}).config().control.listen);
  EXPECT_FALSE(settled({{"TOWLINE_CONTROL_LISTEN", "off"}}).config().control.listen);
  for (const auto* text : {"0.0.0.0:1", "[::]:1", ":1", "*:1", "10.0.0.1:1", "db:1"}) {
    EXPECT_THAT(settled({{"TOWLINE_CONTROL_LISTEN", text}}).problems(), ElementsAre(HasSubstr("loopback")))
        << text;
  }
}

TEST(Settle, files_that_only_ssh_would_read_are_named_once) {
  const Paths paths{
      {"/id_rsa", a_file()}, {"/root/.ssh/config", a_file()}, {"/tmp/.ssh/id_ed25519", a_file()}};
  EXPECT_THAT(settled({{"SSH_KNOWN_HOSTS", "x y"}}, paths).warnings(),
              ElementsAre(HasSubstr("and not /root/.ssh/config, /tmp/.ssh/id_ed25519")));
  EXPECT_THAT(settled({{"SSH_KNOWN_HOSTS", "x y"}, {"SSH_KEY_FILE", "/root/.ssh/id_rsa"}},
                      {{"/root/.ssh/id_rsa", a_file()}})
                  .warnings(),
              IsEmpty());
}

TEST(Settle, ssh_config_of_a_machine_without_ssh_was_mounted) {
  const Paths mounted{{"/id_rsa", a_file()}, {"/etc/ssh/ssh_config", a_file()}};
  EXPECT_THAT(settled({{"SSH_KNOWN_HOSTS", "x y"}}, mounted).warnings(),
              ElementsAre(HasSubstr("and not /etc/ssh/ssh_config")));
  auto installed = mounted;
  installed["/usr/bin/ssh"] = a_file();
  EXPECT_THAT(settled({{"SSH_KNOWN_HOSTS", "x y"}}, installed).warnings(), IsEmpty());
}

}  // namespace
}  // namespace towline::config
