// Keys as tools write them, in a wrong variable and in the right one: nothing that towline prints, logs or
// serves has a run of one.
#include "integration/fixtures/tunnel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t run_length = 12;

// The first run of 12 characters of `secret` in `said`, but for what the first and last line of every such
// file say.
std::string leak(const std::string& said, const std::string& secret) {
  constexpr std::string_view usual =
      "-----BEGIN OPENSSH PRIVATE KEY----- -----BEGIN EC PRIVATE KEY----- -----BEGIN ENCRYPTED PRIVATE "
      "KEY----- "
      "-----END OPENSSH PRIVATE KEY----- -----END EC PRIVATE KEY----- -----END ENCRYPTED PRIVATE KEY-----";
  for (std::size_t at = 0; at + run_length <= secret.size(); ++at) {
    auto run = secret.substr(at, run_length);
    if (usual.find(run) == std::string_view::npos && said.find(run) != std::string::npos) return run;
  }
  return {};
}

std::string joined_by(std::string text, const std::string& end) {
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + end.size()))
    text.replace(at, 1, end);
  return text;
}

// The second line of a file in PEM, without the rest.
std::string line_of(const std::string& text) {
  const auto begin = text.find('\n') + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

class Secrets : public TunnelTest {
 protected:
  Secrets() {
    const auto openssh = read_file(make_key(dir_).private_file);
    const auto ec = output_of({"/usr/bin/openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"});
    write_file(dir_.path("ec"), ec);
    const auto encrypted = output_of(
        {"/usr/bin/openssl", "pkcs8", "-topk8", "-in", dir_.path("ec"), "-passout", "pass:hunter2"});
    for (const auto& key : {openssh, ec, encrypted}) {
      write_file(dir_.path("key"), key);
      const auto base64 = output_of({"/usr/bin/base64", "-w", "0", dir_.path("key")});
      for (const auto& form :
           {key, joined_by(key, "\\n"), joined_by(key, " "), joined_by(key, "\r\n"), base64, line_of(key)})
        forms_.push_back({form, key});
    }
  }

  struct Form {
    std::string text;
    std::string key;
  };

  std::string output(const std::vector<std::string>& arguments, const Environment& variables) {
    Towline towline(dir_, variables, arguments);
    EXPECT_TRUE(towline.process().exit_code(30s));
    return towline.log();
  }

  std::vector<Form> forms_;
};

TEST_F(Secrets, no_command_shows_a_key_that_came_in_a_wrong_place) {
  const std::vector<std::string> commands[] = {
      {},       {"check"},       {"check", "--json"},       {"config"}, {"config", "--json"},
      {"wait"}, {"healthcheck"}, {"run", "--", "/bin/true"}};
  int combinations = 0;
  for (const auto& [text, key] : forms_) {
    for (const auto& command : commands) {
      for (const auto* name : {"SSH_KEY_FILE", "SSH_REMOTE_USER"}) {
        auto variables = environment(Mode::local, 1);
        variables[name] = text;
        variables["TOWLINE_ADMIN_LISTEN"] = text;
        const auto said = output(command, variables);
        EXPECT_EQ(leak(said, text) + leak(said, key), "") << name << '\n' << said;
        ++combinations;
      }
    }
    const auto said = output({text}, {}) + output({"wait", "--timeout", text}, {});
    EXPECT_EQ(leak(said, text) + leak(said, key), "") << said;
    combinations += 2;
  }
  RecordProperty("combinations", combinations);
}

TEST_F(Secrets, no_log_and_no_page_shows_a_key_or_a_password_in_its_right_place) {
  const std::string password = "correct-horse-battery-staple";
  for (const auto* format : {"text", "json", "logfmt", "github"}) {
    auto variables = environment(Mode::local, 1);
    const auto key = read_file(variables.at("SSH_KEY_FILE"));
    variables.erase("SSH_KEY_FILE");
    variables["SSH_KEY"] = joined_by(key, "\\n");
    variables["SSH_PASSWORD"] = password;
    variables["TOWLINE_LOG_LEVEL"] = "trace";
    variables["TOWLINE_LOG_FORMAT"] = format;
    const FreePort control;
    variables["TOWLINE_CONTROL_LISTEN"] = "127.0.0.1:" + std::to_string(control.number());
    const Towline towline(dir_, variables);
    EXPECT_TRUE(towline.ready_within(15s));
    std::string said = towline.log();
    for (const auto* page : {"/statusz", "/", "/metrics", "/readyz?verbose"}) said += towline.get(page).body;
    const auto configuration = http_get(control.number(), "/configz", 5s);
    EXPECT_EQ(configuration.status, 200);
    said += configuration.body;
    EXPECT_EQ(leak(said, key) + leak(said, password), "") << format;
  }
}

}  // namespace

}  // namespace towline::fixtures
