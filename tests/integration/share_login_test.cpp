// -S whose logins an HTTP service decides about: a real one, and ssh with passwords and keys.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/share.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// login_server.py says who is who.
class LoginServer {
 public:
  explicit LoginServer(TempDir& dir, const std::string& identity = {})
      : output_file_(dir.fresh_path("login_server", ".out")), process_(command(identity)) {
    const auto said = [&] { return read_file(output_file_).find('\n') != std::string::npos; };
    if (!eventually(patience, said)) ADD_FAILURE() << "the service has not started";
  }

  std::string address() const {
    const auto said = read_file(output_file_);
    return ":" + said.substr(0, said.find('\n')) + "/login?of=towline";
  }
  // One line each.
  std::string questions() const {
    const auto said = read_file(output_file_);
    return said.substr(said.find('\n') + 1);
  }
  void end() {
    process_.signal(SIGKILL);
    process_.exit_code(patience);
  }

 private:
  Command command(const std::string& identity) const {
    Arguments argv{"/usr/bin/python3", std::string(TOWLINE_TESTS_DIR) + "/integration/login_server.py"};
    if (!identity.empty()) argv.push_back(identity);
    return {argv, {{"PATH", "/usr/bin:/bin"}}, output_file_};
  }

  std::string output_file_;
  Process process_;
};

const std::string password = "PreferredAuthentications=password";
const std::string keyboard = "PreferredAuthentications=keyboard-interactive";
const std::string public_key = "PreferredAuthentications=publickey";

class ShareLogins : public ShareTest {
 protected:
  ShareLogins() : askpass_(file_of("#!/bin/sh\necho right\n")) {
    std::filesystem::permissions(askpass_, std::filesystem::perms::owner_all);
  }

  void begin_with(const std::string& url, const Environment& changes = {}) {
    Environment all{{"TOWLINE_AUTH_URL", url}, {"TOWLINE_AUTH_TOKEN", "tok3n-of-towline"}};
    for (const auto& [name, value] : changes) all[name] = value;
    begin(all);
  }

  Arguments ssh_as(const std::string& user, const std::string& how,
                   const Arguments& more = {"echo in"}) const {
    Arguments argv{"/usr/bin/env",
                   "SSH_ASKPASS=" + askpass_,
                   "SSH_ASKPASS_REQUIRE=force",
                   "/usr/bin/ssh",
                   "-o",
                   "BatchMode=no",
                   "-o",
                   "NumberOfPasswordPrompts=1",
                   "-o",
                   how};
    const auto way = options_to(entry_.number());
    argv.insert(argv.end(), way.begin(), way.end());
    argv.push_back(user + "@127.0.0.1");
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }

  std::string told(const std::string& user, const std::string& how) {
    const auto ran = run(ssh_as(user, how));
    return ran.code == 0 ? ran.output : ran.code == 255 ? "refused" : ran.errors;
  }

  // A key and a certificate of its own hand, in one file.
  std::string identity(const std::string& name) {
    const auto file = dir_.fresh_path("identity", ".pem");
    output_of({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "1", "-subj", "/CN=service", "-addext", "subjectAltName=" + name, "-keyout",
               file, "-out", file + ".crt"});
    append_file(file, read_file(file + ".crt"));
    return file;
  }

  std::string askpass_;
};

TEST_F(ShareLogins, are_by_password_keyboard_and_key_where_the_service_says_yes) {
  const LoginServer service(dir_);
  begin_with("http://127.0.0.1" + service.address());
  for (const auto& how : {password, keyboard, public_key}) EXPECT_EQ(told("anna", how), "in\n") << how;
  const std::string asked =
      R"("remote_address": "127.0.0.1", "token": "Bearer tok3n-of-towline", "user": "anna"})";
  const auto by_password = R"({"method": "password", "password": "right", )" + asked + '\n';
  EXPECT_EQ(service.questions(), by_password + by_password + R"({"fingerprint": ")" + key_.fingerprint() +
                                     R"(", "key": ")" + key_.public_line + R"(", "method": "publickey", )" +
                                     asked + '\n')
      << "each is asked about once";
  for (const auto* method : {"password", "keyboard_interactive", "publickey"})
    EXPECT_EQ(towline_->metric("towline_logins_total", {{"method", method}}), 1) << method;
  EXPECT_TRUE(towline_->logged("by=TOWLINE_AUTH_URL"));
  EXPECT_FALSE(towline_->has_logged("tok3n"));
}

