// TOWLINE_AUTH_URL and its kin.
#include "settled_share.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace towline::config {
namespace {

TEST(LoginUrl, is_asked_where_one_is_named) {
  const auto result = shared({{"TOWLINE_AUTH_URL", "https://auth.example.org/login"},
                              {"TOWLINE_AUTH_TOKEN", "t0ken"},
                              {"SSH_BIND_IP", "*"}});
  EXPECT_EQ(said(result), Lines());
  EXPECT_TRUE(result.config().endpoint.ssh.login.service);
  const auto& url = result.config().endpoint.login_url;
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.where, (net::HostPort{"auth.example.org", 443}));
  EXPECT_EQ(url.target, "/login");
  EXPECT_EQ(url.token.text->reveal(), "t0ken");
  EXPECT_EQ(url.authorities_file, "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(result.setting("TOWLINE_AUTH_TOKEN").value, "********");
  EXPECT_EQ(result.setting("TOWLINE_AUTH_CA_FILE").value, "/etc/ssl/certs/ca-certificates.crt");
  const auto files = shared({{"TOWLINE_AUTH_URL", "https://auth/"},
                             {"TOWLINE_AUTH_TOKEN_FILE", "/a"},
                             {"TOWLINE_AUTH_CA_FILE", "/ca"}});
  EXPECT_EQ(files.config().endpoint.login_url.token.file, "/a");
  EXPECT_EQ(files.config().endpoint.login_url.authorities_file, "/ca");
  EXPECT_FALSE(shared({{"TOWLINE_AUTHORIZED_KEYS", "k"}}).config().endpoint.ssh.login.service);
}

TEST(LoginUrl, says_what_is_wrong_with_it) {
  const std::string secure = "https://auth.example.org/";
  const std::pair<Env::Values, Lines> table[] = {
      {{{"TOWLINE_AUTH_URL", "http://auth.example.org/"}},
       {"warning: TOWLINE_AUTH_URL is http: whoever is on the way to \"auth.example.org\" reads passwords "
        "and "
        "may answer yes; use https"}},
      {{{"TOWLINE_AUTH_URL", "http://localhost:8080/"}}, {}},
      {{{"TOWLINE_AUTH_URL", "http://[::1]/"}, {"TOWLINE_AUTH_CA_FILE", "/ca"}},
       {"warning: TOWLINE_AUTH_CA_FILE has no effect: TOWLINE_AUTH_URL is http"}},
      {{{"TOWLINE_AUTH_TOKEN", "t0ken"}, {"TOWLINE_AUTH_CA_FILE", "/ca"}},
       {"warning: TOWLINE_AUTH_TOKEN has no effect without TOWLINE_AUTH_URL",
        "warning: TOWLINE_AUTH_CA_FILE has no effect without TOWLINE_AUTH_URL"}},
      {{{"TOWLINE_AUTH_URL", secure}, {"TOWLINE_AUTH", "none"}},
       {"warning: TOWLINE_AUTH_URL has no effect: TOWLINE_AUTH does not name publickey or password"}},
      {{{"TOWLINE_AUTH_URL", secure}, {"TOWLINE_AUTH_TOKEN", "two words"}},
       {"TOWLINE_AUTH_TOKEN: the value has a blank or another character that no token has; write the token "
        "alone"}},
      {{{"TOWLINE_AUTH_URL", "auth.example.org"}, {"SSH_BIND_IP", "*"}},
       {"TOWLINE_AUTH_URL: \"auth.example.org\" is not the URL of an HTTP service; write https://host/path, "
        "or "
        "http://host:port/path"}},
      {{{"TOWLINE_AUTH_URL", "https://me:hunter2@auth/"}},
       {"TOWLINE_AUTH_URL holds a user or a password in front of the host; what the service knows towline by "
        "belongs in TOWLINE_AUTH_TOKEN_FILE"}},
  };
  for (const auto& [values, lines] : table) EXPECT_EQ(said(shared(values)), lines);
  auto paths = usual_paths;
  paths.erase("/etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(
      said(shared({{"TOWLINE_AUTH_URL", secure}}, paths)),
      Lines{
          "TOWLINE_AUTH_URL is https, and there are no certificates of authorities to verify it with; name a "
          "file of them in TOWLINE_AUTH_CA_FILE, or mount it at /etc/ssl/certs/ca-certificates.crt"});
  EXPECT_EQ(said(shared({{"TOWLINE_AUTH_URL", "http://127.0.0.1/"}}, paths)), Lines());
  paths["/etc/ssl/cert.pem"] = a_file();
  EXPECT_EQ(said(shared({{"TOWLINE_AUTH_URL", secure}}, paths)), Lines());
}

}  // namespace
}  // namespace towline::config
