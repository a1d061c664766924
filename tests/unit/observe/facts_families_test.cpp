#include "observe/facts_families.hpp"

#include "observe/family_set.hpp"
#include "observe/openmetrics.hpp"
#include "unit/observe/sample_facts.hpp"

#include <gtest/gtest.h>

namespace towline::observe {
namespace {

std::string text(const Facts& facts) {
  FamilySet set;
  add_facts(set, facts);
  return "\n" + expose(set.take(), Exposition::text_0_0_4);
}

void expect_line(const std::string& text, const std::string& line) {
  EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line << "\nis not in" << text;
}

TEST(FactsFamilies, a_forward_that_is_up_is_one) {
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  change(forward, [](ForwardStatus& status) { status.bound_port = 5432; });
  const std::string out = text(sample_facts({forward}));
  expect_line(out, "towline_ready 1");
  expect_line(out, "towline_forward_up{forward=\"db\"} 1");
  expect_line(out, "towline_forward_state{forward=\"db\",state=\"up\"} 1");
  expect_line(out, "towline_forward_state{forward=\"db\",state=\"backoff\"} 0");
  expect_line(out, "towline_forward_bound_port{forward=\"db\"} 5432");
  expect_line(out, "towline_forward_state_change_timestamp_seconds{forward=\"db\"} 1767323003.678");
  expect_line(out, "towline_forward_up_timestamp_seconds{forward=\"db\"} 1767323003.678");
  expect_line(out, "towline_ssh_last_received_timestamp_seconds{forward=\"db\"} 1767323042.678");
  expect_line(
      out,
      "towline_forward_info{forward=\"db\",listen=\"127.0.0.1:5432\",mode=\"local\",server=\"me@bastion:22\","
      "target=\"db:5432\"} 1");
}

TEST(FactsFamilies, a_silent_session_is_degraded_and_not_up) {
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  forward.last_received = sample_now().steady - 41s;
  const std::string out = text(sample_facts({forward}));
  expect_line(out, "towline_ready 0");
  expect_line(out, "towline_forward_up{forward=\"db\"} 0");
  expect_line(out, "towline_forward_state{forward=\"db\",state=\"up\"} 0");
  expect_line(out, "towline_forward_state{forward=\"db\",state=\"degraded\"} 1");
}

TEST(FactsFamilies, what_never_happened_is_zero) {
  ForwardFacts forward = sample_forward("db", ForwardState::resolving);
  forward.last_received.reset();
  const std::string out = text(sample_facts({forward}));
  for (const char* name :
       {"towline_forward_up_timestamp_seconds", "towline_forward_bound_port", "towline_forward_flaps_total",
        "towline_ssh_backoff_seconds", "towline_ssh_next_attempt_timestamp_seconds",
        "towline_ssh_consecutive_failures", "towline_ssh_last_received_timestamp_seconds"}) {
    expect_line(out, std::string(name) + "{forward=\"db\"} 0");
  }
  EXPECT_EQ(out.find("session_info{"), std::string::npos);
}

TEST(FactsFamilies, the_session_info_is_that_of_the_present_session) {
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  change(forward,
         [](ForwardStatus& status) { status.session = SessionInfo{"OpenSSH_9.2", sample_algorithms()}; });
  expect_line(text(sample_facts({forward})),
              "towline_ssh_session_info{cipher=\"aes128-gcm@openssh.com\",cipher_to_client=\"aes256-ctr\","
              "forward=\"db\",host_key_algorithm=\"ssh-ed25519\",kex=\"curve25519-sha256\",mac=\"\","
              "mac_to_client=\"hmac-sha2-256\",server_software=\"OpenSSH_9.2\"} 1");
}

TEST(FactsFamilies, the_key_is_told_by_its_public_part) {
  ForwardFacts forward = sample_forward("db", ForwardState::up);
  EXPECT_EQ(text(sample_facts({forward})).find("towline_key_info{"), std::string::npos);
  expect_line(text(sample_facts({forward})), "towline_key_loaded_timestamp_seconds{forward=\"db\"} 0");
  change(forward, [](ForwardStatus& status) {
    status.key = KeyInfo{"ssh-ed25519", "SHA256:abc", sample_now().wall, {}};
  });
  const std::string key = text(sample_facts({forward}));
  expect_line(key, "towline_key_info{fingerprint=\"SHA256:abc\",forward=\"db\",key_type=\"ssh-ed25519\"} 1");
  expect_line(key, "towline_key_loaded_timestamp_seconds{forward=\"db\"} 1767323045.678");
  expect_line(key, "towline_certificate_expiry_timestamp_seconds{forward=\"db\"} 0");
  change(forward, [](ForwardStatus& status) { status.key->certificate_expiry = sample_now().wall + 1h; });
  expect_line(text(sample_facts({forward})),
              "towline_certificate_expiry_timestamp_seconds{forward=\"db\"} 1767326645.678");
}

TEST(FactsFamilies, a_waiting_forward_tells_when_it_tries_again) {
  ForwardFacts forward = sample_forward("db", ForwardState::backoff, ConnectFailure::refused);
  change(forward, [](ForwardStatus& status) {
    status.backoff = 1500ms;
    status.next_attempt = before(-1s);
    status.consecutive_failures = 3;
    status.host_key_verified = false;
  });
  const std::string out = text(sample_facts({forward}));
  expect_line(out, "towline_ssh_backoff_seconds{forward=\"db\"} 1.5");
  expect_line(out, "towline_ssh_next_attempt_timestamp_seconds{forward=\"db\"} 1767323046.678");
  expect_line(out, "towline_ssh_consecutive_failures{forward=\"db\"} 3");
  expect_line(out, "towline_forward_host_key_verified{forward=\"db\"} 0");
}

}  // namespace
}  // namespace towline::observe
