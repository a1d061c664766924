#include "ssh/auth/server/passwords.hpp"

#include "text/repair.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t user_octets_max = 255;  // what a client may call itself

std::string_view trimmed_line(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = line.find_first_not_of(blanks);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string Passwords::parse_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return "it is not USER:HASH";
  const auto user = line.substr(0, colon);
  const auto rest = line.substr(colon + 1);
  const auto hash = rest.substr(0, rest.find(':'));
  if (user.empty()) return "there is no user in front of the hash";
  if (user.size() > user_octets_max) return "the user's name is longer than 255 octets";
  if (hash.starts_with('!') || hash.starts_with('*')) return "the account is locked";
  if (!is_password_hash(hash))
    return "it has no hash of yescrypt, bcrypt or SHA-512; mkpasswd or openssl passwd -6 make one";
  return hashes_.emplace(user, hash).second ? "" : "the user has a line already";
}

Passwords Passwords::parse(std::string_view raw) {
  Passwords passwords;
  auto text = text::unwrapped(raw);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (auto reason = passwords.parse_line(line); !reason.empty())
      passwords.bad_lines_.push_back({number, std::move(reason)});
  }
  return passwords;
}

PasswordCheck Passwords::check_of(std::string_view user, text::Secret password) const {
  const auto found = hashes_.find(user);
  if (found != hashes_.end()) return {std::move(password), found->second, true};
  if (hashes_.empty()) return {std::move(password), {}, false};
  // Always the same one for the same name, or the time would tell after all where kinds of hashes are mixed.
  const auto place = std::hash<std::string_view>{}(user) % hashes_.size();
  return {std::move(password), std::next(hashes_.begin(), static_cast<std::ptrdiff_t>(place))->second, false};
}

}  // namespace towline::ssh
