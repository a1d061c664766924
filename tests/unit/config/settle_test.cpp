#include "settled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST(Settle, a_key_of_jump_hosts_must_exist) {
  EXPECT_THAT(settled({{"SSH_JUMP_HOSTS", "a"}, {"SSH_JUMP_KEY_FILE", "/gone"}}).problems(),
              ElementsAre(HasSubstr("SSH_JUMP_KEY_FILE: \"/gone\" does not exist")));
}

TEST(Settle, a_default_key_that_is_missing_is_shown_as_none) {
  EXPECT_EQ(settled({}, {}).setting("SSH_KEY_FILE").value, "");
  EXPECT_EQ(settled({{"SSH_KEY", "PRIVATE"}}).setting("SSH_KEY_FILE").value, "");
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

TEST(Settle, a_jump_host_without_a_key_may_ask_for_none) {
  const auto result = settled({{"SSH_JUMP_HOSTS", "a"}, {"SSH_PASSWORD", "x"}}, {});
  EXPECT_THAT(result.problems(), IsEmpty());
  EXPECT_EQ(result.config().ssh.jump_hosts.size(), 1u);
}

struct HostKeyRow {
  FileFacts file;
  const char* word;     // SSH_STRICT_HOST_KEY_CHECKING
  bool written = true;  // SSH_KNOWN_HOSTS_FILE
};

// "yes", "accept-new", "no", with "+file" where it is read and "!" where that is worth a warning; "" where it
// is a problem.
std::string host_keys_of(const HostKeyRow& row, Env::Values values = {}) {
  if (row.written) values["SSH_KNOWN_HOSTS_FILE"] = "/known_hosts";
  if (*row.word) values["SSH_STRICT_HOST_KEY_CHECKING"] = row.word;
  const auto result = settled(std::move(values), {{"/id_rsa", a_file()}, {"/known_hosts", row.file}});
  if (!result.findings.problems.empty()) return "";
  const auto& options = result.config().ssh.host_key;
  std::string text = result.setting("SSH_STRICT_HOST_KEY_CHECKING").value;
  for (const auto& [word, value] : strict_host_key_checking_words)
    EXPECT_EQ(value == options.strict, word == text) << text;
  if (!options.known_hosts_files.empty()) text += "+file";
  return text + (result.findings.warnings.empty() ? "" : "!");
}

FileFacts of_kind(FileKind kind) {
  FileFacts facts = a_file();
  facts.kind = kind;
  return facts;
}

TEST(Settle, every_combination_of_known_hosts_file_and_word) {
  const FileFacts null = of_kind(FileKind::null_device);
  const FileFacts absent;
  const std::pair<HostKeyRow, const char*> table[] = {
      {{a_file(), "", false}, "yes+file"},
      {{a_file(), ""}, "yes+file"},
      {{a_file(), "yes"}, "yes+file"},
      {{a_file(), "accept-new"}, "accept-new+file"},
      {{a_file(), "no"}, "no+file!"},
      {{null, ""}, "no!"},
      {{null, "no"}, "no!"},
      {{null, "accept-new"}, "accept-new!"},
      {{null, "yes"}, ""},
      {{absent, "", false}, "accept-new!"},
      {{absent, "accept-new", false}, "accept-new!"},
      {{absent, "no", false}, "no!"},
      {{absent, "yes", false}, ""},
      {{absent, ""}, ""},
      {{absent, "no"}, ""},
      {{a_folder(true), "", false}, ""},
      {{a_folder(true), "no"}, ""},
      {{of_kind(FileKind::other), ""}, ""},
      {{of_kind(FileKind::hidden), "", false}, ""},
      {{a_file(false), "", false}, ""},  // what cannot be read never weakens the check
  };
  for (const auto& [row, expected] : table)
    EXPECT_EQ(host_keys_of(row), expected) << (&row - &table[0].first);
}

TEST(Settle, known_keys_and_fingerprints_make_it_strict_with_or_without_a_file) {
  const std::string fingerprint = "SHA256:" + std::string(43, 'x');
  for (const auto& pins :
       {Env::Values{{"SSH_KNOWN_HOSTS", "a b c"}},
        {{"SSH_HOST_KEY_FINGERPRINT", fingerprint}},
        {{"SSH_HOST_KEY_FINGERPRINT", fingerprint}, {"SSH_STRICT_HOST_KEY_CHECKING", "yes"}}}) {
    for (const auto& file : {FileFacts(), of_kind(FileKind::null_device), a_file()}) {
      const auto result = settled(pins, {{"/id_rsa", a_file()}, {"/known_hosts", file}});
      const auto& options = result.config().ssh.host_key;
      EXPECT_EQ(options.strict, ssh::StrictHostKeyChecking::yes);
      EXPECT_TRUE(result.findings.problems.empty() && result.findings.warnings.empty());
      EXPECT_EQ(options.known_hosts_text, pins.contains("SSH_KNOWN_HOSTS") ? "a b c" : "");
      EXPECT_EQ(options.fingerprints.size(), pins.contains("SSH_KNOWN_HOSTS") ? 0u : 1u);
      const bool inline_keys = !options.known_hosts_text.empty();
      EXPECT_EQ(options.known_hosts_files.size(), file.kind == FileKind::regular && !inline_keys ? 1u : 0u);
    }
  }
  const auto eager =
      settled({{"SSH_HOST_KEY_FINGERPRINT", fingerprint}, {"SSH_STRICT_HOST_KEY_CHECKING", "accept-new"}},
              {{"/id_rsa", a_file()}, {"/state", a_folder(true)}});
  EXPECT_EQ(eager.config().ssh.host_key.accepted_file, "/state/known_hosts");
}

TEST(Settle, a_known_hosts_file_that_cannot_be_read_is_a_missing_file) {
  const auto result = settled({}, {{"/id_rsa", a_file()}, {"/known_hosts", a_file(false)}});
  ASSERT_EQ(result.findings.problems.size(), 1u);
  EXPECT_EQ(result.findings.problems[0].kind, ProblemKind::missing_file);
  EXPECT_EQ(result.findings.problems[0].variable, "SSH_KNOWN_HOSTS_FILE");
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
  const std::vector<std::string> both{"main -R 127.0.0.1:0:localhost:22", "D1080 -D localhost:1080"};
  const std::pair<Env::Values, std::vector<std::string>> table[] = {
      {{}, {both[0]}},
      {{{"SSH_FORWARDS", "-D 1080"}}, {both[1]}},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_BIND_IP", "*"}}, {both[1]}},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_MODE", "-R"}}, both},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_TUNNEL_PORT", "0"}}, both},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_TARGET_HOST", "localhost"}}, both},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_TARGET_PORT", "22"}}, both},
      {{{"SSH_FORWARDS", "-D 1080"}, {"SSH_TUNNEL_LOCAL", "22"}}, both},
      {{{"SSH_MODE", "-D"}, {"SSH_TUNNEL_PORT", "1080"}}, {"main -D 127.0.0.1:1080"}},
      {{{"SSH_MODE", "-D 0.0.0.0:1080"}}, {"main -D 0.0.0.0:1080"}},
      {{{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/run/db.sock"}}, {"main -L /run/db.sock:localhost:22"}},
  };
  for (const auto& [values, forwards] : table) EXPECT_EQ(settled(values).forwards(), forwards);
  const auto local = settled({{"SSH_MODE", "-L"}, {"SSH_BIND_IP", "/run/db.sock"}});
  EXPECT_EQ(local.config().forwards.at(0).listen, net::HostPort());
  EXPECT_FALSE(settled({{"SSH_MODE", "-D"}, {"SSH_PROBE", "tcp"}}).config().forwards.at(0).probe);
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

TEST(Settle, autossh_poll_is_the_cap_of_the_backoff_unless_ours_is_set) {
  const auto alone = settled({{"AUTOSSH_POLL", "30"}});
  EXPECT_EQ(alone.config().reconnect.backoff_max, 30s);
  EXPECT_EQ(alone.setting("TOWLINE_BACKOFF_MAX").value, "30s");
  const auto both = settled({{"AUTOSSH_POLL", "30"}, {"TOWLINE_BACKOFF_MAX", "5"}});
  EXPECT_EQ(both.config().reconnect.backoff_max, 5s);
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

}  // namespace
}  // namespace towline::config
