#include "integration/fixtures/tunnel.hpp"

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

// A server that shows a certificate, and a known_hosts file with nothing but its authority.
class CertifiedServer : public testing::Test {
 protected:
  CertifiedServer() : key_(make_key(dir_)), authority_(make_key(dir_)), sshd_(dir_) {
    sshd_.authorize(key_);
    sshd_.configure("RekeyLimit 64K");
    write_file(sshd_.known_hosts_file(), "@cert-authority * " + authority_.public_line + "\n");
  }

  void start_with(const std::vector<std::string>& options) {
    sshd_.configure("HostCertificate " + certify(sshd_.host_key(), authority_, options));
    sshd_.start();
  }
  Environment environment(std::uint16_t target_port) const {
    return tunnel_environment(sshd_, key_, Mode::local, entry_.number(), target_port);
  }

  TempDir dir_;
  KeyPair key_;
  KeyPair authority_;
  FreePort entry_;
  Sshd sshd_;
};

TEST_F(CertifiedServer, is_verified_and_carries_data_through_repeated_key_exchanges) {
  start_with({"-h", "-n", "127.0.0.1"});
  SourceSink target;
  Towline towline(dir_, environment(target.port()));
  ASSERT_TRUE(towline.ready_within(10s));
  EXPECT_EQ(towline.metric("towline_forward_host_key_verified"), 1);
  EXPECT_TRUE(towline.logged("verified_by=certificate"));
  EXPECT_TRUE(towline.logged(sshd_.host_key().fingerprint()));
  EXPECT_TRUE(towline.logged("authority=" + authority_.fingerprint()));
  const Conversation talk{.send_bytes = mebibyte, .receive_bytes = mebibyte};
  EXPECT_EQ(converse(entry_.number(), talk, 60s).problem, "");
  EXPECT_EQ(towline.metric("towline_ssh_disconnects_total"), 0);
}

TEST_F(CertifiedServer, whose_certificate_expired_is_refused_and_the_log_says_why) {
  start_with({"-h", "-n", "127.0.0.1", "-V", "20200101:20210101"});
  EchoServer target;
  Towline towline(dir_, environment(target.port()));
  ASSERT_TRUE(eventually(10s, [&] {
    return towline.metric("towline_ssh_connect_failures_total", {{"reason", "host_key"}}) >= 1;
  }));
  EXPECT_TRUE(towline.logged("its certificate expired on 202"));
  EXPECT_TRUE(towline.logged("have it signed anew"));
  EXPECT_EQ(sshd_.log().find("userauth-request"), std::string::npos) << "it went on to authenticate";
}

}  // namespace

}  // namespace towline::fixtures
