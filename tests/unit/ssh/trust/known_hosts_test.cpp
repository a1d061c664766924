#include "ssh/trust/known_hosts.hpp"

#include "text/base64.hpp"
#include "unit/ssh/at_once.hpp"
#include "unit/ssh/keys/keygen.hpp"
#include "unit/ssh/trust/host_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

namespace towline::ssh {

void PrintTo(const HostKeyVerdict& verdict, std::ostream* out) {
  constexpr const char* names[] = {"match", "mismatch", "unknown", "revoked"};
  *out << names[static_cast<int>(verdict)];
}

namespace {

using net::HostPort;
using testing::ElementsAre;
using testing::IsEmpty;
using Verdict = HostKeyVerdict;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

HostKey key_of(const std::string& type, const std::string& fields) {
  const std::string blob = std::string(3, '\0') + static_cast<char>(type.size()) + type + fields;
  return parse_host_key(std::vector<std::uint8_t>(blob.begin(), blob.end())).value();
}

HostKey rsa() { return key_of("ssh-rsa", std::string("\0\0\0\1\3\0\0\0\x80", 9) + std::string(128, '\x7f')); }

const HostKey our_key = ed25519_key('A');
const HostKey other_key = ed25519_key('B');
const HostKey third_key = ed25519_key('C');

// Puts keys where a table has their names in braces.
std::string fill(std::string text, const std::map<std::string, std::string>& keys) {
  for (const auto& [name, key] : keys) {
    const auto placeholder = '{' + name + '}';
    for (std::size_t at = 0; (at = text.find(placeholder)) != text.npos;)
      text.replace(at, placeholder.size(), key);
  }
  return text;
}

KnownHosts known_hosts_of(const std::string& text) {
  return KnownHosts::parse(fill(text, {{"ours", to_string(our_key)},
                                       {"other", to_string(other_key)},
                                       {"third", to_string(third_key)},
                                       {"rsa", to_string(rsa())},
                                       {"blob", text::to_base64(our_key.blob)}}));
}

Verdict verdict(const std::string& text, const HostPort& where) {
  return known_hosts_of(text).lookup(where, our_key).verdict;
}

TEST(KnownHosts, an_empty_file_knows_nobody) {
  const auto known = known_hosts_of("");
  EXPECT_EQ(known.lookup(example, our_key).verdict, Verdict::unknown);
  EXPECT_THAT(known.key_types(example), IsEmpty());
  EXPECT_FALSE(known.has_cert_authority(example));
  EXPECT_THAT(known.bad_lines(), IsEmpty());
}

TEST(KnownHosts, a_match_names_its_line) {
  const auto found =
      known_hosts_of("# mine\n\nexample.com {other}\nexample.com {ours}\n").lookup(example, our_key);
  EXPECT_EQ(found.verdict, Verdict::match);
  EXPECT_EQ(found.line, 4U);
  EXPECT_THAT(found.expected, IsEmpty());
}

TEST(KnownHosts, a_mismatch_names_every_key_that_would_do) {
  const auto found =
      known_hosts_of("example.com {other}\nelsewhere {ours}\nexample.com {rsa}\n").lookup(example, our_key);
  EXPECT_EQ(found.verdict, Verdict::mismatch);
  EXPECT_THAT(found.expected, ElementsAre(KnownKey{1, "ssh-ed25519", fingerprint(other_key)},
                                          KnownKey{3, "ssh-rsa", fingerprint(rsa())}));
}

TEST(KnownHosts, a_revoked_key_names_its_line) {
  const auto found = known_hosts_of("example.com {ours}\n@revoked * {ours}\n").lookup(example, our_key);
  EXPECT_EQ(found.verdict, Verdict::revoked);
  EXPECT_EQ(found.line, 2U);
}

// ssh overlooks a marker that a tab follows, and so accepts the revoked key. We do not.
TEST(KnownHosts, a_tab_after_revoked_revokes_too) {
  EXPECT_EQ(verdict("@revoked\texample.com {ours}\nexample.com {ours}", example), Verdict::revoked);
}

TEST(KnownHosts, bad_lines_are_reported_and_hide_nothing) {
  const std::string damaged_hash = "damaged host hash";
  const std::string cut_off = "the key is cut off";
  const std::string no_key = "there is no key in it";
  const std::string no_type = "there is no key type in front of the key";
  const std::string no_host =
      "there is no host in front of the key: write HOST, or [HOST]:PORT for a port other than 22";
  const std::pair<std::string, std::string> lines[] = {
      {"example.com", no_key},
      {"example.com # {ours}", no_key},
      {"a-pass-word", no_key},
      {"/etc/ssh/ssh_known_hosts", "it is a path: set SSH_KNOWN_HOSTS_FILE"},
      {"SHA256:AAAA", "it is a fingerprint: set SSH_HOST_KEY_FINGERPRINT"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----",
       "it holds a private key; known_hosts takes servers' public keys"},
      {"{ours}", no_host},
      {"{ours} root@example.com", no_host},
      {"{blob}", no_host},
      {"example.com ssh-ed25519", "there is no key behind its type"},
      {"example.com ssh-rsa {blob}",
       "the key is not of the type in front of it, or of one that is not supported"},
      {"example.com ssh-ed25519 {blob}=", cut_off},
      {"example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE", cut_off},
      {"example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEFB",
       "the key is cut off, or of a type that is not supported"},
      {"example.com ssh-ed25519 AAAA…", "the key is not base64"},
      {"example.com {blob}", no_type},
      {"example.com {blob} root@example.com", no_type},
      {"example.com 1024 35 1234", "there is no key type behind the host"},
      {"@who example.com {ours}", "unknown marker; there are @cert-authority and @revoked"},
      {"@revoked @revoked * {ours}", "more than one marker"},
      {"|1|short|hash {ours}", damaged_hash},
      {"|1|nothing {ours}", damaged_hash},
      {"|2|a|b {ours}", damaged_hash},
  };
  std::string text;
  std::vector<KnownHosts::BadLine> expected;
  for (const auto& [line, reason] : lines) {
    text += line + '\n';
    expected.push_back({expected.size() + 1, reason});
  }
  const auto known = known_hosts_of(text + "example.com {ours}\n");
  EXPECT_EQ(known.bad_lines(), expected);
  EXPECT_EQ(known.lookup(example, our_key).line, std::size(lines) + 1);
}

TEST(KnownHosts, a_host_may_be_called_as_a_key_type_begins) {
  const auto known = known_hosts_of("ssh-gateway {ours}\nsk-ssh-1,ecdsa-sha2-2 {ours}\n");
  EXPECT_THAT(known.bad_lines(), IsEmpty());
  for (const auto* host : {"ssh-gateway", "sk-ssh-1", "ecdsa-sha2-2"})
    EXPECT_EQ(known.lookup(HostPort{host, 22}, our_key).verdict, Verdict::match) << host;
}

TEST(KnownHosts, key_types_are_those_that_would_be_accepted) {
  const auto known = known_hosts_of(
      "example.com {rsa}\nexample.com {ours}\nexample.com {other}\n[example.com]:2222 {other}\n"
      "@cert-authority ca.example.com {ours}\nrevoked.example.com {third}\n@revoked * {third}\n");
  EXPECT_THAT(known.key_types(example), ElementsAre("ssh-rsa", "ssh-ed25519"));
  EXPECT_THAT(known.key_types(example_2222), ElementsAre("ssh-ed25519"));
  EXPECT_THAT(known.key_types({"example.com", 2223}), ElementsAre("ssh-rsa", "ssh-ed25519"));
  EXPECT_THAT(known.key_types({"ca.example.com", 22}), IsEmpty());
  EXPECT_THAT(known.key_types({"revoked.example.com", 22}), IsEmpty());
}

TEST(KnownHosts, certificate_authorities_are_noticed_and_vouch_for_no_plain_key) {
  const auto known = known_hosts_of("@cert-authority *.com {ours}\n");
  EXPECT_TRUE(known.has_cert_authority(example));
  EXPECT_TRUE(known.has_cert_authority(example_2222));
  EXPECT_FALSE(known.has_cert_authority({"example.org", 22}));
  EXPECT_EQ(known.lookup(example, our_key).verdict, Verdict::unknown);
}

TEST(KnownHosts, patterns_with_many_stars_take_no_time) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const HostPort long_name{std::string(250, 'a') + "b", 22};
  EXPECT_EQ(verdict(pattern + " {ours}", long_name), Verdict::unknown);
}

TEST(KnownHosts, a_line_written_for_a_host_is_read_for_it) {
  EXPECT_EQ(known_hosts_line({"Example.COM", 22}, our_key), "example.com " + to_string(our_key) + "\n");
  EXPECT_EQ(known_hosts_line({"::1", 2222}, our_key), "[::1]:2222 " + to_string(our_key) + "\n");
  for (const HostPort& where :
       {example, example_2222, HostPort{"::1", 22}, HostPort{"::1", 2222}, HostPort{"10.0.0.1", 1}}) {
    EXPECT_EQ(verdict(known_hosts_line(where, our_key), where), Verdict::match) << to_string(where);
  }
}

// One question, asked of us and of OpenSSH's own client. In `text`, {ours} is the key that the server shows,
// {other} another one of the same type, {rsa} one of another type.
struct LookupRow {
  const char* says;
  const char* text;
  HostPort where;
  Verdict verdict;
};

const LookupRow lookup_rows[] = {
    {"plain name", "example.com {ours}", example, Verdict::match},
    {"no newline, carriage return", "example.com {ours}\r", example, Verdict::match},
    {"comment after the key", "example.com {ours} root@example # x", example, Verdict::match},
    {"blanks and tabs", " \texample.com \t {ours}\t", example, Verdict::match},
    {"commented out", "#example.com {ours}", example, Verdict::unknown},
    {"case of the pattern", "EXAMPLE.com {ours}", example, Verdict::match},
    {"case of the host", "example.com {ours}", {"Example.COM", 22}, Verdict::match},
    {"list", "a,example.com,b {ours}", example, Verdict::match},
    {"list with a blank ends the hosts", "a, example.com {ours}", example, Verdict::unknown},
    {"star", "*.com {ours}", example, Verdict::match},
    {"star in the middle", "ex*m {ours}", example, Verdict::match},
    {"star for nothing", "example.com* {ours}", example, Verdict::match},
    {"question mark", "exampl?.com {ours}", example, Verdict::match},
    {"question mark needs one", "example.com? {ours}", example, Verdict::unknown},
    {"part of a name", "example {ours}", example, Verdict::unknown},
    {"negated after", "*.com,!example.com {ours}", example, Verdict::unknown},
    {"negated before", "!example.com,*.com {ours}", example, Verdict::unknown},
    {"negated other", "!other.com,*.com {ours}", example, Verdict::match},
    {"negated alone matches nobody", "!other.com {ours}", example, Verdict::unknown},
    {"negated on one line only", "!example.com,* {ours}\nexample.com {ours}", example, Verdict::match},
    {"other key", "example.com {other}", example, Verdict::mismatch},
    {"other key type only", "example.com {rsa}", example, Verdict::mismatch},
    {"other key and ours", "example.com {other}\nexample.com {ours}", example, Verdict::match},
    {"ours and another key", "example.com {ours}\nexample.com {other}", example, Verdict::match},
    {"wrong type word", "example.com ssh-rsa {blob}", example, Verdict::unknown},
    {"truncated key", "example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK", example, Verdict::unknown},
    {"bad line before a good one", "example.com ssh-foo AAAA\nexample.com {ours}", example, Verdict::match},
    {"port", "[example.com]:2222 {ours}", example_2222, Verdict::match},
    {"other port", "[example.com]:2223 {ours}", example_2222, Verdict::unknown},
    {"port, other key", "[example.com]:2222 {other}", example_2222, Verdict::mismatch},
    {"port, bare host ours", "example.com {ours}", example_2222, Verdict::match},
    {"port, bare host other key", "example.com {other}", example_2222, Verdict::unknown},
    {"port other key, bare host ours", "[example.com]:2222 {other}\nexample.com {ours}", example_2222,
     Verdict::mismatch},
    {"port 22 in brackets is not the bare host", "[example.com]:22 {ours}", example, Verdict::unknown},
    {"star covers a port", "* {ours}", example_2222, Verdict::match},
    {"star with a port", "[*.com]:2222 {ours}", example_2222, Verdict::match},
    {"star without a port, bare host", "*.com {ours}", example_2222, Verdict::match},
    {"negated bare host, port", "*,!example.com {ours}", example_2222, Verdict::match},
    {"v6", "::1 {ours}", {"::1", 22}, Verdict::match},
    {"v6 with a port", "[::1]:2222 {ours}", {"::1", 2222}, Verdict::match},
    {"v6 in brackets without a port", "[::1] {ours}", {"::1", 22}, Verdict::unknown},
    {"v4", "10.0.0.1 {ours}", {"10.0.0.1", 22}, Verdict::match},
    {"hashed", "{hash:example.com} {ours}", example, Verdict::match},
    {"hashed, host in capitals", "{hash:example.com} {ours}", {"EXAMPLE.com", 22}, Verdict::match},
    {"hashed other", "{hash:example.org} {ours}", example, Verdict::unknown},
    {"hashed, other key", "{hash:example.com} {other}", example, Verdict::mismatch},
    {"hashed port", "{hash:[example.com]:2222} {ours}", example_2222, Verdict::match},
    {"hashed bare host, port", "{hash:example.com} {ours}", example_2222, Verdict::match},
    {"hashed in a list is no hash", "{hash:example.com},example.com {ours}", example, Verdict::unknown},
    {"hash of another kind", "|2|AAAA|BBBB {ours}\nexample.com {ours}", example, Verdict::match},
    {"revoked", "@revoked example.com {ours}", example, Verdict::revoked},
    {"revoked for all", "@revoked * {ours}\nexample.com {ours}", example, Verdict::revoked},
    {"revoked at the end", "example.com {ours}\n@revoked * {ours}", example, Verdict::revoked},
    {"revoked hashed", "example.com {ours}\n@revoked {hash:example.com} {ours}", example, Verdict::revoked},
    {"revoked elsewhere", "example.com {ours}\n@revoked example.org {ours}", example, Verdict::match},
    {"another key revoked", "example.com {ours}\n@revoked * {other}", example, Verdict::match},
    {"only another key revoked", "@revoked example.com {other}", example, Verdict::unknown},
    {"revoked, other key known", "@revoked * {ours}\nexample.com {other}", example, Verdict::revoked},
    {"bare host revoked, port", "@revoked example.com {ours}", example_2222, Verdict::revoked},
    {"bare host revoked, port known", "[example.com]:2222 {ours}\n@revoked example.com {ours}", example_2222,
     Verdict::match},
    {"authority", "@cert-authority example.com {ours}", example, Verdict::unknown},
    {"authority and key", "@cert-authority * {other}\nexample.com {ours}", example, Verdict::match},
    {"unknown marker", "@unknown example.com {ours}", example, Verdict::unknown},
    {"two markers", "@revoked @cert-authority * {ours}\nexample.com {ours}", example, Verdict::match},
    {"marker in capitals", "@REVOKED * {ours}\nexample.com {ours}", example, Verdict::match},
};

// The real client, with the real server as its ProxyCommand: any host name, any port, no network. The usual
// key exchange, sntrup761, would take most of the time.
class OpenSsh : public testing::Test {
 public:
  OpenSsh() {
    std::string pattern = (std::filesystem::temp_directory_path() / "known_hosts_test.XXXXXX").string();
    dir_ = ::mkdtemp(pattern.data());
    for (const auto* name : {"ours", "other"}) make_key(name, "ed25519");
    make_key("rsa", "rsa -b 2048");
    if (::geteuid() == 0)
      std::filesystem::create_directories("/run/sshd");  // root's sshd will not run without
    std::ofstream(dir_ / "sshd_config") << "HostKey " << (dir_ / "ours").string() << "\nPidFile none\n";
  }
  ~OpenSsh() override { std::filesystem::remove_all(dir_); }

