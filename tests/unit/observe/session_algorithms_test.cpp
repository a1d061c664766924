#include "observe/session_algorithms.hpp"

#include "observe/client_sessions.hpp"
#include "unit/observe/sample_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::observe {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(SessionAlgorithms, are_fields_of_the_log_each_way) {
  const auto agreed = sample_algorithms();
  EXPECT_EQ(render_fields(LogFormat::text, fields_of(agreed)),
            " kex=curve25519-sha256 host_key_algorithm=ssh-ed25519 cipher=aes128-gcm@openssh.com mac=\"\" "
            "cipher_to_client=aes256-ctr mac_to_client=hmac-sha2-256");
}

TEST(ClientSessions, are_counted_together_where_they_agree_and_forgotten_with_the_last) {
  ClientSessions sessions;
  auto other = sample_algorithms();
  other.kex = "mlkem768x25519-sha256";
  for (const auto& agreed : {sample_algorithms(), other, sample_algorithms()}) sessions.add(agreed);
  EXPECT_THAT(sessions.counts(), UnorderedElementsAre(Pair(sample_algorithms(), 2), Pair(other, 1)));
  sessions.remove(other);
  sessions.remove(sample_algorithms());
  EXPECT_THAT(sessions.counts(), UnorderedElementsAre(Pair(sample_algorithms(), 1)));
  sessions.remove(other);
  sessions.remove(sample_algorithms());
  EXPECT_THAT(sessions.counts(), IsEmpty());
}

}  // namespace
}  // namespace towline::observe
