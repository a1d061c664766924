// ssh::connect() against a real sshd: what it takes for the server's key under which rules.
#include "integration/fixtures/ssh_server.hpp"
#include "ssh/client/connect.hpp"
#include "ssh/transport/client/library.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

namespace towline::ssh {

namespace {

using namespace fixtures;
using namespace std::chrono_literals;
using Strict = StrictHostKeyChecking;

class HostKeyConnect : public testing::Test {
 protected:
  HostKeyConnect() : user_key_(make_key(dir_)), sshd_(dir_) {
    sshd_.authorize(user_key_);
    server_ = {"127.0.0.1", sshd_.port()};
    options_.user = sshd_.user();
    options_.credentials.keys = {{.file = user_key_.private_file}};
    options_.connect_timeout = 60s;
    options_.host_key.strict = Strict::yes;
  }

  // "known_hosts", "pin", …, or the failure.
  std::string connect(AcceptedHostKeys& accepted) {
    asio::io_context context{1};
    const net::Resolver resolver;
    std::optional<Attempt> attempt;
    const auto note = [this](const Trace&, News news) { news_.push_back(news); };
    asio::co_spawn(context, ssh::connect(server_, options_, resolver, accepted, note),
                   [&](const std::exception_ptr& bug, Attempt made) {
                     if (bug) std::rethrow_exception(bug);
                     attempt = std::move(made);
                   });
    context.run();
    shown_ = attempt->trace.visits.back();
    if (!attempt->outcome) {
      code_ = attempt->outcome.error().code;
      return attempt->outcome.error().message();
    }
    return to_string(shown_.host_key_decision.proof);
  }
  std::string connect() {
    AcceptedHostKeys accepted(options_.host_key.accepted_file);
    return connect(accepted);
  }

  void change_host_key() {
    sshd_.kill_all();
    sshd_.change_host_key();
    sshd_.start();
  }

