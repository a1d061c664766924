#include "config/misplaced.hpp"

#include "config/http_url.hpp"
#include "config/key_text.hpp"
#include "config/problem.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace towline::config {

namespace {

constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view name_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";

bool is_readable_text(const Field& field) {
  return field.holds == Holds::value || field.holds == Holds::path;
}

std::string where_a_key_belongs(const Field& field) {
  if (field.holds == Holds::path && !field.file_of.empty()) {
    const std::string content(field.file_of);
    if (content == "SSH_KEY" || content == "TOWLINE_HOST_KEY")
      return "this variable takes a path; " + content + " takes the key itself";
    return "this variable takes a path; " + content + " takes the text itself, and SSH_KEY a private key";
  }
  if (field.holds == Holds::path) return "this variable takes a path";
  if (field.name == "TOWLINE_AUTHORIZED_KEYS" || field.name == "TOWLINE_USER_CA_KEYS")
    return "write the public key, the line in the file whose name ends in .pub";
  return "a private key belongs in SSH_KEY, or in a file that SSH_KEY_FILE names";
}

// A path that looks like a part of a key may exist; whether it does is asked later.
std::optional<Complaint> key_in(const Field& field, std::string_view text) {
  if (field.holds == Holds::private_key) return std::nullopt;
  const auto found = find_key(text);
  if (found == KeyText::private_key) return Complaint{"holds a private key", where_a_key_belongs(field)};
  if (found == KeyText::part && field.holds == Holds::value)
    return Complaint{"holds what looks like a part of a key", where_a_key_belongs(field)};
  return std::nullopt;
}

// A name that a service publishes may have a password before it; an expression is no address.
constexpr std::array<std::string_view, 4> not_addresses = {"SSH_OPTIONS", "SSH_FORWARDS", "SSH_BIND_IP",
                                                           "SSH_PUBLISH_URL_REGEX"};

std::optional<Complaint> password_in(const Field& field, std::string_view text) {
  if (field.holds != Holds::value || std::ranges::find(not_addresses, field.name) != not_addresses.end())
    return std::nullopt;
  if (field.name == "TOWLINE_AUTH_URL" && has_user_in_url(text))
    return Complaint{"holds a user or a password in front of the host",
                     "what the service knows towline by belongs in TOWLINE_AUTH_TOKEN_FILE"};
  if (field.name == "TOWLINE_AUTH_URL" || std::ranges::none_of(split_list(text), has_password))
    return std::nullopt;
  return Complaint{"holds a password in an address (user:password@host)",
                   "the server's password belongs in SSH_PASSWORD, its user in SSH_REMOTE_USER; a jump host "
                   "takes keys only"};
}

// The "$NAME" or "${NAME}" in `text`, where a shell would look for one.
std::string_view variable_in(std::string_view text) {
  for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
    const auto rest = text.substr(at);
    if (rest.starts_with("${")) return rest.substr(0, rest.find('}') + 1);
    const bool at_beginning = at == 0 || std::string_view("/:@=,").find(text[at - 1]) != text.npos;
    const auto length = std::min(rest.substr(1).find_first_not_of(name_letters), rest.size() - 1);
    if (at_beginning && length > 1 && (rest[1] < '0' || rest[1] > '9')) return rest.substr(0, length + 1);
  }
  return {};
}

// A password may begin with a dollar sign: only a name in capitals, and nothing else, is none.
bool is_only_a_variable(std::string_view text) {
  if (text.starts_with("${") && text.ends_with('}')) return true;
  return text.starts_with('$') && text.size() > 3 && text.find_first_not_of(capitals, 1) == text.npos;
}

std::optional<Complaint> never_filled_in(const Field& field, std::string_view text) {
  constexpr const char* right =
      "write the value itself: nothing expands variables here, env files do not either";
  text = trimmed(text);
  if (field.holds != Holds::words && text.size() >= 3 && text.find_first_not_of('*') == text.npos)
    return Complaint{"holds nothing but asterisks, which stand for a value that was hidden",
                     "write the value itself"};
  if (!is_readable_text(field) && is_only_a_variable(text))
    return Complaint{"holds the name of a variable that was not expanded", right};
  if (!is_readable_text(field) || field.name == "SSH_OPTIONS") return std::nullopt;
  const auto variable = variable_in(text);
  if (variable.empty()) return std::nullopt;
  return Complaint{"holds " + quoted_value(variable) + ", a variable that was not expanded", right};
}

std::optional<Complaint> comment_in(const Field& field, std::string_view text) {
  if (!is_readable_text(field) || field.name == "SSH_FORWARDS") return std::nullopt;
  const bool comment = text.starts_with('#') || text.find(" #") != text.npos || text.find("\t#") != text.npos;
  if (!comment) return std::nullopt;
  return Complaint{"holds a comment, which is part of the value",
                   "write the comment on a line of its own; an env file keeps what follows a value"};
}

}  // namespace

std::optional<Complaint> find_misplaced(const Field& field, std::string_view text) {
  for (const auto look : {key_in, password_in, never_filled_in, comment_in}) {
    if (auto complaint = look(field, text)) return complaint;
  }
  return std::nullopt;
}

}  // namespace towline::config
