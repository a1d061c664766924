#include "supervisor/explain_words.hpp"

#include "ssh/error.hpp"
#include "ssh/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace towline::supervisor {

namespace {

struct KnownWords {
  const char* pattern;  // in lower case, "*" for what differs
  const char* hint;     // {user}: who logs in
};

constexpr auto account_expired =
    "the account {user} has expired on the server: extend it there (chage -E -1 {user})";
constexpr auto account_locked =
    "the account {user} is locked or disabled on the server: unlock it there "
    "(passwd -S {user}; faillock --user {user} --reset)";
constexpr auto password_change =
    "log in once as {user} and change the password, or lift its age on the server (chage -M -1 {user})";
constexpr auto closed_to_users =
    "the server is starting or going down and lets no users in: "
    "wait, or look for /run/nologin and /etc/nologin there";
constexpr auto too_many_logins =
    "{user} has as many sessions on the server as its limits allow: "
    "end some, or raise maxlogins in its limits.conf";
constexpr auto queue_full =
    "as many logins as the server takes at a time are under way: raise MaxStartups "
    "(and PerSourceMaxStartups) in its sshd_config, or look for who keeps them busy";
constexpr auto penalty =
    "the server turns this address away for a while after failed logins from it: mend those, or exempt it "
    "(PerSourcePenalties and PerSourcePenaltyExemptList in its sshd_config)";
constexpr auto too_many_failures =
    "show the server one key, the right one, instead of all of an agent's (IdentitiesOnly), "
    "or raise MaxAuthTries in its sshd_config";

constexpr auto known = std::to_array<KnownWords>({
    {"*reset your password*", password_change},
    {"*account*has expired*", account_expired},
    {"*account*is expired*", account_expired},
    {"*account expired*", account_expired},
    {"*account*is locked*", account_locked},
    {"*account*has been locked*", account_locked},
    {"*account locked*", account_locked},
    {"*account*is disabled*", account_locked},
    {"*account*has been disabled*", account_locked},
    {"*account disabled*", account_locked},
    {"*account*is*not available*", account_locked},
    {"*account*is suspended*", account_locked},
    {"*account*has been suspended*", account_locked},
    {"*password*has expired*", password_change},
    {"*password*has been expired*", password_change},
    {"*password*is expired*", password_change},
    {"*password expired*", password_change},
    {"*required to change your*password*", password_change},
    {"*must change your*password*", password_change},
    {"*password change*required*", password_change},
    {"*users are not permitted to log in*", closed_to_users},
    {"*system is going down*", closed_to_users},
    {"*system is booting up*", closed_to_users},
    {"*too many logins*", too_many_logins},
    {"*maxstartups*", queue_full},
    {"*too many connections*", queue_full},
    {"*in the queue*", queue_full},
    {"*not allowed at this time*", penalty},
    {"*too many authentication failures*", too_many_failures},
});

// Else what it has said is not why: a host key that is not on file, no common cipher, a key that cannot be
// read.
bool is_the_servers_no(const boost::system::error_code& code) {
  using ssh::errc;
  constexpr auto those = std::to_array(
      {errc::connect_timeout, errc::banner_missing, errc::key_exchange_failed, errc::peer_closed,
       errc::peer_disconnected, errc::transport_failed, errc::authentication_refused, errc::password_refused,
       errc::questions_unanswered, errc::more_proof_required, errc::method_not_offered});
  return std::ranges::any_of(those, [&code](errc e) { return code == e; });
}

std::string with_user(std::string text, const std::string& user) {
  constexpr std::string_view place = "{user}";
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + user.size()))
    text.replace(at, place.size(), user);
  return text;
}

}  // namespace

std::string hint_by_words(const Failure& failure, const std::string& user) {
  if (!is_the_servers_no(failure.code)) return {};
  constexpr std::string_view between = "\", \"";
  auto rest = ssh::lower_case(failure.said);
  while (!rest.empty()) {
    const auto at = rest.rfind(between);
    const auto last = at == std::string::npos ? rest : rest.substr(at + between.size());
    const auto fits = [&last](const KnownWords& words) { return ssh::matches_pattern(words.pattern, last); };
    if (const auto found = std::ranges::find_if(known, fits); found != known.end())
      return with_user(found->hint, user);
    rest.erase(at == std::string::npos ? 0 : at);
  }
  return {};
}

}  // namespace towline::supervisor
