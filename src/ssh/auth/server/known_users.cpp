#include "ssh/auth/server/known_users.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t file_name_octets_max = 255;

bool says_nothing(const KeyVerdict& verdict) {
  return verdict.refusal == Refusal::key_unknown || verdict.refusal == Refusal::certificate_unknown;
}

// The second is asked where the first does not let in, and explains where the first knows nothing.
KeyVerdict or_else(KeyVerdict first, const AuthorizedKeys* keys, const auto& shown, const KeyUse& use) {
  if (first.accepted() || keys == nullptr) return first;
  auto second = keys->judge(shown, use);
  return second.accepted() || says_nothing(first) ? second : first;
}

}  // namespace

const AuthorizedKeys* KnownUsers::own_keys(std::string_view user) const {
  const auto found = keys_of.find(user);
  return found == keys_of.end() ? nullptr : &found->second;
}

KeyVerdict KnownUsers::judge(const Certificate& certificate, const KeyUse& use) const {
  auto verdict = or_else(authorities.judge(certificate, use), &keys, certificate, use);
  return or_else(std::move(verdict), own_keys(use.user), certificate, use);
}

KeyVerdict KnownUsers::judge(const HostKey& key, const KeyUse& use) const {
  return or_else(keys.judge(key, use), own_keys(use.user), key, use);
}

bool is_user_file(std::string_view name) {
  if (name.empty() || name.size() > file_name_octets_max || name.starts_with('.')) return false;
  return std::ranges::none_of(
      name, [](char c) { return c == '/' || text::is_control(static_cast<unsigned char>(c)); });
}

}  // namespace towline::ssh
