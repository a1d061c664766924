// Servers that know one algorithm of a kind, which is none of ours: the failure names the list and what each
// side offers, in the log and in `check`.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/hints.hpp"

#include <filesystem>
#include <optional>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

class Negotiation : public Hints {
 protected:
  // What is missing in the log of `up` and in what `check` prints.
  std::string missing_at(const std::string& port, const std::string& known_hosts, const std::string& list,
                         const std::string& offer, const Words& hint, const Environment& more = {}) {
    auto variables = environment();
    variables["SSH_REMOTE_PORT"] = port;
    variables["SSH_KNOWN_HOSTS_FILE"] = known_hosts;
    for (const auto& [name, value] : more) variables[name] = value;
    Towline check(dir_, variables, {"check"});
    if (check.process().exit_code(30s) != 69) return "check ends otherwise: " + check.log();
    for (const auto& word : Words{"[failed]  key_exchange", list, "it offers " + offer + "; we offer "}) {
      if (!check.logged(word)) return word + " in " + check.log();
    }
    const Towline towline(dir_, variables);
    return missing_of(no_session("kex", {list, "it offers " + offer + "; we offer "}, hint), towline);
  }

  std::string at_sshd(const Words& config, const std::string& list, const std::string& offer,
                      const Words& hint, KeyType host_key = KeyType::ed25519) {
    Sshd server(dir_, host_key, config);
    server.start();
    return missing_at(std::to_string(server.port()), server.known_hosts_file(), list, offer, hint);
  }

  std::string at_asyncssh(const std::string& algorithms, const std::string& list, const std::string& offer,
                          const Words& hint) {
    const auto authorized = dir_.fresh_path("authorized_keys", "");
    write_file(authorized, key_.public_line + "\n");
    const auto port_file = dir_.fresh_path("port", "");
    Process server(Command{{"/usr/bin/python3", TOWLINE_TESTS_DIR "/integration/strange_server.py",
                            algorithms, sshd_.host_key().private_file, authorized, port_file},
                           {{"PATH", "/usr/bin:/bin"}},
                           dir_.fresh_path("asyncssh", ".log")});
    const auto listens = [&] { return read_file(port_file).ends_with('\n'); };
    if (!eventually(60s, [&] { return listens() || !server.running(); }) || !listens())
      return "it does not start";
    auto port = read_file(port_file);
    port.pop_back();
    return missing_at(port, "/dev/null", list, offer, hint);
  }

  static bool has_asyncssh() { return std::filesystem::exists("/usr/lib/python3/dist-packages/asyncssh"); }
};

TEST_F(Negotiation, of_a_key_exchange_method_with_sshd) {
  EXPECT_EQ(at_sshd({"KexAlgorithms diffie-hellman-group14-sha256"}, "no key exchange method in common",
                    "diffie-hellman-group14-sha256",
                    {"add curve25519-sha256 (or another of ours) to KexAlgorithms in the sshd_config"}),
            "");
}

TEST_F(Negotiation, of_a_host_key_algorithm_with_sshd) {
  EXPECT_EQ(at_sshd({"HostKeyAlgorithms ssh-rsa"}, "no host key algorithm in common", "ssh-rsa",
                    {"HostKeyAlgorithms", "ssh-keygen -A", "never used here"}, KeyType::rsa_4096),
            "");
}

TEST_F(Negotiation, of_a_cipher_with_sshd) {
  EXPECT_EQ(at_sshd({"Ciphers aes256-cbc"}, "no cipher in common", "aes256-cbc",
                    {"add aes128-gcm@openssh.com (or another of ours) to Ciphers", "never used here"}),
            "");
}

TEST_F(Negotiation, of_a_MAC_with_sshd) {
  EXPECT_EQ(at_sshd({"Ciphers aes256-ctr", "MACs umac-128@openssh.com"}, "no MAC in common",
                    "umac-128@openssh.com", {"MACs in the sshd_config"}),
            "");
}

TEST_F(Negotiation, of_old_algorithms_with_asyncssh) {
  if (!has_asyncssh()) GTEST_SKIP() << "no asyncssh";
  EXPECT_EQ(at_asyncssh("kex_algs=diffie-hellman-group14-sha1", "no key exchange method in common",
                        "diffie-hellman-group14-sha1", {"KexAlgorithms", "never used here"}),
            "");
  EXPECT_EQ(at_asyncssh("encryption_algs=aes128-cbc", "no cipher in common", "aes128-cbc", {"Ciphers"}), "");
}

TEST_F(Negotiation, of_a_compression_method_with_asyncssh) {
  if (!has_asyncssh()) GTEST_SKIP() << "no asyncssh";
  EXPECT_EQ(at_asyncssh("compression_algs=zlib@openssh.com", "no compression method in common",
                        "zlib@openssh.com", {"without compression"}),
            "");
}

TEST_F(Negotiation, that_our_own_options_leave_nothing_for_names_them) {
  if (!Dropbear::available()) GTEST_SKIP() << "needs root and /usr/sbin/dropbear";
  Dropbear server(dir_);
  server.start();
  EXPECT_EQ(missing_at(std::to_string(server.port()), server.known_hosts_file(),
                       "no host key algorithm in common", "ssh-ed25519,rsa-sha2-256,ssh-rsa",
                       {"add ssh-ed25519,rsa-sha2-256 to HostKeyAlgorithms in SSH_OPTIONS"},
                       {{"SSH_OPTIONS", "-o HostKeyAlgorithms=ecdsa-sha2-nistp256"}}),
            "");
}

}  // namespace

}  // namespace towline::fixtures