TEST_F(ShareLogins, who_is_known_here_is_not_asked_about) {
  const LoginServer service(dir_);
  begin_with("http://127.0.0.1" + service.address(), {{"TOWLINE_AUTHORIZED_KEYS", key_.public_line}});
  EXPECT_EQ(told("bert", public_key), "in\n");
  EXPECT_EQ(service.questions(), "");
  EXPECT_EQ(told("bert", password), "refused");
  EXPECT_NE(service.questions(), "");
}

TEST_F(ShareLogins, are_refused_by_everything_but_a_yes) {
  LoginServer service(dir_);
  begin_with("http://127.0.0.1" + service.address());
  for (const auto* user : {"bert", "moved"}) {
    for (const auto& how : {password, keyboard, public_key})
      EXPECT_EQ(told(user, how), "refused") << user << how;
  }
  EXPECT_EQ(towline_->metric("towline_login_failures_total", {{"reason", "service_refused"}}), 6);
  EXPECT_TRUE(towline_->logged("err=\"HTTP 403\""));
  for (const auto* user : {"garbage", "huge", "broken", "more"})
    EXPECT_EQ(told(user, password), "refused") << user;
  service.end();
  EXPECT_EQ(told("anna", password), "refused");
  EXPECT_TRUE(towline_->logged("err=\"bad version\"")) << "the first of its kind";
  EXPECT_EQ(towline_->metric("towline_login_failures_total", {{"reason", "service_failed"}}), 5);
  EXPECT_TRUE(towline_->process().running());
}

TEST_F(ShareLogins, wait_five_seconds_for_an_answer_and_each_for_its_own) {
  const LoginServer service(dir_);
  begin_with("http://127.0.0.1" + service.address());
  const auto start = Clock::now();
  Running slow(dir_, ssh_as("slow", password));
  EXPECT_TRUE(eventually(patience, [&] { return service.questions().find("slow") != std::string::npos; }));
  EXPECT_EQ(told("anna", password), "in\n");
  EXPECT_TRUE(slow.process().running());
  EXPECT_EQ(slow.ended_within(patience).code, 255);
  EXPECT_GE(elapsed_since(start), 5s);
  EXPECT_TRUE(towline_->logged("no answer within 5 s"));
}

TEST_F(ShareLogins, may_no_more_than_the_service_permits) {
  const LoginServer service(dir_);
  begin_with("http://127.0.0.1" + service.address());
  EchoServer permitted, other;
  const FreePort near, far;
  Running client(dir_, ssh_as("narrow-" + std::to_string(permitted.port()), public_key,
                              {"-N", "-L", loopback(near.number()) + ":" + loopback(permitted.port()), "-L",
                               loopback(far.number()) + ":" + loopback(other.port())}));
  EXPECT_TRUE(eventually(patience, [&] { return echoes(near.number(), 2s); })) << client.errors();
  EXPECT_FALSE(echoes(far.number(), 2s));
  EXPECT_TRUE(eventually(patience, [&] {
    return client.errors().find("not permitted") != std::string::npos;
  })) << client.errors();
  EXPECT_TRUE(towline_->logged("name=\"a name\""));
}

TEST_F(ShareLogins, with_a_key_for_one_command_run_that_whatever_is_asked_for) {
  begin({{"TOWLINE_AUTHORIZED_KEYS", "command=\"echo forced; exit 3\" " + key_.public_line}});
  for (const auto& argv : {ssh({}, {"echo in"}), ssh({"-T"}), ssh({"-s"}, {"sftp"})}) {
    const auto ran = run(argv);
    EXPECT_EQ(ran.code, 3) << ran.errors;
    EXPECT_EQ(ran.output, "forced\n");
  }
}

TEST_F(ShareLogins, trust_the_service_that_its_certificate_names) {
  const auto shown = identity("DNS:localhost");
  const LoginServer service(dir_, shown);
  begin_with("https://localhost" + service.address(), {{"TOWLINE_AUTH_CA_FILE", shown + ".crt"}});
  EXPECT_EQ(told("anna", password), "in\n");
  towline_.reset();
  begin_with("https://127.0.0.1" + service.address(), {{"TOWLINE_AUTH_CA_FILE", shown + ".crt"}});
  EXPECT_EQ(told("anna", password), "refused");
  EXPECT_TRUE(towline_->logged("IP address mismatch"));
  towline_.reset();
  begin_with("https://localhost" + service.address(),
             {{"TOWLINE_AUTH_CA_FILE", identity("DNS:localhost") + ".crt"}});
  EXPECT_EQ(told("anna", password), "refused");
  EXPECT_TRUE(towline_->logged("certificate verify failed"));
  EXPECT_EQ(std::ranges::count(service.questions(), '\n'), 1);
}

}  // namespace

}  // namespace towline::fixtures
