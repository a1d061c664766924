// Keys as tools write them, in a wrong variable and in the right one: nothing that towline prints, logs or
// serves has a run of one. What is in memory while a session is up, and what the program of `run` is given.
#include "integration/fixtures/authentication.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <string>
#include <unistd.h>
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
  // One of the three keys is enough for memory errors: it is hundreds of starts.
  if (product().instrumented) forms_.resize(forms_.size() / 3);
  int combinations = 0;
  for (const auto& [text, key] : forms_) {
    for (const auto& command : commands) {
      for (const auto* name : {"SSH_KEY_FILE", "SSH_REMOTE_USER"}) {
        auto variables = environment(Mode::local, 1);
        variables[name] = text;
        for (const auto* other : {"TOWLINE_ADMIN_LISTEN", "TOWLINE_HOST_KEY_FILE", "TOWLINE_AUTHORIZED_KEYS",
                                  "TOWLINE_USER_CA_KEYS_FILE", "TOWLINE_PASSWORDS_FILE", "TOWLINE_BANNER"})
          variables[other] = text;
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
    variables["TOWLINE_HOST_KEY"] = variables["SSH_KEY"];
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

// How often `text` is in the memory of a process, as root. Not in what is larger than any of ours: the shadow
// memory of sanitizers.
int copies_in_memory(pid_t pid, const std::string& text) {
  constexpr std::uint64_t part_max = gibibyte;
  const auto folder = "/proc/" + std::to_string(pid);
  const int memory = ::open((folder + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(memory, 0) << "not root";
  std::ifstream parts(folder + "/maps");
  int copies = 0;
  for (std::string line; std::getline(parts, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx r", &begin, &end) != 2 || end - begin > part_max) continue;
    std::string part(end - begin, '\0');
    const auto size = ::pread(memory, part.data(), part.size(), static_cast<off_t>(begin));
    if (size < 0) continue;
    part.resize(static_cast<std::size_t>(size));
    for (auto at = part.find(text); at != part.npos; at = part.find(text, at + 1)) ++copies;
  }
  ::close(memory);
  return copies;
}

// The private half of a plain Ed25519 key in OpenSSH's format (PROTOCOL.key).
std::string seed_of(const KeyPair& key) {
  const auto blob = output_of({"/bin/sh", "-c", "grep -v -e ----- " + key.private_file + " | base64 -d"});
  const auto public_half = blob.rfind("ssh-ed25519") + 11 + 4;
  return blob.substr(public_half + 32 + 4, 32);
}

class SecretsInMemory : public Authentication {
 protected:
  void SetUp() override {
    if (product().instrumented) GTEST_SKIP() << "sanitizers keep what was freed";
  }

  // Of `up` and of every process that belongs to it.
  static int copies(Towline& towline, const std::string& secret) {
    int copies = copies_in_memory(towline.process().pid(), secret);
    for (const auto pid : descendants_of(towline.process().pid())) copies += copies_in_memory(pid, secret);
    return copies;
  }

  static std::string environment_block(Towline& towline) {
    return read_file("/proc/" + std::to_string(towline.process().pid()) + "/environ");
  }
};

TEST_F(SecretsInMemory, an_inline_key_and_its_passphrase_are_there_once_for_the_next_login) {
  const auto key = make_key(dir_);
  Sshd sshd(dir_);
  sshd.authorize(key);
  sshd.start();
  const auto seed = seed_of(key);
  output_of(
      {"/usr/bin/ssh-keygen", "-q", "-p", "-a", "4", "-P", "", "-N", passphrase, "-f", key.private_file});
  auto variables = environment(sshd);
  variables["SSH_KEY"] = read_file(key.private_file);
  variables["SSH_KEY_PASSPHRASE"] = passphrase;
  Towline towline(dir_, variables);
  for (int login = 1; login <= 2; ++login) {
    ASSERT_TRUE(towline.ready_within(authentication_limit)) << towline.log();
    EXPECT_EQ(copies(towline, line_of(variables["SSH_KEY"])), 1) << "login " << login;
    EXPECT_EQ(copies(towline, passphrase), 1) << "login " << login;
    EXPECT_EQ(copies(towline, seed), 0) << "login " << login;
    EXPECT_EQ(environment_block(towline).find("SSH_KEY"), std::string::npos);
    towline.process().signal(SIGUSR1);
    const auto again = [&] { return towline.metric("towline_ssh_reconnects_total") >= login; };
    EXPECT_TRUE(eventually(authentication_limit, again)) << towline.log();
  }
}

TEST_F(SecretsInMemory, a_key_file_and_its_passphrase_are_not_there) {
  const auto key = make_key(dir_);
  Sshd sshd(dir_);
  sshd.authorize(key);
  sshd.start();
  const auto seed = seed_of(key);
  auto variables = environment(sshd);
  variables["SSH_KEY_FILE"] = key.private_file;
  Towline towline(dir_, variables);
  ASSERT_TRUE(towline.ready_within(authentication_limit)) << towline.log();
  EXPECT_EQ(copies(towline, line_of(read_file(key.private_file))), 0);
  EXPECT_EQ(copies(towline, seed), 0);
}

TEST_F(SecretsInMemory, a_password_is_there_once_for_the_next_login) {
  for (const auto* step : {"password", "questions:password"}) {
    AsyncsshServer server(dir_, {step});
    server.start();
    auto variables = environment(server);
    variables["SSH_PASSWORD"] = AsyncsshServer::password;
    Towline towline(dir_, variables);
    ASSERT_TRUE(towline.ready_within(authentication_limit)) << towline.log();
    EXPECT_EQ(copies(towline, AsyncsshServer::password), 1) << step;
    EXPECT_EQ(environment_block(towline).find("SSH_PASSWORD"), std::string::npos);
  }
}

class SecretsOfRun : public SecretsInMemory {
 protected:
  // With a key and a password inline: what `run` gives its program, and the copies of the password in the
  // processes beside the program.
  std::string environment_of_program(Environment more) {
    const auto key = make_key(dir_);
    Sshd sshd(dir_);
    sshd.authorize(key);
    sshd.start();
    const auto seen = dir_.path("seen");
    auto variables = environment(sshd);
    variables.merge(more);
    variables["PATH"] = "/usr/bin:/bin";
    variables["SSH_KEY"] = read_file(key.private_file);
    variables["SSH_PASSWORD"] = "correct-horse";
    variables["TOWLINE_HOST_KEY"] = "a host key";
    variables["MINE"] = "kept";
    Towline towline(dir_, variables,
                    {"run", "--", "/bin/sh", "-c",
                     "env > " + seen + ".part; mv " + seen + ".part " + seen + "; exec /bin/sleep 100"});
    EXPECT_TRUE(eventually(authentication_limit, [&] { return !read_file(seen).empty(); })) << towline.log();
    copies_ = copies(towline, "correct-horse");
    towline.terminate();
    EXPECT_EQ(towline.process().exit_code(15s), 128 + SIGTERM) << towline.log();
    return read_file(seen);
  }

  int copies_ = 0;
};

TEST_F(SecretsOfRun, are_not_its_programs) {
  const auto given = environment_of_program({});
  EXPECT_NE(given.find("MINE=kept"), std::string::npos) << given;
  EXPECT_EQ(given.find("SSH_KEY="), std::string::npos) << given;
  EXPECT_EQ(given.find("SSH_PASSWORD="), std::string::npos) << given;
  EXPECT_EQ(given.find("TOWLINE_HOST_KEY="), std::string::npos) << given;
  EXPECT_EQ(given.find("correct-horse"), std::string::npos) << given;
  EXPECT_EQ(copies_, 1) << "in towline, its witness of signals and the program together";
}

TEST_F(SecretsOfRun, are_given_to_the_program_where_that_is_asked_for) {
  const auto given = environment_of_program({{"TOWLINE_RUN_KEEP_SECRETS", "true"}});
  EXPECT_NE(given.find("SSH_PASSWORD=correct-horse"), std::string::npos) << given;
  EXPECT_NE(given.find("SSH_KEY=-----BEGIN OPENSSH PRIVATE KEY-----"), std::string::npos) << given;
}

}  // namespace

}  // namespace towline::fixtures
