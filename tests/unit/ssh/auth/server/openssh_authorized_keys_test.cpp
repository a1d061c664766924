// The same question about a key or a certificate, asked of us and of OpenSSH's own server: who may log in
// from where, and what may be forwarded then.
#include "integration/fixtures/ssh_server.hpp"
#include "ssh/auth/server/known_users.hpp"
#include "unit/ssh/at_once.hpp"
#include "unit/ssh/keys/keygen.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>

namespace towline::ssh {
namespace {

namespace ip = boost::asio::ip;

// In `lines`, {key} is the one that is shown, {other} another, {ca} an authority of the lines.
struct LoginRow {
  const char* says;
  std::string lines;
  bool answer;
  const char* address = "127.0.0.1";
  // Shown with the key: made by "ca", or with a "+" in front by an authority of the server; ssh-keygen's
  // options.
  const char* certificate = "";
  // Where we are stricter than sshd, what we say.
  std::optional<bool> ours{};
};

const LoginRow login_rows[] = {
    {"the key", "{key}", true},
    {"another key", "{other}", false},
    {"comment behind it", "{key} me@\"home", true},
    {"blanks in front and tabs", "  \t{key}", true},
    {"commented out", "#{key}", false},
    {"second line", "{other}\n\n# x\n{key}\n", true},
    {"CRLF", "{other}\r\n{key}\r\n", true},
    {"no newline at the end", "{other}\n{key}", true},
    {"a flag", "no-pty {key}", true},
    {"flags in capitals", "NO-PTY,No-X11-Forwarding,RESTRICT {key}", true},
    {"unknown option", "no-such-option {key}", false},
    {"unknown option behind others", "no-pty,whatever=\"x\" {key}", false},
    {"unknown option, and the key again", "whatever {key}\n{key}", true},
    {"two words for one", "no-pty restrict {key}", false},
    {"comma at the end", "no-pty, {key}", true},
    {"empty option", "no-pty,,no-X11-forwarding {key}", true},
    {"no comma between", "no-ptyno-X11-forwarding {key}", false},
    {"no-restrict", "no-restrict {key}", false},
    {"quotes that do not end", "command=\"true {key}", false},
    {"value without quotes", "command=true {key}", false},
    {"quotes in a value", "command=\"exit 0 # \\\"x y\\\"\" {key}", true},
    {"backslash in front of the quote", "command=\"exit 0 # \\\\\" {key}", false},
    {"two commands", "command=\"true\",command=\"true\" {key}", false},
    {"environment", "environment=\"A=b\" {key}", true},
    {"environment without a name", "environment=\"=b\" {key}", false},
    {"environment without a value", "environment=\"A\" {key}", false},
    {"tunnel", "tunnel=\"0\" {key}", true},
    {"tunnel of what", "tunnel=\"x\" {key}", false},
    {"user-rc, pty, agent", "restrict,user-rc,pty,agent-forwarding,X11-forwarding,port-forwarding {key}",
     true},
    {"of security keys", "no-touch-required,verify-required {key}", true},
    {"principals without an authority", "principals=\"root\" {key}", false},
    {"authority as key", "cert-authority {key}", false},
    {"permitopen", "permitopen=\"[::1]:22\",permitopen=\"h:*\" {key}", true},
    {"permitopen without a port", "permitopen=\"host\" {key}", false},
    {"permitopen, port 0", "permitopen=\"host:0\" {key}", false},
    {"permitopen, port too large", "permitopen=\"host:65536\" {key}", false},
    {"permitopen, brackets open", "permitopen=\"[::1:22\" {key}", false},
    {"permitopen, two colons", "permitopen=\"::1:22\" {key}", false},
    {"permitlisten, bare port", "permitlisten=\"8080\" {key}", true},
    {"permitlisten, any", "permitlisten=\"*\" {key}", true},
    {"permitlisten of a word", "permitlisten=\"x\" {key}", false},

    {"from", "from=\"127.0.0.1\" {key}", true},
    {"from another", "from=\"127.0.0.2\" {key}", false},
    {"from network", "from=\"127.0.0.0/8\" {key}", true, "127.9.8.7"},
    {"from network, outside", "from=\"127.1.0.0/16\" {key}", false, "127.2.0.1"},
    {"from network, odd mask", "from=\"127.128.0.0/9\" {key}", true, "127.200.0.1"},
    {"from network, odd mask, outside", "from=\"127.128.0.0/9\" {key}", false, "127.100.0.1"},
    {"from everywhere", "from=\"0.0.0.0/0\" {key}", true},
    {"bits behind the mask", "from=\"127.0.0.1/8\" {key}", false},
    {"mask too long", "from=\"127.0.0.0/33\" {key}", false},
    {"mask of a word, and the address", "from=\"127.0.0.1,127.0.0.0/x\" {key}", true, "127.0.0.1", "", false},
    {"wildcard", "from=\"127.0.*\" {key}", true},
    {"question marks", "from=\"127.0.0.?\" {key}", true},
    {"star", "from=\"*\" {key}", true},
    {"negated", "from=\"!127.0.0.1,*\" {key}", false},
    {"negated behind", "from=\"*,!127.0.0.1\" {key}", false},
    {"negated, another", "from=\"*,!127.0.0.2\" {key}", true},
    {"negated network", "from=\"127.0.0.0/8,!127.3.0.0/16\" {key}", false, "127.3.0.9"},
    {"negated alone", "from=\"!127.0.0.2\" {key}", false},
    {"empty list", "from=\"\" {key}", false},
    {"empty entry", "from=\"127.0.0.1,\" {key}", false},
    {"blank in the list", "from=\"127.0.0.2, 127.0.0.1\" {key}", false},
    {"name", "from=\"example.com\" {key}", false},
    {"name and address", "from=\"example.com,127.0.0.1\" {key}", true},
    {"negated name", "from=\"*,!example.com\" {key}", true, "127.0.0.1", "", false},
    {"short address", "from=\"127.1\" {key}", true, "127.0.0.1", "", false},
    {"two from", "from=\"127.0.0.1\",from=\"127.0.0.1\" {key}", false},
    {"first line from elsewhere", "from=\"127.0.0.2\" {key}\nfrom=\"127.0.0.1\" {key}", true},
    {"IPv6 from", "from=\"::1\" {key}", true, "::1"},
    {"IPv6 network", "from=\"::/64\" {key}", true, "::1"},
    {"IPv6 pattern", "from=\"::?\" {key}", true, "::1"},
    {"IPv6, from IPv4 only", "from=\"0.0.0.0/0\" {key}", false, "::1"},
    {"IPv4, from IPv6 only", "from=\"::/0\" {key}", false},

    {"expires", "expiry-time=\"20991231\" {key}", true},
    {"expired", "expiry-time=\"20200101\" {key}", false},
    {"expired, with time", "expiry-time=\"20200101235959Z\" {key}", false},
    {"expires, minutes", "expiry-time=\"209912312359Z\" {key}", true},
    {"expires, small z", "expiry-time=\"20991231z\" {key}", true},
    {"the earlier one", "expiry-time=\"20991231\",expiry-time=\"20200101\" {key}", false},
    {"no date", "expiry-time=\"tomorrow\" {key}", false},
    {"month 13", "expiry-time=\"20991301\" {key}", false},
    {"hour 24", "expiry-time=\"209912312400\" {key}", false},
    {"too short", "expiry-time=\"2099123\" {key}", false},
    {"30 February", "expiry-time=\"20990230\" {key}", true, "127.0.0.1", "", false},
    {"expired, second line not", "expiry-time=\"20200101\" {key}\n{key}", true},

    {"certificate", "cert-authority {ca}", true, "127.0.0.1", "-n root"},
    {"certificate, authority as plain key", "{ca}", false, "127.0.0.1", "-n root"},
    {"certificate by another", "cert-authority {other}", false, "127.0.0.1", "-n root"},
    {"for another user", "cert-authority {ca}", false, "127.0.0.1", "-n somebody"},
    {"for the second name", "cert-authority {ca}", true, "127.0.0.1", "-n a,root,b"},
    {"principal is no pattern", "cert-authority {ca}", false, "127.0.0.1", "-n 'r*'"},
    {"principal in capitals", "cert-authority {ca}", false, "127.0.0.1", "-n ROOT"},
    // OpenSSH 9.2; later ones take it for nobody's, as we do.
    {"no principals", "cert-authority {ca}", true, "127.0.0.1", "", false},
    {"principals=", "cert-authority,principals=\"a,b\" {ca}", true, "127.0.0.1", "-n b"},
    {"principals= of others", "cert-authority,principals=\"a,b\" {ca}", false, "127.0.0.1", "-n root"},
    {"principals= in the second line", "cert-authority,principals=\"a\" {ca}\ncert-authority {ca}", true,
     "127.0.0.1", "-n root"},
    {"expired certificate", "cert-authority {ca}", false, "127.0.0.1", "-n root -V 20200101:20210101"},
    {"not yet valid", "cert-authority {ca}", false, "127.0.0.1", "-n root -V 20900101:20910101"},
    {"of a host", "cert-authority {ca}", false, "127.0.0.1", "-h -n root"},
    {"source-address", "cert-authority {ca}", true, "127.0.0.1",
     "-n root -O source-address=127.0.0.0/8,10.0.0.1"},
    {"source-address elsewhere", "cert-authority {ca}", false, "127.0.0.1",
     "-n root -O source-address=10.0.0.0/8"},
    {"from= elsewhere", "cert-authority,from=\"10.0.0.1\" {ca}", false, "127.0.0.1", "-n root"},
    {"force-command", "cert-authority {ca}", true, "127.0.0.1", "-n root -O force-command=true"},
    {"the same command twice", "cert-authority,command=\"true\" {ca}", true, "127.0.0.1",
     "-n root -O force-command=true"},
    {"two commands", "cert-authority,command=\"false\" {ca}", false, "127.0.0.1",
     "-n root -O force-command=true"},
    {"unknown critical option", "cert-authority {ca}", false, "127.0.0.1", "-n root -O critical:x@y=z"},
    {"unknown extension", "cert-authority {ca}", true, "127.0.0.1", "-n root -O extension:x@y=z"},
    {"verify-required", "cert-authority {ca}", true, "127.0.0.1", "-n root -O verify-required", false},
    {"expired line", "cert-authority,expiry-time=\"20200101\" {ca}", false, "127.0.0.1", "-n root"},
    {"trusted authority", "{other}", true, "127.0.0.1", "+-n root"},
    {"trusted authority, other user", "{other}", false, "127.0.0.1", "+-n somebody"},
    {"trusted authority, no principals", "{other}", false, "127.0.0.1", "+"},
    {"trusted authority, source-address", "{other}", false, "127.0.0.1",
     "+-n root -O source-address=10.0.0.0/8"},
};

struct ForwardRow {
  const char* says;
  std::string options;
  const char* open;  // host, asked for at port 1
  bool answer;
};

const ForwardRow forward_rows[] = {
    {"no option", "no-pty", "127.0.0.1", true},
    {"no-port-forwarding", "no-port-forwarding", "127.0.0.1", false},
    {"restrict", "restrict", "127.0.0.1", false},
    {"restrict, port-forwarding", "restrict,port-forwarding", "127.0.0.1", true},
    {"port-forwarding, restrict", "port-forwarding,restrict", "127.0.0.1", false},
    {"permitopen", "permitopen=\"127.0.0.1:1\"", "127.0.0.1", true},
    {"permitopen, any port", "permitopen=\"127.0.0.1:*\"", "127.0.0.1", true},
    {"permitopen, any host", "permitopen=\"*:1\"", "127.0.0.1", true},
    {"permitopen, another port", "permitopen=\"127.0.0.1:2\"", "127.0.0.1", false},
    {"permitopen is no pattern", "permitopen=\"127.0.0.*:1\"", "127.0.0.1", false},
    {"permitopen, another name of the host", "permitopen=\"localhost:1\"", "127.0.0.1", false},
    {"permitopen of two", "permitopen=\"a:1\",permitopen=\"127.0.0.1:1\"", "127.0.0.1", true},
    {"restrict, permitopen", "restrict,permitopen=\"127.0.0.1:1\"", "127.0.0.1", false},
    {"permitopen of IPv6", "permitopen=\"[::1]:1\"", "::1", true},
    {"permitopen in capitals", "permitopen=\"LOCALHOST:1\"", "localhost", false},
};

// One sshd for all rows: it asks a command for the lines of each key, and each row has a key of its own.
class OpenSshAuthorizedKeys : public testing::Test {
 protected:
  OpenSshAuthorizedKeys() : sshd_(dir_, fixtures::KeyType::ed25519, config()) {
    for (const auto* name : {"ca", "other", "trusted"}) keys_.make(name);
    std::ofstream(keys_.path("authorities")) << keys_.line("trusted") << '\n';
    std::filesystem::create_directory(keys_.path("lines"));
    sshd_.start();
  }

