#include "integration/fixtures/tunnel.hpp"

#include <tuple>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

constexpr auto limit = 60s;

enum class Server { openssh, dropbear };

std::unique_ptr<SshServer> make_server(TempDir& dir, Server server, KeyType host_key) {
  if (server == Server::dropbear) return std::make_unique<Dropbear>(dir, host_key);
  return std::make_unique<Sshd>(dir, host_key);
}

std::string describe(Server server) { return server == Server::openssh ? "openssh" : "dropbear"; }

class KeyTypes : public testing::TestWithParam<std::tuple<Server, KeyType, KeyType>> {};

TEST_P(KeyTypes, of_host_and_user_carry_verified_data_both_ways) {
  const auto [kind, host_key, user_key] = GetParam();
  if (kind == Server::dropbear && !Dropbear::available()) GTEST_SKIP() << "needs root and /usr/sbin/dropbear";
  TempDir dir;
  const auto key = make_key(dir, user_key);
  const auto server = make_server(dir, kind, host_key);
  server->authorize(key);
  server->start();
  SourceSink target;
  for (const auto mode : {Mode::local, Mode::remote}) {
    FreePort entry;
    Towline towline(dir, tunnel_environment(*server, key, mode, entry.number(), target.port()));
    ASSERT_TRUE(towline.ready_within(10s)) << to_string(mode) << "\n" << towline.log();
    const Conversation talk{.send_bytes = 3 * mebibyte, .receive_bytes = 5 * mebibyte};
    EXPECT_EQ(converse(entry.number(), talk, limit).problem, "") << to_string(mode);
  }
}

std::string key_types_name(const testing::TestParamInfo<KeyTypes::ParamType>& info) {
  const auto& [server, host_key, user_key] = info.param;
  return describe(server) + "_host_" + to_string(host_key) + "_user_" + to_string(user_key);
}

INSTANTIATE_TEST_SUITE_P(Servers, KeyTypes,
                         testing::Combine(testing::Values(Server::openssh, Server::dropbear),
                                          testing::ValuesIn(every_key_type),
                                          testing::ValuesIn(every_key_type)),
                         key_types_name);

struct CipherCase {
  const char* name;
  std::vector<std::string> config;
};

class Cipher : public testing::TestWithParam<CipherCase> {};

TEST_P(Cipher, forced_by_the_server_carries_verified_data_both_ways) {
  TempDir dir;
  const auto key = make_key(dir);
  Sshd server(dir, KeyType::ed25519, GetParam().config);
  server.authorize(key);
  server.start();
  SourceSink target;
  FreePort entry;
  Towline towline(dir, tunnel_environment(server, key, Mode::local, entry.number(), target.port()));
  ASSERT_TRUE(towline.ready_within(10s));
  std::vector<Conversation> all;
  for (std::uint64_t i = 1; i <= 10; ++i)
    all.push_back({.send_bytes = i * 1'000'003, .receive_bytes = 11'000'000 - i * 999'983, .seed = i});
  EXPECT_EQ(converse_all(entry.number(), all, limit), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    Forced, Cipher,
    testing::Values(CipherCase{"aes128_gcm", {"Ciphers aes128-gcm@openssh.com"}},
                    CipherCase{"aes256_gcm", {"Ciphers aes256-gcm@openssh.com"}},
                    CipherCase{"chacha20_poly1305", {"Ciphers chacha20-poly1305@openssh.com"}},
                    CipherCase{"aes128_ctr_etm",
                               {"Ciphers aes128-ctr", "MACs hmac-sha2-256-etm@openssh.com"}},
                    CipherCase{"aes256_ctr", {"Ciphers aes256-ctr", "MACs hmac-sha2-256"}}),
    [](const auto& info) { return std::string(info.param.name); });

class KeyExchangeLog : public TunnelTest {
 protected:
  KeyExchangeLog() : TunnelTest({"LogLevel DEBUG3"}) {}
};

TEST_F(KeyExchangeLog, shows_that_strict_key_exchange_was_negotiated) {
  EchoServer target;
  const auto towline = start(environment(Mode::local, target.port()));
  EXPECT_NE(sshd_.log().find("will use strict KEX ordering"), std::string::npos);
}

class ServerKeepalive : public TunnelModeTest {
 protected:
  ServerKeepalive() : TunnelModeTest({"ClientAliveInterval 1", "ClientAliveCountMax 1", "LogLevel DEBUG3"}) {}

  // It asks nothing else that wants an answer (RFC 4254, 4: SSH_MSG_REQUEST_FAILURE).
  bool has_its_answer() const { return sshd_.log().find("receive packet: type 82") != std::string::npos; }
};

TEST_P(ServerKeepalive, is_answered_on_an_idle_session) {
  EchoServer target;
  auto variables = environment(GetParam(), target.port());
  variables["SSH_SERVER_ALIVE_INTERVAL"] = "0";
  const auto towline = start(std::move(variables));
  EXPECT_TRUE(eventually(20s, [&] { return has_its_answer(); }));
  EXPECT_TRUE(towline->ready());
  EXPECT_EQ(towline->metric("towline_ssh_disconnects_total"), 0);
  EXPECT_TRUE(echoes(entry_.number(), 2s));
}

INSTANTIATE_TEST_SUITE_P(Modes, ServerKeepalive, testing::Values(Mode::local, Mode::remote), mode_name);

}  // namespace

}  // namespace towline::fixtures