  std::string fill(const std::string& row) const {
    const auto shown = key_text("ours");
    auto text = ssh::fill(row, {{"ours", shown},
                                {"other", key_text("other")},
                                {"rsa", key_text("rsa")},
                                {"blob", shown.substr(shown.find(' ') + 1)}});
    for (std::size_t at = 0; (at = text.find("{hash:")) != text.npos;) {
      const auto end = text.find('}', at);
      text.replace(at, end + 1 - at, hashed(text.substr(at + 6, end - at - 6)));
    }
    return text;
  }

  HostKey shown_key() const {
    const auto text = key_text("ours");
    return parse_host_key(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1)).value();
  }

  // Several at the same time have files of their own.
  std::string connect(const std::string& known_hosts, const HostPort& where,
                      const std::string& strict = "yes", const std::string& file = "known_hosts") const {
    std::ofstream(dir_ / file) << known_hosts;
    return shell("ssh -F none -o 'ProxyCommand=/usr/sbin/sshd -i -f " + (dir_ / "sshd_config").string() +
                 "' -o KexAlgorithms=curve25519-sha256 -o BatchMode=yes -o PreferredAuthentications=none -o "
                 "GlobalKnownHostsFile=none" +
                 " -o StrictHostKeyChecking=" + strict + " -o UserKnownHostsFile=" + (dir_ / file).string() +
                 " -p " + std::to_string(where.port) + " '" + where.host + "' true");
  }

