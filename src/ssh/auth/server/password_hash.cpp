#include "ssh/auth/server/password_hash.hpp"

#include <algorithm>
#include <array>
#include <crypt.h>
#include <memory>
#include <string.h>

namespace towline::ssh {

namespace {

constexpr auto strong_prefixes =
    std::to_array<std::string_view>({"$y$", "$gy$", "$7$", "$2b$", "$2a$", "$2y$", "$6$", "$5$"});

struct WipeCryptData {
  void operator()(crypt_data* data) const {
    explicit_bzero(data, sizeof *data);
    delete data;
  }
};

// Looks at each octet of both, whatever the first ones are; their length is no secret.
bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  return difference == 0;
}

}  // namespace

bool is_password_hash(std::string_view hash) {
  const auto begins = [&](std::string_view prefix) { return hash.starts_with(prefix); };
  if (hash.size() >= CRYPT_OUTPUT_SIZE || std::ranges::none_of(strong_prefixes, begins)) return false;
  // The library looks at the setting alone; behind it is the hash itself, which no strong one lacks.
  const auto digest = hash.substr(hash.rfind('$') + 1);
  constexpr std::size_t digest_octets_min = 31;  // bcrypt's, behind its salt
  if (digest.size() < digest_octets_min) return false;
  const int said = crypt_checksalt(std::string(hash).c_str());
  return said == CRYPT_SALT_OK || said == CRYPT_SALT_METHOD_LEGACY;  // what it calls SHA-256
}

bool is_right(const PasswordCheck& check) {
  const auto password = check.password.reveal();
  if (password.find('\0') != password.npos) return false;
  const std::unique_ptr<crypt_data, WipeCryptData> data(new crypt_data());
  // A Secret's text is that of a string, with the zero behind it.
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
  const char* made = crypt_rn(password.data(), check.hash.c_str(), data.get(), sizeof *data);
  return made != nullptr && same_text(made, check.hash) && check.known;
}

}  // namespace towline::ssh
