#include "supervisor/explain_words.hpp"

#include "text/braces.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace towline::supervisor {

namespace {

struct KnownWords {
  const char* pattern;  // in lower case, "*" for what differs
  const char* hint;     // its only brace is {user}, who logs in
};

constexpr auto account_expired =
    "the account {user} has expired on the server: extend it there "
    "(chage -E -1 {user}, or chage -I -1 where its password ran out)";
constexpr auto account_locked =
    "the account {user} is locked or disabled on the server: unlock it there "
    "(passwd -S {user}; faillock --user {user} --reset)";
constexpr auto password_change =
    "log in once as {user} and change the password, or lift its age on the server (chage -M -1 {user}); "
    "until then sshd refuses every forward";
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
});

}  // namespace

std::string hint_of(std::string_view said, const std::string& user) {
  constexpr std::string_view between = "\", \"";
  auto rest = text::lower_case(said);
  while (!rest.empty()) {
    const auto at = rest.rfind(between);
    const auto last = at == std::string::npos ? rest : rest.substr(at + between.size());
    const auto fits = [&last](const KnownWords& words) { return text::matches_pattern(words.pattern, last); };
    if (const auto found = std::ranges::find_if(known, fits); found != known.end())
      return text::filled(found->hint, [&user](std::string_view) { return user; });
    rest.erase(at == std::string::npos ? 0 : at);
  }
  return {};
}

}  // namespace towline::supervisor
