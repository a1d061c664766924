// -S with a host certificate: clients that know nothing but its authority.
#include "integration/fixtures/share.hpp"

#include <string>
#include <vector>

namespace towline::fixtures {

namespace {

class ShareCertificates : public ShareTest {
 protected:
  ShareCertificates() : authority_(make_key(dir_)), known_hosts_(dir_.path("authority_known_hosts")) {
    write_file(known_hosts_, "@cert-authority [127.0.0.1]:* " + authority_.public_line + "\n");
  }

  // `ssh` that trusts the authority and no key; the first of two values counts.
  Arguments trusting(const Arguments& more = {}, const Arguments& command = {"echo in"}) const {
    auto argv = ssh(more, command);
    argv.insert(argv.begin() + 1,
                {"-o", "UserKnownHostsFile=" + known_hosts_, "-o", "StrictHostKeyChecking=yes"});
    return argv;
  }

  std::string signed_key(const KeyPair& key,
                         const std::vector<std::string>& options = {"-h", "-n", "127.0.0.1"}) {
    return certify(key, authority_, options);
  }

  KeyPair authority_;
  std::string known_hosts_;
};

TEST_F(ShareCertificates, are_believed_for_every_kind_of_key_and_through_key_exchanges) {
  std::string keys, certificates;
  for (const auto type : {KeyType::ed25519, KeyType::ecdsa, KeyType::rsa_4096}) {
    const auto key = make_key(dir_, type);
    keys += (keys.empty() ? "" : ",") + key.private_file;
    certificates += (certificates.empty() ? "" : ",") + signed_key(key);
  }
  begin({{"TOWLINE_HOST_KEY_FILE", keys},
         {"TOWLINE_HOST_CERTIFICATE_FILE", certificates},
         {"TOWLINE_AUTHORIZED_KEYS", key_.public_line}});
  for (const std::string algorithm : {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"}) {
    const auto ran = run(trusting({"-o", "HostKeyAlgorithms=" + algorithm + "-cert-v01@openssh.com"}));
    EXPECT_EQ(ran.output, "in\n") << algorithm << ran.errors;
  }
  const auto much =
      run(trusting({"-o", "RekeyLimit=64K"}, {"head -c 1000000 /dev/zero | wc -c; seq 200000 | tail -n 1"}));
  EXPECT_EQ(much.output, "1000000\n200000\n") << much.errors;
  EXPECT_TRUE(towline_->logged("client.host_certificate"));
  EXPECT_TRUE(towline_->logged("authority=" + authority_.fingerprint()));
}

TEST_F(ShareCertificates, leave_those_alone_who_know_the_key) {
  begin({{"TOWLINE_HOST_CERTIFICATE_FILE", signed_key(endpoint_key_)}});
  EXPECT_EQ(run(ssh({}, {"echo in"})).output, "in\n");
  EXPECT_EQ(run(ssh({"-o", "HostKeyAlgorithms=ssh-ed25519"}, {"echo in"})).output, "in\n");
}

TEST_F(ShareCertificates, are_believed_by_asyncssh) {
  begin({{"TOWLINE_HOST_CERTIFICATE_FILE", signed_key(endpoint_key_)}});
  const std::string talk =
      "import asyncio, asyncssh, sys\n"
      "async def talk():\n"
      "  async with asyncssh.connect('127.0.0.1', int(sys.argv[1]), username='anybody', config=None,\n"
      "                              client_keys=None, known_hosts=sys.argv[2]) as conn:\n"
      "    print((await conn.run('echo in')).stdout, end='')\n"
      "asyncio.run(talk())\n";
  const auto ran =
      run({"/usr/bin/python3", "-W", "ignore", "-c", talk, std::to_string(entry_.number()), known_hosts_});
  EXPECT_EQ(ran.output, "in\n") << ran.errors;
}

TEST_F(ShareCertificates, of_another_name_are_refused_by_clients) {
  begin({{"TOWLINE_HOST_CERTIFICATE_FILE", signed_key(endpoint_key_, {"-h", "-n", "elsewhere"})}});
  const auto ran = run(trusting());
  EXPECT_EQ(ran.code, 255);
  EXPECT_NE(ran.errors.find("not a listed principal"), std::string::npos) << ran.errors;
}

TEST_F(ShareCertificates, that_are_not_valid_now_are_not_shown) {
  begin({{"TOWLINE_HOST_CERTIFICATE_FILE", signed_key(endpoint_key_, {"-h", "-V", "20200101:20210101"})}});
  EXPECT_TRUE(towline_->logged("a host certificate is not shown to clients"));
  EXPECT_EQ(run(ssh({}, {"echo in"})).output, "in\n");
  EXPECT_EQ(run(trusting()).code, 255);
}

TEST_F(ShareCertificates, of_another_key_or_for_users_end_the_start_with_the_reason) {
  const auto other = make_key(dir_);
  for (const auto& [file, reason] : std::vector<std::pair<std::string, std::string>>{
           {signed_key(other), "which is no host key here"},
           {signed_key(endpoint_key_, {"-n", "127.0.0.1"}), "it is one for users"},
           {other.private_file + ".pub", "a public key without a certificate"}}) {
    auto variables = environment();
    variables["TOWLINE_HOST_CERTIFICATE_FILE"] = file;
    Towline towline(dir_, variables);
    EXPECT_EQ(towline.process().exit_code(patience), 78);
    EXPECT_TRUE(towline.logged(reason)) << towline.log();
    EXPECT_TRUE(towline.logged("see TOWLINE_HOST_CERTIFICATE"));
  }
}

}  // namespace

}  // namespace towline::fixtures
