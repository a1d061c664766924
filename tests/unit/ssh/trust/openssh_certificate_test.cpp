// The same question about a host certificate, asked of us and of OpenSSH's own client.
#include "ssh/trust/host_key_policy.hpp"
#include "ssh/wire/error.hpp"
#include "unit/ssh/at_once.hpp"
#include "unit/ssh/keys/keygen.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace towline::ssh {
namespace {

// In `known_hosts`, {ca} is who signed, {other} another authority, {host} the certified key and {wrong}
// another.
struct CertificateRow {
  const char* says;
  const char* certificate;  // ssh-keygen's options
  const char* known_hosts;
  const char* answer;  // "accepted", "mismatch", "unknown" or "revoked"
  net::HostPort where = example;
  const char* alias = "";
};

constexpr const char* for_host = "-h -n example.com";

const CertificateRow certificate_rows[] = {
    {"its authority", for_host, "@cert-authority example.com {ca}", "accepted"},
    {"pattern", for_host, "@cert-authority *.com {ca}", "accepted"},
    {"negated", for_host, "@cert-authority *.com,!example.com {ca}", "unknown"},
    {"of another host", for_host, "@cert-authority example.org {ca}", "unknown"},
    {"another authority", for_host, "@cert-authority * {other}", "unknown"},
    {"two authorities", for_host, "@cert-authority * {other}\n@cert-authority * {ca}", "accepted"},
    {"authority as plain key", for_host, "example.com {ca}", "mismatch"},
    {"port", for_host, "@cert-authority [example.com]:2222 {ca}", "accepted", example_2222},
    {"port, bare host", for_host, "@cert-authority example.com {ca}", "accepted", example_2222},
    {"port has another authority", for_host,
     "@cert-authority [example.com]:2222 {other}\n@cert-authority example.com {ca}", "accepted",
     example_2222},
    {"case", for_host, "@cert-authority EXAMPLE.com {ca}", "accepted", {"Example.COM", 22}},
    {"revoked authority", for_host, "@cert-authority * {ca}\n@revoked * {ca}", "revoked"},
    {"revoked authority, plain key known", for_host,
     "@cert-authority * {ca}\n@revoked * {ca}\nexample.com {host}", "revoked"},
    {"revoked key", for_host, "@cert-authority * {ca}\n@revoked * {host}", "revoked"},
    {"other authority revoked", for_host, "@cert-authority * {ca}\n@revoked * {other}", "accepted"},
    {"wrong plain key on file", for_host, "@cert-authority * {ca}\nexample.com {wrong}", "accepted"},
    {"another authority, plain key", for_host, "@cert-authority * {other}\nexample.com {host}", "accepted"},
    {"another authority, wrong plain key", for_host, "@cert-authority * {other}\nexample.com {wrong}",
     "mismatch"},
    {"no principals", "-h", "@cert-authority * {ca}", "accepted"},
    {"wrong principal", "-h -n example.org", "@cert-authority * {ca}", "unknown"},
    {"wrong principal, plain key", "-h -n example.org", "@cert-authority * {ca}\nexample.com {host}",
     "accepted"},
    {"wrong principal, wrong plain key", "-h -n example.org", "@cert-authority * {ca}\nexample.com {wrong}",
     "mismatch"},
    {"principal is no pattern", "-h -n '*.com'", "@cert-authority * {ca}", "unknown"},
    {"principal in capitals", "-h -n EXAMPLE.com", "@cert-authority * {ca}", "unknown"},
    {"principal with the port", "-h -n '[example.com]:2222'", "@cert-authority * {ca}", "unknown",
     example_2222},
    {"second principal", "-h -n a,example.com", "@cert-authority * {ca}", "accepted"},
    {"expired", "-h -n example.com -V 20200101:20210101", "@cert-authority * {ca}", "unknown"},
    {"not yet valid", "-h -n example.com -V 20900101:20910101", "@cert-authority * {ca}", "unknown"},
    {"for users", "-n example.com", "@cert-authority * {ca}", "unknown"},
    {"critical option", "-h -n example.com -O critical:a=b", "@cert-authority * {ca}", "unknown"},
    {"alias on file, host in it", for_host, "@cert-authority alias {ca}", "unknown", example_2222, "alias"},
    {"alias on file and in it", "-h -n alias", "@cert-authority alias {ca}", "accepted", example_2222,
     "Alias"},
    {"alias in it, host on file", "-h -n alias", "@cert-authority example.com {ca}", "unknown", example,
     "alias"},
};

class OpenSshCertificates : public testing::Test {
 protected:
  OpenSshCertificates() {
    if (::geteuid() == 0)
      std::filesystem::create_directories("/run/sshd");  // root's sshd will not run without
    for (const auto* name : {"ca", "other", "host", "wrong"}) keygen_.make(name);
  }

  std::string fill(std::string text) const {
    for (const std::string name : {"ca", "other", "host", "wrong"}) {
      const auto placeholder = '{' + name + '}';
      for (std::size_t at = 0; (at = text.find(placeholder)) != text.npos;)
        text.replace(at, placeholder.size(), keygen_.line(name));
    }
    return text;
  }