  static std::optional<Verdict> verdict_of_ssh(const std::string& said) {
    const auto says = [&](const char* words) { return said.find(words) != said.npos; };
    if (says("was revoked")) return Verdict::revoked;
    if (says("has changed")) return Verdict::mismatch;
    if (says("host key is known for")) return Verdict::unknown;
    if (says("Permission denied")) return Verdict::match;
    return std::nullopt;
  }

  bool is_usable() const { return verdict_of_ssh(connect(fill("* {ours}"), example)) == Verdict::match; }
  std::filesystem::path known_hosts_file() const { return dir_ / "known_hosts"; }

 private:
  void make_key(const std::string& name, const std::string& type) const {
    shell("ssh-keygen -q -N '' -C '' -t " + type + " -f " + (dir_ / name).string());
  }

  std::string key_text(const std::string& name) const {
    const auto text = read_file(dir_ / (name + ".pub"));
    return text.substr(0, text.find_last_not_of(" \n") + 1);
  }

  // What ssh-keygen makes of a name.
  std::string hashed(const std::string& name) const {
    const auto file = dir_ / "to_hash";
    std::ofstream(file) << name << ' ' << key_text("ours") << '\n';
    shell("ssh-keygen -H -f " + file.string());
    const auto text = read_file(file);
    return text.substr(0, text.find(' '));
  }

