#include "config/of_mode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::config {
namespace {

using forward::Mode;
using testing::Contains;
using testing::Not;

std::vector<std::string> names_of(Mode mode) {
  std::vector<std::string> names;
  for (const auto& field : fields_of_mode(mode)) names.emplace_back(field.name);
  return names;
}

TEST(OfMode, what_is_about_clients_is_of_share_alone) {
  EXPECT_THAT(names_of(Mode::share), Contains("TOWLINE_AUTHORIZED_KEYS_FILE"));
  EXPECT_THAT(names_of(Mode::share), Contains("TOWLINE_SHARE_WAIT"));
  for (const auto mode : {Mode::local, Mode::remote, Mode::dynamic}) {
    EXPECT_THAT(names_of(mode), Not(Contains("TOWLINE_AUTHORIZED_KEYS_FILE")));
    EXPECT_THAT(names_of(mode), Not(Contains("TOWLINE_SHARE_WAIT")));
  }
}

TEST(OfMode, a_target_is_of_the_modes_that_have_one) {
  for (const auto* name : {"SSH_TARGET_HOST", "SSH_TARGET_PORT", "SSH_PROBE", "SSH_PROBE_INTERVAL"}) {
    EXPECT_THAT(names_of(Mode::local), Contains(name));
    EXPECT_THAT(names_of(Mode::remote), Contains(name));
    EXPECT_THAT(names_of(Mode::dynamic), Not(Contains(name)));
    EXPECT_THAT(names_of(Mode::share), Not(Contains(name)));
  }
}

TEST(OfMode, the_server_is_of_every_mode_and_each_variable_of_one) {
  for (const auto& field : fields()) {
    const auto is_of = [&](Mode mode) { return is_of_mode(field, mode); };
    EXPECT_TRUE(is_of(Mode::local) || is_of(Mode::remote) || is_of(Mode::share) || is_of(Mode::expose))
        << field.name;
    if (field.section == Section::server)
      EXPECT_TRUE(is_of(Mode::local) && is_of(Mode::remote) && is_of(Mode::dynamic) && is_of(Mode::share))
          << field.name;
  }
}

TEST(OfMode, the_entrance_has_no_server_and_an_address_of_its_own) {
  EXPECT_THAT(names_of(Mode::expose), Contains("TOWLINE_SSH_LISTEN"));
  for (const auto mode : {Mode::local, Mode::remote, Mode::dynamic, Mode::share})
    EXPECT_THAT(names_of(mode), Not(Contains("TOWLINE_SSH_LISTEN")));
  for (const auto* name :
       {"SSH_MODE", "TOWLINE_AUTHORIZED_KEYS", "TOWLINE_STATE_DIR", "SSH_SERVER_ALIVE_INTERVAL",
        "AUTOSSH_MAXLIFETIME", "TOWLINE_ADMIN_LISTEN", "TOWLINE_PORT_FILE"})
    EXPECT_THAT(names_of(Mode::expose), Contains(name));
  for (const auto* name : {"SSH_REMOTE_HOST", "SSH_KEY_FILE", "SSH_KNOWN_HOSTS", "SSH_BIND_IP",
                           "SSH_FORWARDS", "TOWLINE_SHARE_WAIT", "TOWLINE_BACKOFF_MAX", "SSH_PROBE"})
    EXPECT_THAT(names_of(Mode::expose), Not(Contains(name)));
}

}  // namespace
}  // namespace towline::config
