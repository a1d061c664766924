#include "forward/remote_listening.hpp"

#include <gtest/gtest.h>

namespace towline::forward {
namespace {

constexpr auto openssh = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3";

ForwardSpec at(const std::string& host, bool both_loopbacks = false) {
  return {.mode = Mode::remote, .listen = {host, 8080}, .both_loopbacks = both_loopbacks};
}

TEST(RemoteListening, asks_opensshs_server_for_each_loopback_address_where_no_address_is_written) {
  EXPECT_TRUE(asks_for_each_loopback(at("localhost", true), openssh));
  EXPECT_TRUE(asks_for_each_loopback(at("localhost", true), "SSH-2.0-OpenSSH_for_Windows_9.5"));
}

TEST(RemoteListening, asks_in_the_words_of_the_configuration_for_everything_else) {
  for (const auto* host : {"localhost", "127.0.0.1", "::1", "", "0.0.0.0", "10.0.0.1"})
    EXPECT_FALSE(asks_for_each_loopback(at(host), openssh)) << host;
  for (const auto* software : {"SSH-2.0-dropbear_2022.83", "SSH-2.0-Go", "SSH-1.99-OpenSSH_3.9", ""})
    EXPECT_FALSE(asks_for_each_loopback(at("localhost", true), software)) << software;
  EXPECT_FALSE(asks_for_each_loopback(at("0.0.0.0", true), openssh)) << "-g has changed it";
}

}  // namespace
}  // namespace towline::forward
