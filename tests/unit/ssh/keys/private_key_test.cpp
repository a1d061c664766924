#include "ssh/keys/private_key.hpp"

#include "ssh/keys/host_key.hpp"
#include "ssh/wire/error.hpp"
#include "text/base64.hpp"
#include "unit/ssh/keys/key_files.hpp"
#include "unit/ssh/wire/wire_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace towline::ssh {
namespace {

using testing::HasSubstr;

std::string base64(const std::string& bytes) {
  return text::to_base64(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

// Lines of 70, as ssh-keygen writes them.
std::string pem(const std::string& kind, std::string body) {
  std::string text = "-----BEGIN " + kind + "-----\n";
  for (; !body.empty(); body.erase(0, 70)) text += body.substr(0, 70) + "\n";
  return text + "-----END " + kind + "-----\n";
}

const std::string public_blob = wire_string("ssh-ed25519") + wire_string(std::string(32, 'p'));

// Nobody's key, in the form of OpenSSH's PROTOCOL.key.
std::string openssh_blob(const std::string& cipher,
                         const std::string& magic = std::string("openssh-key-v1\0", 15)) {
  return magic + wire_string(cipher) + wire_string(cipher == "none" ? "none" : "bcrypt") + wire_string("") +
         std::string("\0\0\0\1", 4) + wire_string(public_blob) + wire_string(std::string(200, 's'));
}

std::string openssh_pem(const std::string& blob) { return pem("OPENSSH PRIVATE KEY", base64(blob)); }

std::string openssh_key(const std::string& cipher) { return openssh_pem(openssh_blob(cipher)); }

const std::string good_key = openssh_key("none");

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// The repaired text, or the failure.
std::string repaired(const std::string& text) {
  const auto key = repair_private_key(text);
  return key ? std::string(key->reveal()) : key.error().message();
}

TEST(PrivateKey, harmless_damage_is_undone) {
  const std::pair<const char*, std::string> damages[] = {
      {"none", good_key},
      {"no final newline", good_key.substr(0, good_key.size() - 1)},
      {"CRLF", replaced(good_key, "\n", "\r\n")},
      {"CR alone", replaced(good_key, "\n", "\r")},
      {"literal \\n", replaced(good_key, "\n", "\\n")},
      {"literal \\n and newlines", replaced(good_key, "\n", "\\n\n")},
      {"literal \\r\\n", replaced(good_key, "\n", "\\r\\n")},
      {"leading blank lines", "\n \r\n\t\n" + good_key},
      {"trailing blank lines", good_key + "\n \n\n"},
      {"blanks at the ends of lines", replaced(good_key, "\n", " \t\n")},
      {"indented", "    " + replaced(good_key, "\n", "\n    ")},
      {"blank lines between", replaced(good_key, "\n", "\n\n")},
      {"literal \\\\n", replaced(good_key, "\n", "\\\\n")},
      {"byte order mark", "\xEF\xBB\xBF" + good_key},
      {"quotes", '"' + good_key + "\"\n"},
      {"single quotes", '\'' + good_key + '\''},
      {"quotes and literal \\n", '"' + replaced(good_key, "\n", "\\n") + '"'},
      {"quotes around base64", '"' + base64(good_key) + '"'},
      {"base64", base64(good_key)},
      {"base64 of quotes", base64('"' + good_key + '"')},
      {"base64 with a newline", base64(good_key) + "\n"},
      {"base64 of CRLF", base64(replaced(good_key, "\n", "\r\n"))}};
  for (const auto& [name, text] : damages) {
    EXPECT_EQ(repaired(text), good_key) << name;
  }
}

TEST(PrivateKey, base64_may_be_wrapped) {
  std::string wrapped;
  for (auto rest = base64(good_key); !rest.empty(); rest.erase(0, 76)) wrapped += rest.substr(0, 76) + "\n";
  EXPECT_EQ(repaired(wrapped), good_key);
}

TEST(PrivateKey, every_plain_kind_is_taken_as_it_is) {
  for (const auto* kind : {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"}) {
    const auto key = pem(kind, base64(std::string(300, 'k')));
    EXPECT_EQ(repaired(key), key);
  }
}

TEST(PrivateKey, the_blank_line_behind_the_headers_of_an_encrypted_pem_stays) {
  const std::string key =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
      "-----END RSA PRIVATE KEY-----\n";
  EXPECT_EQ(repaired(key), key);
  EXPECT_EQ(repaired(replaced(key, "\n", "\r\n")), key);
  EXPECT_EQ(repaired(replaced(key, "\n\n", "\n")), key);
  EXPECT_EQ(repaired(replaced(replaced(key, "\n\n", "\n"), "\n", " ") + "\n"), key);
}

// No key looks like this; fuzz_private_key made it up.
TEST(PrivateKey, what_was_repaired_stays_as_it_is) {
  const auto once =
      repaired("-----BEGIN PRIVATE KEY----- " + std::string(64, 'A') + "DEK-Info: -----END PRIVATE KEY-----");
  EXPECT_EQ(repaired(once), once);
}

TEST(PrivateKey, lines_joined_by_blanks_are_lines_again) {
  const auto joined = replaced(good_key, "\n", " ");
  EXPECT_EQ(repaired(joined), repaired(joined + "\n"));
  EXPECT_EQ(replaced(repaired(joined), "\n", ""), replaced(good_key, "\n", ""));
}

TEST(PrivateKey, what_is_no_private_key_is_named) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "it is empty"},
      {" \n\r\n\t", "it is empty"},
      {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n", "public key"},
      {"ecdsa-sha2-nistp256 AAAA me@here\n", "public key"},
      {"sk-ssh-ed25519@openssh.com AAAA me@here\n", "public key"},
      {"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTY"},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "does not begin with"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "does not begin with"},
      {"password", "does not begin with"},
      {base64("ssh-ed25519 AAAA"), "does not begin with"},
      {"hello\n" + good_key, "does not begin with"},
      {good_key.substr(0, good_key.find("-----END")), "END line is missing"},
      {openssh_pem(openssh_blob("none", "openssh-key-v2")), "damaged"},
      {replaced(good_key, "Nz", "**"), "damaged"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n", "damaged"}};
  for (const auto& [text, words] : rows) {
    const auto key = repair_private_key(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, errc::key_file_invalid) << text;
    EXPECT_THAT(key.error().detail, HasSubstr(words)) << text;
  }
}

TEST(PrivateKey, a_key_that_has_lost_a_line_is_damaged) {
  for (auto line = good_key.find('\n') + 1; good_key.compare(line, 4, "----") != 0;
       line = good_key.find('\n', line) + 1) {
    auto text = good_key;
    text.erase(line, text.find('\n', line) + 1 - line);
    EXPECT_THAT(repaired(text), HasSubstr("damaged")) << text;
  }
}

TEST(PrivateKey, a_key_cut_off_anywhere_is_damaged) {
  for (const auto* cipher : {"none", "aes256-ctr"}) {
    const auto blob = openssh_blob(cipher);
    for (std::size_t size = 0; size < blob.size(); ++size) {
      EXPECT_THAT(repaired(openssh_pem(blob.substr(0, size))), HasSubstr("damaged")) << cipher << " " << size;
    }
  }
}

TEST(PrivateKey, no_failure_shows_a_part_of_the_key) {
  const auto secret = base64(std::string(30, 's')).substr(4, 20);
  const std::string broken[] = {good_key.substr(0, good_key.find("-----END")), "x" + good_key,
                                replaced(good_key, "BEGIN", "BEGUN"), "sss" + secret};
  for (const auto& text : broken) EXPECT_THAT(repaired(text), testing::Not(HasSubstr(secret)));
}

// A key that opens.
const std::string& real() {
  static const std::string text = [] {
    KeyFiles files;
    files.run("ssh-keygen -q -t ed25519 -N '' -f key");
    return files.read("key");
  }();
  return text;
}

class PrivateKeyFile : public testing::Test {
 protected:
  PrivateKeyFile() {
    std::string name = (std::filesystem::temp_directory_path() / "private_key_test.XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "key";
  }
  ~PrivateKeyFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) { std::ofstream(path_) << text; }

  Result<SigningKey> read(const std::string& passphrase = "") {
    return read_private_key({.file = path_, .text = nullptr}, passphrase);
  }

  Failure failure() {
    auto key = read();
    EXPECT_FALSE(key);
    return key ? Failure{} : key.error();
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(PrivateKeyFile, is_read_and_repaired) {
  write("\n" + replaced(real(), "\n", "\r\n"));
  EXPECT_TRUE(read());
}

TEST_F(PrivateKeyFile, is_read_anew_each_time) {
  write(real());
  EXPECT_TRUE(read());
  write("");
  EXPECT_EQ(failure().detail, path_.string() + ": it is empty");
}

TEST_F(PrivateKeyFile, that_is_not_there_is_named_with_the_systems_words) {
  EXPECT_EQ(failure().code, errc::key_file_unreadable);
  EXPECT_EQ(failure().detail, path_.string() + ": No such file or directory");
}

TEST_F(PrivateKeyFile, that_is_encrypted_is_named) {
  write(openssh_key("aes256-ctr"));
  EXPECT_EQ(failure().code, errc::key_file_needs_passphrase);
  EXPECT_EQ(failure().detail, path_.string());
}

TEST_F(PrivateKeyFile, that_is_a_directory_is_no_key) {
  std::filesystem::create_directory(path_);
  EXPECT_EQ(failure().code, errc::key_file_invalid);
  EXPECT_THAT(failure().detail, HasSubstr("directory"));
}

TEST_F(PrivateKeyFile, that_is_a_fifo_does_not_keep_us_waiting) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(failure().code, errc::key_file_invalid);
  EXPECT_THAT(failure().detail, HasSubstr("not a regular file"));
}

TEST_F(PrivateKeyFile, that_is_larger_than_any_key_is_not_read_whole) {
  write(real() + std::string(64 * 1024, '\n'));
  EXPECT_EQ(failure().code, errc::key_file_invalid);
  EXPECT_THAT(failure().detail, HasSubstr("larger than any key"));
  write(real() + std::string(64 * 1024 - real().size(), '\n'));
  EXPECT_TRUE(read());
}

// The words of a process that may not read the file; root may read everything, so it becomes somebody else.
std::string words_of_somebody_else(const std::string& path) {
  int pipe[2];
  if (::pipe(pipe) != 0) return "no pipe";
  const auto child = ::fork();
  if (child == 0) {
    const bool changed = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
    const auto key = read_private_key({.file = path, .text = nullptr}, "");
    const std::string words = key ? "read" : key.error().message();
    if (changed) (void)!::write(pipe[1], words.data(), words.size());
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string words;
  char some[512];
  for (ssize_t n = 0; (n = ::read(pipe[0], some, sizeof some)) > 0;)
    words.append(some, static_cast<std::size_t>(n));
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return words;
}

TEST_F(PrivateKeyFile, that_we_may_not_read_is_named_with_owner_mode_and_our_ids) {
  write(good_key);
  std::filesystem::permissions(folder_, std::filesystem::perms::all);
  ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
  const auto we = ::geteuid() == 0 ? std::string("65534:65534")
                                   : std::to_string(::geteuid()) + ":" + std::to_string(::getegid());
  EXPECT_EQ(words_of_somebody_else(path_),
            make_error_code(errc::key_file_unreadable).message() + ": " + path_.string() +
                ": Permission denied (owner " + std::to_string(::geteuid()) + ":" +
                std::to_string(::getegid()) + ", mode 0000; running as " + we + ")");
}

}  // namespace
}  // namespace towline::ssh
