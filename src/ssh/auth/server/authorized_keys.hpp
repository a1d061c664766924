// OpenSSH's authorized_keys: sshd(8), "AUTHORIZED_KEYS FILE FORMAT", judged the way sshd does it.
#pragma once

#include "ssh/auth/server/key_options.hpp"
#include "ssh/auth/server/refusal.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/keys/host_key.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// Who asks, and when.
struct KeyUse {
  std::string_view user;
  ClientAddress address;
  Certificate::Time now;
};

// Whether expiry-time= and from= are kept; none: they are.
Refusal check_options(const KeyOptions& options, const KeyUse& use);

// What the lines say to a key or a certificate.
struct KeyVerdict {
  Refusal refusal = Refusal::key_unknown;  // none: it may log in
  std::string detail{};                    // more about the refusal, for people: "expired on …"
  Permissions permissions{};
  std::string file{};                    // the line that decided
  std::size_t line = 0;                  // from 1
  std::optional<std::uint64_t> until{};  // seconds since 1970; the key or the certificate is no good after it

  bool accepted() const { return refusal == Refusal::none; }
};

// A value: once filled, it may be asked from any thread.
class AuthorizedKeys {
 public:
  struct BadLine {
    std::size_t line = 0;  // from 1
    std::string reason;
    std::string file = {};
    bool refused = true;  // false: it counts, and does not do all that it seems to

    bool operator==(const BadLine&) const = default;
  };

  // What stands in a line without cert-authority.
  enum class Lines {
    keys,
    authorities,  // TrustedUserCAKeys: each line is one
  };

  // Appends the lines of a text; `file` names it in answers. Undone first: a byte order mark, quotes around
  // it, CR and CRLF, one layer of base64 around everything, and "\n" written out in a text of one line. A
  // line that cannot be understood whole is left out and reported: it never permits more than it says.
  void add(std::string_view text, std::string_view file, Lines lines = Lines::keys);
  static AuthorizedKeys parse(std::string_view text, std::string_view file = {}, Lines lines = Lines::keys);

  // The first line that lets the key in; else why the last one with it did not.
  KeyVerdict judge(const HostKey& key, const KeyUse& use) const;
  // The same over the authorities. Says all there is to say about the certificate but whether the client has
  // its key.
  KeyVerdict judge(const Certificate& certificate, const KeyUse& use) const;

  const std::vector<BadLine>& bad_lines() const { return bad_lines_; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::size_t file = 0;  // in files_
    std::size_t line = 0;
    HostKey key;
    KeyOptions options;
  };

  // Reads one line that is neither empty nor a comment; says what is wrong with it, or nothing.
  static std::string parse_line(std::string_view line, Entry& entry);

  std::vector<const Entry*> entries_of(const HostKey& key, bool authorities) const;
  KeyVerdict verdict(const Entry& entry, Refusal refusal, std::string detail = {}) const;

  std::vector<std::string> files_;
  std::vector<Entry> entries_;
  // Where in entries_: files of many thousand lines are asked by strangers.
  std::map<std::vector<std::uint8_t>, std::vector<std::size_t>> by_key_;
  std::vector<BadLine> bad_lines_;
};

// "line 3 of /authorized_keys is refused: the option "x" is not known here"
std::string text_of(const AuthorizedKeys::BadLine& bad);

}  // namespace towline::ssh