  // The host's key with a certificate of its own.
  std::vector<std::uint8_t> certify(const std::string& name, const CertificateRow& row) const {
    std::filesystem::copy_file(keygen_.path("host.pub"), keygen_.path(name + ".pub"));
    return keygen_.certify(name, "ca", row.certificate);
  }

  // With the real server as its ProxyCommand: any host name, any port, no network. The usual key exchange,
  // sntrup761, would take most of the time.
  std::string connect(const std::string& name, const CertificateRow& row,
                      const std::string& known_hosts) const {
    const auto known_hosts_file = keygen_.path(name + "-known_hosts");
    const auto config = keygen_.path(name + "-config");
    std::ofstream(known_hosts_file) << known_hosts;
    std::ofstream(config) << "HostKey " << keygen_.path("host") << "\nHostCertificate "
                          << keygen_.path(name + "-cert.pub") << "\nPidFile none\n";
    return shell("ssh -F none -o 'ProxyCommand=/usr/sbin/sshd -i -f " + config +
                 "' -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes -o PreferredAuthentications=none -o "
                 "GlobalKnownHostsFile=none" +
                 " -o StrictHostKeyChecking=yes -o UserKnownHostsFile=" + known_hosts_file +
                 (*row.alias ? std::string(" -o HostKeyAlias=") + row.alias : "") + " -p " +
                 std::to_string(row.where.port) + ' ' + row.where.host + " true");
  }

  static std::string answer_of_ssh(const std::string& said) {
    const auto says = [&](const char* words) { return said.find(words) != said.npos; };
    if (says("was revoked") || says("REVOKED")) return "revoked";
    if (says("has changed")) return "mismatch";
    if (says("host key is known for")) return "unknown";
    return says("Permission denied") ? "accepted" : said;
  }

  std::string our_answer(const CertificateRow& row, const std::string& known_hosts,
                         const Certificate& certificate) const {
    HostKeyOptions options;
    options.strict = StrictHostKeyChecking::yes;
    options.alias = row.alias;
    const auto known = KnownHosts::parse(known_hosts);
    const auto decision = judge_host_key(options, known, {}, {row.where, certificate.key, certificate},
                                         std::chrono::system_clock::now());
    if (decision) return decision->verified() ? "accepted" : "not verified";
    const auto code = decision.error().code;
    if (code == errc::host_key_revoked) return "revoked";
    if (code == errc::host_key_mismatch) return "mismatch";
    // Where ssh says what is wrong with the certificate and then that it knows no key.
    const bool is_unknown = code == errc::host_key_unknown || code == errc::host_certificate_invalid;
    return is_unknown ? "unknown" : code.message();
  }

  Keygen keygen_;
};

TEST_F(OpenSshCertificates, are_judged_as_we_judge_them) {
  struct Asked {
    std::vector<std::uint8_t> certificate;
    std::string known_hosts;
    std::string said;
  };
  std::vector<Asked> asked(std::size(certificate_rows));
  at_once(asked.size(), [&](std::size_t i) {
    const auto name = "row-" + std::to_string(i);
    auto& [certificate, known_hosts, said] = asked[i];
    certificate = certify(name, certificate_rows[i]);
    known_hosts = fill(certificate_rows[i].known_hosts) + '\n';
    said = connect(name, certificate_rows[i], known_hosts);
  });
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const CertificateRow& row = certificate_rows[i];
    const auto certificate = parse_host_certificate(asked[i].certificate);
    ASSERT_TRUE(certificate) << row.says;
    EXPECT_EQ(our_answer(row, asked[i].known_hosts, *certificate), row.answer) << "towline: " << row.says;
    EXPECT_EQ(answer_of_ssh(asked[i].said), row.answer) << "ssh: " << row.says << '\n' << asked[i].said;
  }
}

TEST_F(OpenSshCertificates, that_are_refused_are_explained) {
  const auto certificate =
      parse_host_certificate(keygen_.certify("host", "ca", "-h -n example.com -V 20200101:20210101")).value();
  const ShownHostKey shown{example, certificate.key, certificate};
  const auto judge = [&](const std::string& known_hosts) {
    HostKeyOptions options;
    options.strict = StrictHostKeyChecking::yes;
    return judge_host_key(options, KnownHosts::parse(fill(known_hosts)), {}, shown,
                          std::chrono::system_clock::now());
  };
  const auto expired = judge("@cert-authority * {ca}");
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, errc::host_certificate_invalid);
  EXPECT_NE(expired.error().message().find("its certificate expired on 20"), std::string::npos);
  const auto stranger = judge("@cert-authority * {other}");
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, errc::host_key_unknown);
  EXPECT_NE(stranger.error().message().find("its certificate is by ssh-ed25519 " +
                                            fingerprint(keygen_.key("ca")) + ", which is no @cert-authority"),
            std::string::npos);
  const auto by_key = judge("@cert-authority * {ca}\nexample.com {host}");
  ASSERT_TRUE(by_key);
  EXPECT_EQ(by_key->proof, HostKeyProof::known_hosts);
  EXPECT_NE(by_key->remark, "");
}

}  // namespace
}  // namespace towline::ssh
