// OpenSSH's known_hosts: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT", matched the way ssh(1) does it.
#pragma once

#include "net/host_port.hpp"
#include "ssh/keys/host_key.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

enum class HostKeyVerdict {
  match,     // the file has this key for this host
  mismatch,  // the file has other keys for this host, of this type or of another, and not this one
  unknown,   // the file has no key for this host
  revoked,   // the file says never to accept this key here
};

// A key of the file, for the people who have to compare or remove it.
struct KnownKey {
  std::size_t line = 0;  // from 1
  std::string type;
  std::string fingerprint;
  std::string file = {};  // as given to add()

  bool operator==(const KnownKey&) const = default;
};

struct HostKeyLookup {
  HostKeyVerdict verdict = HostKeyVerdict::unknown;
  std::size_t line = 0;            // of the key that matched or is revoked; 0 otherwise
  std::vector<KnownKey> expected;  // on mismatch: what the file has, in its order
  std::string file = {};           // of the line
};

// Where a line stands: "/known_hosts:3", and "line 3" where the text has no name.
std::string place_of(std::string_view file, std::size_t line);

// A value: once filled, it may be asked from any thread.
class KnownHosts {
 public:
  // A line that cannot be read, or has a name in it that no server has.
  struct BadLine {
    std::size_t line = 0;  // from 1
    std::string reason;    // or what to write instead
    std::string file = {};

    bool operator==(const BadLine&) const = default;
  };

  KnownHosts() = default;  // an empty file

  // Appends the lines of a text, which is repaired first (known_hosts_repair.hpp); `file` names it in
  // answers. A line that cannot be read is skipped and reported, never fatal: as for ssh, it just is not
  // there.
  void add(std::string_view text, std::string_view file);
  static KnownHosts parse(std::string_view text, std::string_view file = {});

  // `where` as the user wrote it, never the resolved address. For a port other than 22 only "[host]:port"
  // counts; where the file has nothing for that, a line for the bare host may still accept or revoke the key.
  HostKeyLookup lookup(const net::HostPort& where, const HostKey& key) const;

  // The same for a certificate: match if `authority` is a @cert-authority of this host, revoked if either key
  // is, else unknown. Says nothing about the certificate itself.
  HostKeyLookup lookup_authority(const net::HostPort& where, const HostKey& key,
                                 const HostKey& authority) const;

  // The types of the keys that lookup() would accept from this host, in the file's order, each once.
  std::vector<std::string> key_types(const net::HostPort& where) const;

  // Whether there is a @cert-authority for this host: its server may well have nothing but a certificate to
  // show that we can verify.
  bool has_cert_authority(const net::HostPort& where) const;

  const std::vector<BadLine>& bad_lines() const { return bad_lines_; }
  bool empty() const { return entries_.empty(); }

 private:
  enum class Marker { none, cert_authority, revoked };

  struct Entry {
    std::size_t file = 0;  // in files_
    std::size_t line = 0;
    Marker marker = Marker::none;
    std::string hosts;               // patterns, where not hashed
    std::vector<std::uint8_t> salt;  // not empty: `hash` is HMAC-SHA1 of the one name under it
    std::vector<std::uint8_t> hash;
    HostKey key;

    bool matches(const std::string& name) const;
  };

  // Reads one line that is neither empty nor a comment; says what is wrong with it, or nothing.
  static std::string parse_line(std::string_view line, Entry& entry);

  HostKeyLookup lookup(const std::string& name, const HostKey& key) const;
  HostKeyLookup lookup_authority(const std::string& name, const HostKey& key, const HostKey& authority) const;
  HostKeyLookup found(HostKeyVerdict verdict, const Entry& entry) const;
  KnownKey known_key(const Entry& entry) const;
  std::vector<const Entry*> entries_for(const std::string& name) const;

  std::vector<std::string> files_;
  std::vector<Entry> entries_;
  std::vector<BadLine> bad_lines_;
};

// "line 3 of /known_hosts is damaged: the key is cut off"
std::string damage_text(const KnownHosts::BadLine& bad);

// The line that makes `key` known for `where`, with its newline. A file that does not end in a newline needs
// one first.
std::string known_hosts_line(const net::HostPort& where, const HostKey& key);

}  // namespace towline::ssh