  const Library library_;
  TempDir dir_;
  KeyPair user_key_;
  Sshd sshd_;
  net::HostPort server_;
  Options options_;
  std::vector<News> news_;  // of all attempts
  Visit shown_;             // by the last one
  boost::system::error_code code_;
};

TEST_F(HostKeyConnect, a_pin_is_enough_and_any_other_key_is_refused) {
  sshd_.start();
  const auto first = sshd_.host_key().fingerprint();
  options_.host_key.fingerprints = {"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", first};
  EXPECT_EQ(connect(), "pin");
  EXPECT_TRUE(shown_.host_key_decision.verified());
  EXPECT_EQ(fingerprint(shown_.host_key.key), first);
  change_host_key();
  const auto failure = connect();
  EXPECT_EQ(code_, errc::host_key_mismatch) << failure;
  EXPECT_EQ(fingerprint(shown_.host_key.key), sshd_.host_key().fingerprint());
  EXPECT_EQ(shown_.steps.back().step, ConnectStep::host_key);
  EXPECT_NE(failure.find(first), std::string::npos) << failure;
  EXPECT_NE(failure.find(sshd_.host_key().fingerprint()), std::string::npos) << failure;
}

TEST_F(HostKeyConnect, inline_text_and_bare_host_are_known_hosts_too) {
  sshd_.start();
  options_.host_key.known_hosts_text = "127.0.0.1 " + sshd_.host_key().public_line + "\nbroken";
  EXPECT_EQ(connect(), "known_hosts");
  EXPECT_EQ(shown_.host_key_decision.place(), "SSH_KNOWN_HOSTS:1");
  EXPECT_EQ(shown_.bad_lines.size(), 1U);
  EXPECT_EQ(std::ranges::count(news_, News::known_hosts), 1);
}

TEST_F(HostKeyConnect, an_alias_is_looked_up_instead_of_the_name) {
  sshd_.start();
  options_.host_key.known_hosts_text = "cluster " + sshd_.host_key().public_line;
  EXPECT_NE(connect(), "known_hosts");
  EXPECT_EQ(code_, errc::host_key_unknown);
  options_.host_key.alias = "cluster";
  EXPECT_EQ(connect(), "known_hosts");
}

TEST_F(HostKeyConnect, a_key_accepted_on_first_use_is_kept_in_the_state_file) {
  sshd_.start();
  options_.host_key.strict = Strict::accept_new;
  options_.host_key.accepted_file = dir_.path("state");
  EXPECT_EQ(connect(), "first use");
  EXPECT_FALSE(shown_.host_key_decision.verified());
  EXPECT_TRUE(shown_.host_key_decision.remember);
  EXPECT_EQ(connect(), "first use");  // another process
  EXPECT_FALSE(shown_.host_key_decision.remember);
  change_host_key();
  const auto failure = connect();
  EXPECT_EQ(code_, errc::host_key_mismatch) << failure;
  EXPECT_NE(failure.find(dir_.path("state") + ":1"), std::string::npos) << failure;
  EXPECT_EQ(std::ranges::count(news_, News::accepted_file), 0);
}

TEST_F(HostKeyConnect, a_state_file_that_cannot_be_written_is_told_once_and_stops_nothing) {
  sshd_.start();
  options_.host_key.strict = Strict::accept_new;
  AcceptedHostKeys accepted(dir_.path("missing/state"));
  EXPECT_EQ(connect(accepted), "first use");
  EXPECT_EQ(connect(accepted), "first use");
  EXPECT_EQ(std::ranges::count(news_, News::accepted_file), 1);
  change_host_key();
  connect(accepted);
  EXPECT_EQ(code_, errc::host_key_mismatch);
}

TEST_F(HostKeyConnect, without_checking_nothing_is_verified) {
  sshd_.start();
  options_.host_key.strict = Strict::no;
  EXPECT_EQ(connect(), "none");
  change_host_key();
  EXPECT_EQ(connect(), "none");
}

struct CertificateCase {
  const char* name;
  std::vector<std::string> options;  // of ssh-keygen
  const char* known_hosts;           // {ca} signed, {other} did not, {host} is the certified key
  errc refused = {};                 // none: accepted by the certificate
  const char* why = "";              // a part of the failure's text
};

class Certificate : public HostKeyConnect, public testing::WithParamInterface<CertificateCase> {
 protected:
  Certificate() : authority_(make_key(dir_)), other_(make_key(dir_)) {}

  std::string fill(std::string text) const {
    const std::pair<std::string, const KeyPair*> names[] = {
        {"{ca}", &authority_}, {"{other}", &other_}, {"{host}", &sshd_.host_key()}};
    for (const auto& [name, key] : names) {
      for (std::size_t at = 0; (at = text.find(name)) != text.npos;)
        text.replace(at, name.size(), key->public_line);
    }
    return text;
  }