  std::vector<std::string> config() const {
    return {"AuthorizedKeysCommand /usr/bin/cat " + keys_.path("lines/") + "%f",
            "AuthorizedKeysCommandUser root",
            "TrustedUserCAKeys " + keys_.path("authorities"),
            "AllowTcpForwarding yes",
            "PermitUserEnvironment no",
            "ListenAddress ::1"};
  }

  // Its fingerprint names a file, so there may be no slash in it.
  std::string make_key(std::size_t row) const {
    auto name = "key-" + std::to_string(row);
    do {
      std::filesystem::remove(keys_.path(name));
      keys_.make(name);
    } while (fingerprint(keys_.key(name)).find('/') != std::string::npos);
    return name;
  }

  std::string fill(std::string text, const std::string& key) const {
    const std::pair<const char*, std::string> lines[] = {
        {"{key}", keys_.line(key)}, {"{other}", keys_.line("other")}, {"{ca}", keys_.line("ca")}};
    for (const auto& [placeholder, line] : lines) {
      for (std::size_t at = 0; (at = text.find(placeholder)) != text.npos;)
        text.replace(at, std::string_view(placeholder).size(), line);
    }
    return text;
  }

  void authorize(const std::string& key, const std::string& lines) const {
    std::ofstream(keys_.path("lines/") + fingerprint(keys_.key(key))) << lines;
  }

