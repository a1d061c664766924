#include "ssh/private_key.hpp"

#include "ssh/base64.hpp"
#include "ssh/connection/message.hpp"
#include "ssh/error.hpp"
#include "ssh/host_key.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::ssh {

namespace {

// Larger than any key; a file beyond it was mounted by mistake.
constexpr std::size_t key_size_max = 64 * 1024;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Line under line, without the blanks, empty lines, carriage returns and escapes ("\n" as two characters)
// that editors, YAML and environment files add.
Secret tidied(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + 1);  // never moved: what it left behind would not be wiped
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n\\"), text.size());
    const std::size_t ending = text.substr(end).starts_with('\\') ? 2 : 1;
    if (const auto line = trimmed(text.substr(0, end)); !line.empty()) lines.append(line) += '\n';
    text.remove_prefix(std::min(end + ending, text.size()));
  }
  return Secret(std::move(lines));
}

// Decoded bytes, or nothing if `text` is not base64 through and through.
Secret decode_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  std::ranges::remove_copy_if(text, std::back_inserter(packed), is_space);
  auto bytes = from_base64(packed);
  OPENSSL_cleanse(packed.data(), packed.size());
  if (!bytes) return {};
  Secret decoded(std::string(bytes->begin(), bytes->end()));
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return decoded;
}

// The part between the BEGIN and END lines.
std::string_view body(std::string_view pem) {
  const auto begin = pem.find('\n');
  const auto end = pem.rfind("-----END ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return pem.substr(begin + 1, end - begin - 1);
}

// What an OpenSSH key file shows of itself without a passphrase (OpenSSH PROTOCOL.key).
struct OpensshHeader {
  std::string cipher;  // "none" for a plain key
  std::vector<std::uint8_t> public_key;
};

// Nothing for another format; empty where the file is damaged.
std::optional<OpensshHeader> openssh_header(std::string_view pem) {
  constexpr std::string_view magic("openssh-key-v1\0", 15);
  if (!pem.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----")) return std::nullopt;
  const Secret decoded = decode_base64(body(pem));
  const auto blob = decoded.reveal();
  if (!blob.starts_with(magic)) return OpensshHeader{};
  connection::Reader reader(
      {reinterpret_cast<const std::uint8_t*>(blob.data()) + magic.size(), blob.size() - magic.size()});
  OpensshHeader header;
  header.cipher = reader.string();
  reader.string();  // key derivation
  reader.string();  // its options
  reader.u32();     // number of keys, always one
  const auto key = reader.bytes();
  header.public_key.assign(key.begin(), key.end());
  reader.bytes();  // the private half
  return reader.ok() ? header : OpensshHeader{};
}

Failure not_a_key(std::string_view text) {
  if (text.empty()) return {errc::key_file_invalid, "it is empty"};
  if (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-")) {
    return {errc::key_file_invalid, "it holds a public key; the private one is the file without .pub"};
  }
  if (text.starts_with("PuTTY-User-Key-File")) {
    return {errc::key_file_invalid, "it is in PuTTY's format; convert it with puttygen -O private-openssh"};
  }
  return {errc::key_file_invalid, "it does not begin with -----BEGIN … PRIVATE KEY-----"};
}

std::string who_may_read(const std::string& path, int error) {
  struct stat facts{};
  char text[160];
  if (::stat(path.c_str(), &facts) != 0) {
    return path + ": " + boost::system::error_code(error, boost::system::system_category()).message();
  }
  std::snprintf(text, sizeof text, ": %s (owner %u:%u, mode %04o; running as %u:%u)",
                boost::system::error_code(error, boost::system::system_category()).message().c_str(),
                facts.st_uid, facts.st_gid, facts.st_mode & 07777U, ::geteuid(), ::getegid());
  return path + text;
}

Result<Secret> read_file(const std::string& path) {
  // Not blocking: to open a fifo that nobody writes to would wait for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return Failure{errc::key_file_unreadable, who_may_read(path, errno)};
  struct stat facts{};
  if (::fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode)) {
    ::close(fd);
    return Failure{errc::key_file_invalid,
                   path + (S_ISDIR(facts.st_mode) ? ": it is a directory" : ": it is not a regular file")};
  }
  std::string text(key_size_max + 1, '\0');
  std::size_t size = 0;
  ssize_t n = 0;
  while (size < text.size() && (n = ::read(fd, text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(n);
  }
  const int error = errno;
  ::close(fd);
  text.resize(size);
  Secret contents(std::move(text));
  if (n < 0) return Failure{errc::key_file_unreadable, who_may_read(path, error)};
  if (size > key_size_max) return Failure{errc::key_file_invalid, path + ": it is larger than any key"};
  return contents;
}

}  // namespace

Result<Secret> repair_private_key(std::string_view raw) {
  Secret key = tidied(raw);
  if (key.reveal().find("-----BEGIN ") == std::string_view::npos) {
    const Secret decoded = decode_base64(key.reveal());
    if (decoded.reveal().find("-----BEGIN ") != std::string_view::npos) key = tidied(decoded.reveal());
  }
  const auto text = key.reveal();
  if (!text.starts_with("-----BEGIN ") || text.find("PRIVATE KEY-----") == std::string_view::npos)
    return not_a_key(text);
  if (text.find("-----END ") == std::string_view::npos)
    return Failure{errc::key_file_invalid, "its END line is missing"};
  const auto header = openssh_header(text);
  if (header && header->public_key.empty()) {
    return Failure{errc::key_file_invalid,
                   "it is damaged: what is between its first and its last line is not a key"};
  }
  // PKCS#8 says so in its first line, PEM in its Proc-Type.
  const bool encrypted = header ? header->cipher != "none" : text.find("ENCRYPTED") != std::string_view::npos;
  if (encrypted) return errc::key_file_needs_passphrase;
  return key;
}

Result<Secret> read_private_key(const std::string& path) {
  const auto contents = read_file(path);
  if (!contents) return contents.error();
  auto key = repair_private_key(contents->reveal());
  if (key) return key;
  auto failure = key.error();
  failure.detail = failure.detail.empty() ? path : path + ": " + failure.detail;
  return failure;
}

std::string public_fingerprint(const Secret& key) {
  const auto header = openssh_header(key.reveal());
  return header && !header->public_key.empty() ? fingerprint(HostKey{{}, header->public_key}) : "";
}

}  // namespace towline::ssh