  KeyPair authority_;
  KeyPair other_;
};

TEST_P(Certificate, is_held_against_known_hosts_and_its_own_terms) {
  sshd_.configure("HostCertificate " + certify(sshd_.host_key(), authority_, GetParam().options));
  sshd_.start();
  options_.host_key.known_hosts_text = fill(GetParam().known_hosts);
  const auto answer = connect();
  if (GetParam().refused == errc{}) {
    EXPECT_EQ(answer, "certificate");
    EXPECT_EQ(shown_.algorithms.host_key, "ssh-ed25519-cert-v01@openssh.com");
    EXPECT_EQ(fingerprint(shown_.host_key.key), sshd_.host_key().fingerprint());
  } else {
    EXPECT_EQ(code_, GetParam().refused) << answer;
    EXPECT_NE(answer.find(GetParam().why), std::string::npos) << answer;
    EXPECT_EQ(sshd_.log().find("userauth-request"), std::string::npos) << "it went on to authenticate";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sshd, Certificate,
    testing::Values(CertificateCase{"valid", {"-h", "-n", "127.0.0.1"}, "@cert-authority * {ca}"},
                    CertificateCase{"without_principals", {"-h"}, "@cert-authority 127.0.0.1 {ca}"},
                    CertificateCase{"expired",
                                    {"-h", "-n", "127.0.0.1", "-V", "20200101:20210101"},
                                    "@cert-authority * {ca}",
                                    errc::host_certificate_invalid,
                                    "expired on"},
                    CertificateCase{"not_yet_valid",
                                    {"-h", "-V", "20900101:20910101"},
                                    "@cert-authority * {ca}",
                                    errc::host_certificate_invalid,
                                    "is not valid before"},
                    CertificateCase{"wrong_principal",
                                    {"-h", "-n", "example.com"},
                                    "@cert-authority * {ca}",
                                    errc::host_certificate_invalid,
                                    "is for example.com, not for 127.0.0.1"},
                    CertificateCase{"critical_option",
                                    {"-h", "-O", "critical:a=b"},
                                    "@cert-authority * {ca}",
                                    errc::host_certificate_invalid,
                                    "critical options"},
                    CertificateCase{"for_users",
                                    {"-n", "127.0.0.1"},
                                    "@cert-authority * {ca}",
                                    errc::host_certificate_invalid,
                                    "is one for users"},
                    CertificateCase{"wrong_authority",
                                    {"-h"},
                                    "@cert-authority * {other}",
                                    errc::host_key_unknown,
                                    "which is no @cert-authority for this host"},
                    CertificateCase{"revoked_authority",
                                    {"-h"},
                                    "@cert-authority * {ca}\n@revoked * {ca}",
                                    errc::host_key_revoked,
                                    "SSH_KNOWN_HOSTS:2"},
                    CertificateCase{"revoked_key",
                                    {"-h"},
                                    "@cert-authority * {ca}\n@revoked * {host}",
                                    errc::host_key_revoked,
                                    "SSH_KNOWN_HOSTS:2"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(Certificate, is_not_asked_for_where_the_plain_key_is_on_file) {
  sshd_.configure("HostCertificate " + certify(sshd_.host_key(), authority_, {"-h"}));
  sshd_.start();
  options_.host_key.known_hosts_text = fill("127.0.0.1 {host}");
  EXPECT_EQ(connect(), "known_hosts");
  EXPECT_EQ(shown_.algorithms.host_key, "ssh-ed25519");
}

TEST_F(Certificate, that_is_of_no_use_leaves_the_plain_key) {
  sshd_.configure("HostCertificate " + certify(sshd_.host_key(), authority_, {"-h"}));
  sshd_.start();
  options_.host_key.known_hosts_text = fill("@cert-authority * {other}\n127.0.0.1 {host}");
  EXPECT_EQ(connect(), "known_hosts");
  EXPECT_EQ(shown_.algorithms.host_key, "ssh-ed25519-cert-v01@openssh.com");
}

TEST_F(Certificate, whose_server_shows_a_plain_key_instead_is_missed) {
  sshd_.start();
  options_.host_key.known_hosts_text = fill("@cert-authority * {ca}");
  EXPECT_NE(connect().find("it shows no certificate"), std::string::npos);
  EXPECT_EQ(code_, errc::host_key_unknown);
}

TEST_F(Certificate, for_and_by_keys_of_every_type_are_verified) {
  struct Type {
    std::vector<std::string> keygen;
    std::vector<std::string> sign;
    std::string algorithm;
  };
  const Type types[] = {{{"-t", "ecdsa", "-b", "256"}, {}, "ecdsa-sha2-nistp256"},
                        {{"-t", "ecdsa", "-b", "384"}, {}, "ecdsa-sha2-nistp384"},
                        {{"-t", "ecdsa", "-b", "521"}, {}, "ecdsa-sha2-nistp521"},
                        {{"-t", "rsa", "-b", "2048"}, {"-t", "rsa-sha2-256"}, "rsa-sha2-512"}};
  for (const auto& type : types) {
    KeyPair pairs[2];  // the host's and the authority's
    for (auto& pair : pairs) {
      pair.private_file = dir_.fresh_path("key", "");
      std::vector<std::string> argv{"/usr/bin/ssh-keygen", "-q", "-N", "", "-f", pair.private_file};
      argv.insert(argv.end(), type.keygen.begin(), type.keygen.end());
      output_of(argv);
      const auto line = read_file(pair.private_file + ".pub");
      pair.public_line = line.substr(0, line.rfind(' '));
    }
    auto sign = type.sign;
    sign.insert(sign.end(), {"-h", "-n", "127.0.0.1"});
    Sshd server(dir_);
    server.authorize(user_key_);
    server.configure("HostKey " + pairs[0].private_file);
    server.configure("HostCertificate " + certify(pairs[0], pairs[1], sign));
    server.start();
    server_.port = server.port();
    options_.host_key.known_hosts_text = "@cert-authority * " + pairs[1].public_line;
    EXPECT_EQ(connect(), "certificate") << type.algorithm;
    EXPECT_EQ(shown_.algorithms.host_key, type.algorithm + "-cert-v01@openssh.com");
  }
}

TEST_F(Certificate, for_rsa_works_with_the_shorter_hash_too) {
  fixtures::Sshd server(dir_, fixtures::KeyType::rsa_4096,
                        {"HostKeyAlgorithms rsa-sha2-256-cert-v01@openssh.com"});
  server.authorize(user_key_);
  server.configure("HostCertificate " + certify(server.host_key(), authority_, {"-h"}));
  server.start();
  server_.port = server.port();
  options_.host_key.known_hosts_text = fill("@cert-authority * {ca}");
  EXPECT_EQ(connect(), "certificate");
  EXPECT_EQ(shown_.algorithms.host_key, "rsa-sha2-256-cert-v01@openssh.com");
}

// A server that shows a certificate and signs the exchange with whatever key it has; sshd would not do that.
constexpr const char* show_certificate = R"(
import asyncio, asyncssh, sys
certified, certificate, signer, port_file = sys.argv[1:]
async def main():
    pair = asyncssh.load_keypairs([(certified, certificate)])[0]
    pair._key = asyncssh.read_private_key(signer)
    server = await asyncssh.listen('127.0.0.1', 0, server_host_keys=[pair])
    with open(port_file, 'w') as out:
        out.write('%d\n' % server.sockets[0].getsockname()[1])
    await asyncio.sleep(3600)
asyncio.run(main())
)";

class Impostor : public Certificate {
 protected:
  // What connect() says of a server that shows `certified`'s certificate and has `signer`.
  std::string meet(const KeyPair& certified, const KeyPair& signer) {
    const auto certificate = certified.private_file + "-cert.pub";
    const auto port_file = dir_.fresh_path("port", "");
    Process server({{"/usr/bin/python3", "-c", show_certificate, certified.private_file, certificate,
                     signer.private_file, port_file},
                    {{"PATH", "/usr/bin:/bin"}},
                    dir_.fresh_path("asyncssh", ".log")});
    const auto listens = [&] { return read_file(port_file).ends_with('\n'); };
    if (!eventually(60s, [&] { return listens() || !server.running(); }) || !listens())
      return "it does not start";
    server_.port = static_cast<std::uint16_t>(std::stoi(read_file(port_file)));
    options_.host_key.known_hosts_text = fill("@cert-authority * {ca}");
    return connect();
  }
};

TEST_F(Impostor, with_the_certificate_of_another_and_no_key_to_it_is_found_out) {
  if (!std::filesystem::exists("/usr/lib/python3/dist-packages/asyncssh"))  // Debian's
    GTEST_SKIP() << "no asyncssh";
  // Of RSA asyncssh shows SHA-1 certificates.
  for (const auto type : {fixtures::KeyType::ed25519, fixtures::KeyType::ecdsa}) {
    const auto certified = make_key(dir_, type);
    const auto stranger = make_key(dir_, type);
    certify(certified, authority_, {"-h"});
    code_ = {};
    meet(certified, certified);  // it gets past the host key, and then offers our user nothing
    EXPECT_EQ(code_, errc::method_not_offered) << fixtures::to_string(type);
    const auto failure = meet(certified, stranger);
    EXPECT_EQ(code_, errc::key_exchange_failed) << fixtures::to_string(type) << ": " << failure;
  }
}

}  // namespace

}  // namespace towline::ssh