  std::string ssh(const std::string& key, const std::string& options, const std::string& where) const {
    return shell(
        "timeout 60 ssh -F none -v -o BatchMode=yes -o IdentitiesOnly=yes -o KexAlgorithms=curve25519-sha256"
        " -o PreferredAuthentications=publickey -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        " -o GlobalKnownHostsFile=/dev/null -i " +
        keys_.path(key) + ' ' + options + " -p " + std::to_string(sshd_.port()) + " root@" + where);
  }

  bool sshd_says(const std::string& key, const LoginRow& row) const {
    const std::string address = row.address;
    const auto said =
        ssh(key, "-b " + address, (address == "::1" ? "::1" : "127.0.0.1") + std::string(" 'exit 0'"));
    const bool yes = said.find("Authenticated to") != said.npos;
    EXPECT_TRUE(yes || said.find("Permission denied") != said.npos) << row.says << said;
    return yes;
  }

  // As ssh asks: the certificate first, where there is one, and the key.
  bool we_say(const std::string& key, const LoginRow& row) const {
    KnownUsers users;
    users.keys.add(fill(row.lines, key), "file");
    users.authorities.add(keys_.line("trusted"), "authorities", AuthorizedKeys::Lines::authorities);
    const KeyUse use{"root", ip::make_address(row.address), std::chrono::system_clock::now()};
    const auto certificate = parse_certificate(keys_.blob(key + "-cert"));
    if (certificate && users.judge(*certificate, use).accepted()) return true;
    return users.judge(keys_.key(key), use).accepted();
  }

