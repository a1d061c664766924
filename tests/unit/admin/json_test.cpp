#include "admin/json.hpp"

#include "unit/admin/sample_view.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

namespace json = boost::json;

TEST(Json, status_tells_the_agent_and_every_forward) {
  const json::value status = json::parse(status_json(sample_view()));
  EXPECT_EQ(status.at("version"), "1.2.3");
  EXPECT_EQ(status.at("libssh2"), "1.11.1");
  EXPECT_EQ(status.at("uptime_s").to_number<double>(), 600);
  EXPECT_EQ(status.at("started_at"), "2026-01-02T02:54:05.678Z");
  EXPECT_EQ(status.at("live"), true);
  EXPECT_EQ(status.at("ready"), false);
  EXPECT_EQ(status.at("reason"), "auth");
  EXPECT_EQ(status.at("started"), false);
  EXPECT_EQ(status.at("draining"), false);

  const auto& db = status.at("forwards").at(0);
  EXPECT_EQ(db.at("name"), "db");
  EXPECT_EQ(db.at("up"), true);
  EXPECT_EQ(db.at("state"), "up");
  EXPECT_TRUE(db.at("reason").is_null());
  EXPECT_EQ(db.at("since"), "2026-01-02T03:03:23.678Z");
  EXPECT_EQ(db.at("bound_port").to_number<int>(), 5432);
  EXPECT_TRUE(db.at("public_addresses").as_array().empty());
  EXPECT_EQ(db.at("last_received_s").to_number<double>(), 3);
  EXPECT_EQ(db.at("session"),
            json::parse(R"({"server_software":"OpenSSH_9.2p1","kex":"curve25519-sha256",)"
                        R"("host_key_algorithm":"ssh-ed25519","cipher":"aes128-gcm@openssh.com","mac":"",)"
                        R"("cipher_to_client":"aes256-ctr","mac_to_client":"hmac-sha2-256"})"));
  EXPECT_EQ(db.at("counters").at("received_bytes").to_number<int>(), 5 << 20);
  EXPECT_EQ(db.at("counters").at("connections_active").to_number<int>(), 3);

  const auto& cache = status.at("forwards").at(1);
  EXPECT_EQ(cache.at("up"), false);
  EXPECT_EQ(cache.at("state"), "backoff");
  EXPECT_EQ(cache.at("reason"), "auth");
  EXPECT_EQ(cache.at("detail"), "the server offers publickey");
  EXPECT_EQ(cache.at("attempts").to_number<int>(), 7);
  EXPECT_EQ(cache.at("next_attempt_s").to_number<double>(), 12);
  EXPECT_TRUE(cache.at("bound_port").is_null());
  EXPECT_TRUE(cache.at("session").is_null());
  EXPECT_EQ(cache.at("counters").at("connections_opened").to_number<int>(), 0);
}

TEST(Json, clients_are_told_by_what_they_have_agreed_on) {
  View view = sample_view();
  EXPECT_TRUE(json::parse(status_json(view)).at("client_sessions").is_null());
  view.facts.clients.emplace();
  EXPECT_EQ(json::parse(status_json(view)).at("client_sessions"), json::array());
  view.facts.clients->emplace(observe::sample_algorithms(), 2);
  const auto told = json::parse(status_json(view)).at("client_sessions").at(0);
  EXPECT_EQ(told.at("kex"), "curve25519-sha256");
  EXPECT_EQ(told.at("cipher_to_client"), "aes256-ctr");
  EXPECT_EQ(told.at("clients").to_number<int>(), 2);
}

TEST(Json, the_last_probe_is_told_with_its_age) {
  View view = sample_view();
  const auto probe = [&] { return json::parse(status_json(view)).at("forwards").at(0).at("probe"); };
  EXPECT_TRUE(probe().is_null());

  observe::change(view.facts.forwards[0],
                  [](observe::ForwardStatus& status) { status.probe = {{}, "", observe::before(4s), 12ms}; });
  EXPECT_EQ(probe(),
            json::parse(R"({"success":true,"reason":null,"detail":null,"at":"2026-01-02T03:04:01.678Z",)"
                        R"("age_s":4.0,"duration_s":0.012})"));

  observe::change(view.facts.forwards[0], [](observe::ForwardStatus& status) {
    status.probe = {observe::ProbeFailure::http_status, "status \xff!", observe::before(4s), 12ms};
  });
  EXPECT_EQ(probe().at("success"), false);
  EXPECT_EQ(probe().at("reason"), "http_status");
  EXPECT_EQ(probe().at("detail"), "status \xef\xbf\xbd!");
}

TEST(Json, the_clients_of_an_endpoint_are_told_with_what_they_have_open) {
  View view = sample_view();
  EXPECT_EQ(json::parse(status_json(view)).at("endpoints"), json::array{});
  auto endpoint = sample_endpoint(1);
  endpoint.clients[0].channels = {1, 2, 3};
  endpoint.clients[0].listens = {"localhost:8080"};
  endpoint.clients[0].listens_more = 4;
  endpoint.clients_more = 5;
  view.endpoints = {endpoint};
  EXPECT_EQ(
      json::parse(status_json(view)).at("endpoints"),
      json::parse(
          R"([{"forward":"tools","listen":["127.0.0.1:2222","[::1]:2222"],"host_keys":[)"
          R"({"type":"ssh-ed25519","fingerprint":"SHA256:hostkey","known_hosts":"* ssh-ed25519 AAAA"}],)"
          R"("clients":[{"id":1,"user":"user","address":"192.0.2.1:4711",)"
          R"("since":"2026-01-02T03:03:23.678Z","age_s":42.0,"method":"publickey",)"
          R"("fingerprint":"SHA256:userkey","channels":{"session":1,"local":2,"remote":3},)"
          R"("listens":["localhost:8080"],"listens_more":4}],"clients_more":5}])"));
}

TEST(Json, words_of_a_server_become_utf8) {
  View view = sample_view();
  observe::change(view.facts.forwards[1],
                  [](observe::ForwardStatus& status) { status.detail = "bad \xff \"x\""; });
  const json::value status = json::parse(status_json(view));
  EXPECT_EQ(status.at("forwards").at(1).at("detail"), "bad \xef\xbf\xbd \"x\"");
}

TEST(Json, a_verdict_keeps_its_lines) {
  observe::Verdict verdict;
  verdict.ok = false;
  verdict.reason = observe::ConnectFailure::dns;
  verdict.subject = "db";
  verdict.lines = {"[-]forward/db backoff reason=dns"};
  EXPECT_EQ(verdict_json("readyz", verdict), R"({"check":"readyz","ok":false,"reason":"dns","subject":"db",)"
                                             R"("checks":["[-]forward/db backoff reason=dns"]})"
                                             "\n");
}

}  // namespace
}  // namespace towline::admin
