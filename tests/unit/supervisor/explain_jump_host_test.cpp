#include "supervisor/explain_jump_host.hpp"

#include "net/error.hpp"
#include "ssh/error.hpp"

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::supervisor {
namespace {

using boost::system::error_code;
using ssh::errc;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ssh::Options through_two() {
  ssh::Options options;
  options.server = {"db", 22};
  options.jump_hosts = {{{"outer", 22}, "ann", {}}, {{"inner", 2222}, "bob", {}}};
  options.jump_hosts[1].credentials.keys = {{.file = "/key"}};
  return options;
}

TEST(ExplainJumpHost, advice_names_the_jump_host_and_its_variables) {
  struct Row {
    error_code code;
    std::size_t index;
    std::vector<std::string> words;
  };
  const Row rows[] = {
      {errc::authentication_refused, 0, {"no key for jump host outer:22", "SSH_JUMP_KEY_FILE"}},
      {errc::authentication_refused, 1, {"~bob/", "jump host inner:2222", "SSH_JUMP_KEY_FILE"}},
      {errc::too_many_attempts, 1, {"MaxAuthTries", "jump host inner:2222", "SSH_JUMP_KEY_FILE"}},
      {errc::method_not_offered, 1, {"let bob log in by key", "jump host inner:2222"}},
      {errc::questions_unanswered, 0, {"Match User ann", "jump host outer:22"}},
      {errc::no_common_cipher, 0, {"Ciphers in the sshd_config of outer:22"}},
      {errc::open_administratively_prohibited,
       0,
       {"jump host outer:22", "AllowTcpForwarding", "permitopen in authorized_keys"}},
      {errc::open_unknown_channel_type, 0, {"jump host outer:22", "AllowTcpForwarding"}},
      {errc::open_resource_shortage, 1, {"jump host inner:2222"}},
      {errc::open_connect_failed, 0, {"inner:2222", "from jump host outer:22"}},
      {errc::open_timeout, 1, {"db:22", "from jump host inner:2222"}},
      {net::errc::name_not_found, 0, {"SSH_JUMP_HOSTS"}},
      {boost::asio::error::connection_refused, 0, {"SSH_JUMP_HOSTS", "outer:22"}},
      {errc::host_key_unknown, 1, {"ssh-keyscan -p 2222 inner"}},
      {errc::banner_missing, 0, {"outer:22"}},
  };
  for (const auto& row : rows) {
    const auto text = hint_at_jump_host(row.code, through_two(), row.index);
    for (const auto& word : row.words) EXPECT_THAT(text, HasSubstr(word)) << row.code.message();
    EXPECT_THAT(text, Not(HasSubstr("SSH_REMOTE_"))) << row.code.message();
    EXPECT_THAT(text, Not(HasSubstr("SSH_PASSWORD")))
        << "that is for the last server: " << row.code.message();
  }
}

TEST(ExplainJumpHost, what_it_says_itself_is_about_its_user) {
  Failure closed(errc::peer_closed);
  closed.said = "\"Your account has expired\"";
  EXPECT_THAT(hint_at_jump_host(closed, through_two(), 1), HasSubstr("chage -E -1 bob"));
}

}  // namespace
}  // namespace towline::supervisor