  std::filesystem::path dir_;
};

TEST_F(OpenSsh, agrees_with_us_on_every_row) {
  if (!is_usable())
    GTEST_SKIP() << "no working ssh and /usr/sbin/sshd: " << connect(fill("* {ours}"), example);
  std::vector<std::string> texts;
  for (const LookupRow& row : lookup_rows) texts.push_back(fill(row.text));
  std::vector<std::string> said(texts.size());
  at_once(said.size(), [&](std::size_t i) {
    said[i] = connect(texts[i], lookup_rows[i].where, "yes", "known_hosts-" + std::to_string(i));
  });
  for (std::size_t i = 0; i < said.size(); ++i) {
    const LookupRow& row = lookup_rows[i];
    EXPECT_EQ(verdict_of_ssh(said[i]), row.verdict) << "ssh: " << row.says << '\n' << said[i];
    EXPECT_EQ(KnownHosts::parse(texts[i]).lookup(row.where, shown_key()).verdict, row.verdict)
        << "towline: " << row.says;
  }
}

TEST_F(OpenSsh, ssh_keygen_finds_the_lines_that_we_find) {
  if (shell("ssh-keygen -F x -f /dev/null; echo $?").find('1') == std::string::npos) {
    GTEST_SKIP() << "no ssh-keygen";
  }
  const auto text = fill(
      "example.com {ours}\n{hash:example.com} {other}\n*.com,!example.com {rsa}\n[example.com]:2222 {rsa}\n"
      "EXAMPLE.* {rsa}\n@revoked example.com {rsa}\n");
  std::ofstream(known_hosts_file()) << text;
  const auto found = shell("ssh-keygen -F example.com -f " + known_hosts_file().string());
  for (int line = 1; line <= 6; ++line) {
    const bool ssh_found = found.find("found: line " + std::to_string(line)) != found.npos;
    EXPECT_EQ(ssh_found, line != 3 && line != 4) << found;
  }
  const auto lookup = KnownHosts::parse(text).lookup(example, third_key);
  const auto line = [](std::size_t number) { return testing::Field(&KnownKey::line, number); };
  EXPECT_THAT(lookup.expected, ElementsAre(line(1), line(2), line(5)));  // the sixth is no key to expect
}

TEST_F(OpenSsh, writes_the_line_that_we_write) {
  if (!is_usable())
    GTEST_SKIP() << "no working ssh and /usr/sbin/sshd: " << connect(fill("* {ours}"), example);
  for (const HostPort& where :
       {example, example_2222, HostPort{"Example.COM", 2222}, HostPort{"::1", 2222}}) {
    connect("", where, "accept-new");
    EXPECT_EQ(read_file(known_hosts_file()), known_hosts_line(where, shown_key()));
  }
}

}  // namespace
}  // namespace towline::ssh
