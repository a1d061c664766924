#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace towline::ssh {
namespace {

constexpr int first_errc = static_cast<int>(errc::connect_timeout);
constexpr int last_errc = static_cast<int>(errc::forward_timeout);

TEST(SshError, every_failure_has_a_sentence_of_its_own) {
  std::set<std::string> sentences;
  for (int value = first_errc; value <= last_errc; ++value) {
    const auto sentence = make_error_code(static_cast<errc>(value)).message();
    EXPECT_NE(sentence, "unknown SSH error") << value;
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
  }
  EXPECT_EQ(make_error_code(static_cast<errc>(last_errc + 1)).message(), "unknown SSH error")
      << "extend this test";
}

TEST(SshError, zero_is_success_and_no_failure) {
  EXPECT_EQ(first_errc, 1);
  EXPECT_TRUE(make_error_code(errc::connect_timeout).failed());
}

TEST(SshError, only_host_keys_and_authentication_are_permanent) {
  const std::set<errc> permanent = {errc::host_key_mismatch,
                                    errc::host_key_unknown,
                                    errc::host_key_revoked,
                                    errc::host_certificate_invalid,
                                    errc::key_file_unreadable,
                                    errc::key_file_invalid,
                                    errc::key_file_needs_passphrase,
                                    errc::passphrase_wrong,
                                    errc::certificate_invalid,
                                    errc::certificate_expired,
                                    errc::secret_file_unreadable,
                                    errc::agent_empty,
                                    errc::password_change_required,
                                    errc::authentication_refused,
                                    errc::password_refused,
                                    errc::questions_unanswered,
                                    errc::login_ended,
                                    errc::more_proof_required,
                                    errc::method_not_offered};
  for (int value = first_errc; value <= last_errc; ++value) {
    const auto code = static_cast<errc>(value);
    EXPECT_EQ(is_permanent(code), permanent.contains(code)) << make_error_code(code).message();
  }
}

TEST(SshError, the_same_number_of_another_category_is_not_permanent) {
  const boost::system::error_code other(static_cast<int>(errc::authentication_refused),
                                        boost::system::generic_category());
  EXPECT_FALSE(is_permanent(other));
  EXPECT_FALSE(is_permanent({}));
  EXPECT_FALSE(is_permanent(boost::asio::error::connection_refused));
}

TEST(SshError, a_sentence_can_speak_of_another_peer) {
  Failure failure(errc::peer_disconnected, "detail");
  failure.said = "\"bye\"";
  EXPECT_EQ(failure.message(), "the server ended the session: detail; the server said \"bye\"");
  EXPECT_EQ(message_of(failure, "the client"),
            "the client ended the session: detail; the client said \"bye\"");
  const Failure other(boost::asio::error::connection_refused);
  EXPECT_EQ(message_of(other, "the client"), other.message());
}

TEST(SshError, no_sentence_keeps_a_brace) {
  for (int value = first_errc; value <= last_errc; ++value)
    EXPECT_EQ(make_error_code(static_cast<errc>(value)).message().find_first_of("{}"), std::string::npos)
        << value;
}

}  // namespace
}  // namespace towline::ssh
