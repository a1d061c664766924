#include "supervisor/peer.hpp"

#include "net/error.hpp"
#include "ssh/wire/error.hpp"
#include "supervisor/explain.hpp"

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
  options.jump_hosts = {{{"outer", 22}, "ann", {}}, {{"inner", 2222}, "bob", {}}};
  options.jump_hosts[1].credentials.keys = {{.file = "/key"}};
  return options;
}

TEST(Peer, advice_on_a_jump_host_names_it_and_its_variables) {
  struct Row {
    error_code code;
    std::size_t index;
    std::vector<std::string> words;
  };
  const Row rows[] = {
      {errc::authentication_refused, 0, {"no key for jump host outer:22", "SSH_JUMP_KEY_FILE"}},
      {errc::authentication_refused, 1, {"~bob/", "jump host inner:2222", "SSH_JUMP_KEY_FILE"}},
      {errc::login_ended, 1, {"MaxAuthTries", "the log of jump host inner:2222"}},
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
  const auto options = through_two();
  for (const auto& row : rows) {
    const auto text = hint(row.code, peer_of({"db", 22}, options, row.index));
    for (const auto& word : row.words) EXPECT_THAT(text, HasSubstr(word)) << row.code.message();
    EXPECT_THAT(text, Not(HasSubstr("SSH_REMOTE_"))) << row.code.message();
    EXPECT_THAT(text, Not(HasSubstr("SSH_PASSWORD")))
        << "that is for the last server: " << row.code.message();
  }
}

TEST(Peer, what_a_jump_host_says_itself_is_about_its_user) {
  Failure closed(errc::peer_closed);
  closed.said = "\"Your account has expired\"";
  const auto options = through_two();
  EXPECT_THAT(hint(closed, peer_of({"db", 22}, options, 1)), HasSubstr("chage -E -1 bob"));
}

TEST(Peer, without_a_jump_host_is_the_server) {
  const auto options = through_two();
  EXPECT_EQ(filled("{user} on {server}, {address}, {host} {port}", peer_of({"db", 22}, options)),
            "root on the server, db:22, db 22");
  EXPECT_EQ(filled("{user} on {server}, {address}, {host} {port}", peer_of({"db", 22}, options, 1)),
            "bob on jump host inner:2222, inner:2222, inner 2222");
  EXPECT_EQ(filled("{nobody}", peer_of({"db", 22}, options)), "{nobody}");
}

}  // namespace
}  // namespace towline::supervisor
