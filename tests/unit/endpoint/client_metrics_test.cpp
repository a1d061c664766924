#include "endpoint/client_metrics.hpp"

#include "observe/family_set.hpp"
#include "observe/openmetrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::endpoint {
namespace {

using testing::HasSubstr;

std::string exposed(const ClientMetrics& metrics) {
  observe::FamilySet families;
  metrics.collect(families);
  return observe::expose(families.take(), observe::Exposition::text_0_0_4);
}

TEST(ClientMetrics, are_all_there_at_zero) {
  const auto text = exposed(ClientMetrics());
  for (const auto* series :
       {"towline_clients 0", "towline_clients_total 0", R"(towline_logins_total{method="publickey"} 0)",
        R"(towline_login_failures_total{reason="key_unknown"} 0)",
        R"(towline_clients_refused_total{reason="penalty"} 0)",
        R"(towline_client_channels{kind="session"} 0)", "towline_client_received_bytes_total 0",
        "towline_client_sent_bytes_total 0"})
    EXPECT_THAT(text, HasSubstr(series));
  EXPECT_EQ(text.find(R"(reason="none")"), std::string::npos);
}

TEST(ClientMetrics, count_what_happens_and_what_is_there) {
  ClientMetrics metrics;
  observe::ClientSlot client({});
  metrics.connected();
  const observe::SessionAlgorithms agreed{.kex = "curve25519-sha256",
                                          .host_key_algorithm = "ssh-ed25519",
                                          .cipher = "aes256-ctr",
                                          .mac = "hmac-sha2-256-etm@openssh.com",
                                          .cipher_to_client = "aes128-gcm@openssh.com",
                                          .mac_to_client = ""};
  metrics.logged_in(ssh::LoginMethod::password, agreed);
  metrics.refused(ssh::Refusal::password_wrong);
  metrics.turned_away(ssh::TurnedAway::too_many);
  metrics.received(5);
  metrics.sent(7);
  {
    const CountedChannel channel(metrics, client, observe::ChannelKind::remote);
    EXPECT_THAT(exposed(metrics), HasSubstr(R"(towline_client_channels{kind="remote"} 1)"));
    EXPECT_THAT(client.facts().channels, testing::ElementsAre(0U, 0U, 1U));
  }
  EXPECT_THAT(client.facts().channels, testing::ElementsAre(0U, 0U, 0U));
  const auto text = exposed(metrics);
  for (const auto* series :
       {R"(towline_client_sessions{cipher="aes256-ctr",cipher_to_client="aes128-gcm@openssh.com",)"
        R"(host_key_algorithm="ssh-ed25519",kex="curve25519-sha256",mac="hmac-sha2-256-etm@openssh.com",)"
        R"(mac_to_client=""} 1)",
        "towline_clients 1", "towline_clients_total 1", R"(towline_logins_total{method="password"} 1)",
        R"(towline_login_failures_total{reason="password_wrong"} 1)",
        R"(towline_clients_refused_total{reason="too_many"} 1)",
        R"(towline_client_channels{kind="remote"} 0)", "towline_client_received_bytes_total 5",
        "towline_client_sent_bytes_total 7"})
    EXPECT_THAT(text, HasSubstr(series));
  metrics.gone(observe::Disconnect::admin, agreed);
  EXPECT_THAT(exposed(metrics), HasSubstr("towline_clients 0"));
  EXPECT_THAT(exposed(metrics), HasSubstr(R"(towline_client_disconnects_total{reason="admin"} 1)"));
  EXPECT_EQ(exposed(metrics).find("towline_client_sessions"), std::string::npos);
}

}  // namespace
}  // namespace towline::endpoint
