#include "config/exposing.hpp"

#include "settled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace towline::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// An entrance of which nothing is left to say but what the test is about.
Settled exposed(Env::Values values) {
  values.try_emplace("SSH_MODE", "expose");
  values.try_emplace("TOWLINE_AUTHORIZED_KEYS_FILE", "/keys");
  values.try_emplace("TOWLINE_EXPOSE_DOMAIN", "example.com");
  return settled(std::move(values),
                 {{"/keys", a_file()}, {"/state", a_folder(true)}, {"/tls", a_folder(false)}});
}

std::string listens(const Settled& result) {
  const auto& options = result.config().expose;
  const auto text = [](const auto& where) { return where ? net::to_string(*where) : std::string("off"); };
  return text(options.http_listen) + ' ' + text(options.https_listen);
}

TEST(Exposing, has_http_with_a_domain_and_https_with_certificates) {
  EXPECT_EQ(listens(exposed({})), "0.0.0.0:8080 off");
  EXPECT_EQ(listens(exposed({{"TOWLINE_TLS_DIR", "/tls"}})), "0.0.0.0:8080 0.0.0.0:8443");
  EXPECT_EQ(listens(exposed({{"TOWLINE_HTTP_LISTEN", "off"}})), "off off");
  EXPECT_EQ(listens(exposed({{"TOWLINE_EXPOSE_DOMAIN", ""}})), "off off");
  EXPECT_EQ(exposed({}).setting("TOWLINE_HTTPS_LISTEN").value, "off");
}

TEST(Exposing, without_certificates_https_is_for_clients_that_have_their_own) {
  const auto asked = exposed({{"TOWLINE_HTTPS_LISTEN", ":8443"}});
  EXPECT_EQ(listens(asked), "0.0.0.0:8080 :8443");
  EXPECT_THAT(asked.warnings(), ElementsAre(HasSubstr("certificates of their own (sni-proxy) alone")));
  EXPECT_EQ(listens(exposed({{"TOWLINE_HTTPS_LISTEN", ":8443"}, {"TOWLINE_EXPOSE_ALLOW", "http"}})),
            "0.0.0.0:8080 off");
}

TEST(Exposing, is_read_from_its_variables) {
  const auto result = exposed({{"TOWLINE_EXPOSE_DOMAIN", "Tunnels.Example.com."},
                               {"TOWLINE_EXPOSE_PORTS", "9000 - 9010"},
                               {"TOWLINE_EXPOSE_NAMES", "stable"},
                               {"TOWLINE_EXPOSE_SAME_NAME", "replace"},
                               {"TOWLINE_EXPOSE_ALLOW", "http, tcp"},
                               {"TOWLINE_EXPOSE_QUOTA", "3"},
                               {"TOWLINE_EXPOSE_RATE", "10M"},
                               {"TOWLINE_EXPOSE_ALLOW_FROM", "10.0.0.0/8,::1"},
                               {"TOWLINE_EXPOSE_OPEN_TIMEOUT", "3s"}});
  EXPECT_THAT(result.problems(), IsEmpty());
  EXPECT_THAT(result.warnings(), IsEmpty());
  const auto& options = result.config().expose;
  EXPECT_EQ(options.names.domain, "tunnels.example.com");
  EXPECT_EQ(options.names.ports, (expose::PortRange{9000, 9010}));
  EXPECT_EQ(options.names.policy, expose::NamePolicy::stable);
  EXPECT_EQ(options.names.allowed, (expose::AllowedKinds{true, true, false, false}));
  EXPECT_EQ(options.directory.same_name, expose::SameName::replace);
  EXPECT_EQ(options.directory.quota, 3U);
  EXPECT_EQ(options.visitors.rate, 10U << 20U);
  EXPECT_EQ(options.visitors.allow_from.size(), 2U);
  EXPECT_EQ(options.open_timeout.count(), 3);
}

TEST(Exposing, mistakes_are_told_with_what_is_right) {
  const std::pair<Env::Values, std::string> mistakes[] = {
      {{{"TOWLINE_EXPOSE_DOMAIN", "*.example.com"}}, "is not a domain"},
      {{{"TOWLINE_EXPOSE_DOMAIN", "10.0.0.1"}}, "is not a domain"},
      {{{"TOWLINE_EXPOSE_PORTS", "80-90"}}, "1024 to 65535"},
      {{{"TOWLINE_EXPOSE_PORTS", "9010-9000"}}, "1024 to 65535"},
      {{{"TOWLINE_EXPOSE_NAMES", "any"}}, "requested, random, stable, dns"},
      {{{"TOWLINE_EXPOSE_ALLOW", "http,udp"}}, "http, tcp, alias, or sni"},
      {{{"TOWLINE_EXPOSE_RATE", "10MB"}}, "k, M or G"},
      {{{"TOWLINE_EXPOSE_RATE", "-1"}}, "bytes per second"},
      {{{"TOWLINE_EXPOSE_DENY_FROM", "10.0.0.1/8"}}, "bits set behind its mask"},
      {{{"TOWLINE_EXPOSE_DENY_FROM", "example.com"}}, "10.0.0.0/8"},
      {{{"TOWLINE_EXPOSE_HSTS", "1y"}}, "TOWLINE_EXPOSE_HSTS"},
      {{{"TOWLINE_TLS_DIR", "/nowhere"}}, "tls.crt and tls.key"},
      {{{"TOWLINE_TLS_DIR", "/keys"}}, "is no folder"},
      {{{"TOWLINE_EXPOSE_FORCE_HTTPS", "true"}}, "set TOWLINE_TLS_DIR"},
      {{{"TOWLINE_EXPOSE_DOMAIN", ""},
        {"TOWLINE_EXPOSE_PORTS", "none"},
        {"TOWLINE_EXPOSE_ALLOW", "http,tcp"}},
       "nothing to offer"},
  };
  for (const auto& [values, text] : mistakes)
    EXPECT_THAT(exposed(values).problems(), ElementsAre(HasSubstr(text))) << text;
}

TEST(Exposing, what_has_no_effect_is_said) {
  const std::pair<Env::Values, std::string> idle[] = {
      {{{"TOWLINE_EXPOSE_DOMAIN", ""}, {"TOWLINE_EXPOSE_NAMES", "random"}}, "there are no host names"},
      {{{"TOWLINE_EXPOSE_SAME_NAME", "refuse"}, {"TOWLINE_EXPOSE_BALANCE", "least"}},
       "TOWLINE_EXPOSE_BALANCE"},
      {{{"TOWLINE_EXPOSE_BIND", "::"}, {"TOWLINE_EXPOSE_PORTS", "none"}}, "TOWLINE_EXPOSE_BIND"},
      {{{"TOWLINE_TLS_DIR", "/tls"}, {"TOWLINE_HTTPS_LISTEN", "off"}}, "TOWLINE_TLS_DIR"},
  };
  for (const auto& [values, text] : idle)
    EXPECT_THAT(exposed(values).warnings(), ElementsAre(HasSubstr(text))) << text;
  const auto tunnel =
      settled({{"SSH_REMOTE_HOST", "host"}, {"SSH_TUNNEL_PORT", "1"}, {"TOWLINE_EXPOSE_QUOTA", "1"}});
  EXPECT_THAT(tunnel.warnings(), ElementsAre(HasSubstr("has no effect without SSH_MODE=expose")));
}

}  // namespace
}  // namespace towline::config