  fixtures::TempDir dir_;
  Keygen keys_;
  fixtures::Sshd sshd_;
};

TEST_F(OpenSshAuthorizedKeys, let_in_whom_we_let_in) {
  std::vector<std::string> keys(std::size(login_rows));
  std::vector<char> said(keys.size());
  at_once(keys.size(), [&](std::size_t i) {
    const auto& row = login_rows[i];
    keys[i] = make_key(i);
    authorize(keys[i], fill(row.lines, keys[i]));
    std::string_view certificate = row.certificate;
    const bool certified = row.says == std::string_view("no principals") || !certificate.empty();
    const bool trusted = certificate.starts_with('+');
    if (trusted) certificate.remove_prefix(1);
    if (certified) keys_.certify(keys[i], trusted ? "trusted" : "ca", std::string(certificate));
    said[i] = sshd_says(keys[i], row) ? 1 : 0;
  });
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& row = login_rows[i];
    EXPECT_EQ(said[i] == 1, row.answer) << "sshd: " << row.says << ": " << row.lines;
    EXPECT_EQ(we_say(keys[i], row), row.ours.value_or(row.answer))
        << "towline: " << row.says << ": " << row.lines;
  }
}

TEST_F(OpenSshAuthorizedKeys, permit_the_forwards_that_we_permit) {
  std::vector<std::string> said(std::size(forward_rows));
  at_once(said.size(), [&](std::size_t i) {
    const auto key = make_key(i);
    authorize(key, forward_rows[i].options + ' ' + keys_.line(key));
    const std::string host = forward_rows[i].open;
    const auto bracketed = host.find(':') == host.npos ? host : '[' + host + ']';
    said[i] = ssh(key, "-W " + bracketed + ":1", "127.0.0.1");
  });
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto& row = forward_rows[i];
    KeyOptions options;
    ASSERT_EQ(parse_key_options(row.options, options), "") << row.says;
    EXPECT_EQ(permits_open(options.permissions, row.open, 1), row.answer) << "towline: " << row.says;
    // Nobody listens at port 1.
    const bool permitted = said[i].find("Connection refused") != std::string::npos;
    EXPECT_TRUE(permitted || said[i].find("administratively prohibited") != std::string::npos) << said[i];
    EXPECT_EQ(permitted, row.answer) << "sshd: " << row.says;
  }
}

}  // namespace
}  // namespace towline::ssh
