#include "ssh/auth/client/authentication_plan.hpp"

#include "ssh/keys/key_type.hpp"
#include "text/pattern.hpp"

#include <algorithm>

namespace towline::ssh {

namespace {

using Kind = AuthenticationStep::Kind;

// Nothing where one of the two sides does not allow it. What the server says is about RSA only: servers leave
// out what has but one algorithm.
std::optional<KeyAlgorithm> rsa_algorithm(bool certificate, std::string_view ours, std::string_view servers) {
  for (auto rest = ours; !rest.empty();) {
    const auto name = text::take_listed(rest);
    for (const std::string signature : {"rsa-sha2-512", "rsa-sha2-256"}) {
      const auto request = certificate ? signature + std::string(certificate_suffix) : signature;
      if (name != request) continue;
      if (servers.empty() || text::lists(servers, signature) || text::lists(servers, request))
        return KeyAlgorithm{request, signature};
    }
  }
  return std::nullopt;
}

bool anything_accepted(const AuthenticationState& state) {
  return std::ranges::find(state.identities, Tried::accepted) != state.identities.end() ||
         state.password_tried == Tried::accepted || state.keyboard_interactive_tried == Tried::accepted;
}

}  // namespace

AuthenticationStep next_step(const AuthenticationState& state) {
  const auto offers = [&state](std::string_view method) {
    return std::ranges::find(state.offered, method) != state.offered.end();
  };
  if (state.publickey && offers("publickey")) {
    const auto untried = std::ranges::find(state.identities, Tried::no);
    const bool none_left = untried == state.identities.end();
    if (state.agent_unasked && (none_left || state.agent_first)) return {Kind::ask_agent};
    if (!none_left) return {Kind::publickey, static_cast<std::size_t>(untried - state.identities.begin())};
  }
  const bool may_be_asked =
      state.keyboard_interactive && (state.answer || state.nothing_set_up || anything_accepted(state));
  if (may_be_asked && offers("keyboard-interactive") && state.keyboard_interactive_tried == Tried::no)
    return {Kind::keyboard_interactive};
  if (state.password && offers("password") && state.password_tried == Tried::no) return {Kind::password};
  return {Kind::give_up};
}

void begin_next_factor(AuthenticationState& state) {
  const auto forget = [](Tried& tried) {
    if (tried == Tried::refused) tried = Tried::no;
  };
  std::ranges::for_each(state.identities, forget);
  forget(state.keyboard_interactive_tried);
  forget(state.password_tried);
}

std::optional<KeyAlgorithm> key_algorithm(std::string_view type, std::string_view ours,
                                          std::string_view servers) {
  const auto* certified = find_certified_type(type);
  const auto* plain = certified ? certified : find_key_type(type);
  if (plain && plain->kind == KeyKind::rsa) return rsa_algorithm(certified != nullptr, ours, servers);
  if (!plain || !text::lists(ours, type)) return std::nullopt;
  return KeyAlgorithm{std::string(type), std::string(plain->name)};
}

std::optional<std::vector<std::string_view>> answers_to(std::span<const Prompt> prompts,
                                                        std::string_view password, bool& password_used) {
  std::vector<std::string_view> answers;
  for (const auto& prompt : prompts) {
    if (prompt.echo || password_used || password.empty()) return std::nullopt;
    answers.push_back(password);
    password_used = true;
  }
  return answers;
}

}  // namespace towline::ssh
