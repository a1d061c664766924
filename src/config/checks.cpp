#include "config/checks.hpp"

#include "config/path_text.hpp"

namespace towline::config {

namespace {

using ssh::StrictHostKeyChecking;

constexpr const char* known_hosts_variable = "SSH_KNOWN_HOSTS_FILE";
constexpr const char* strict_variable = "SSH_STRICT_HOST_KEY_CHECKING";

std::string we_are(const FileFacts& facts) {
  return std::to_string(facts.our_uid) + ':' + std::to_string(facts.our_gid);
}

// The number of the owner is what a compose file and `docker run` ask for.
std::string make_readable(const FileFacts& facts) {
  const auto pair = [](auto uid, auto gid) { return std::to_string(uid) + ':' + std::to_string(gid); };
  if (facts.owner == facts.our_uid) return "chmod u+r it";
  const auto owner = pair(facts.owner, facts.group);
  return "run towline as its owner (compose: user: \"" + owner + "\", docker run --user " + owner +
         ") or give it to this user: chown " + pair(facts.our_uid, facts.our_gid);
}

Problem nothing_to_show(std::string_view variable) {
  constexpr std::string_view suffix = "_FILE";
  const bool has_sibling = variable.ends_with(suffix) && variable != "SSH_JUMP_KEY_FILE";
  const std::string sibling(variable.substr(0, variable.size() - (has_sibling ? suffix.size() : 0)));
  return {ProblemKind::missing_file, std::string(variable),
          "there is no such file (the value is not shown: it may be a secret)",
          "write the path of a file" + (has_sibling ? ", or set " + sibling + " to the text itself" : "")};
}

// Nothing for a regular file that we can read. `path`: as far as it may be shown.
std::optional<Problem> unusable(std::string_view variable, const std::string& path, const FileFacts& facts) {
  if (facts.kind == FileKind::absent && path.empty()) return nothing_to_show(variable);
  const auto problem = [&](const std::string& wrong, const std::string& right) {
    return Problem{ProblemKind::missing_file, std::string(variable), in_quotes(path) + ' ' + wrong, right};
  };
  switch (facts.kind) {
    case FileKind::absent:
      return problem("does not exist", path.starts_with('~') ? "write it without ~, which only a shell knows"
                                                             : "mount the file there or name another path");
    case FileKind::directory:
      return problem("is a directory",
                     "name a file; an engine makes a directory of a bind mount whose source is missing");
    case FileKind::null_device:
    case FileKind::other: return problem("is not a regular file", "name a regular file");
    case FileKind::hidden:
      return problem("lies in a folder that is closed to us (we are " + we_are(facts) + ")",
                     "open the folders above it to this user or run as another one");
    case FileKind::regular: break;
  }
  if (facts.readable) return std::nullopt;
  return problem("cannot be read (" + access_text(facts) + ")", make_readable(facts));
}

Problem nothing_to_be_strict_with(const char* why) {
  return {ProblemKind::configuration, strict_variable, std::string("is yes, but ") + why,
          "mount a known_hosts file, set SSH_HOST_KEY_FINGERPRINT or write accept-new"};
}

}  // namespace

Findings check_file(std::string_view variable, const std::string& path, const InspectFile& inspect) {
  Findings findings;
  if (auto problem = unusable(variable, showable_path(path, inspect), inspect(path)))
    findings.problems.push_back(*std::move(problem));
  return findings;
}

HostKeyChoice choose_host_key_options(const HostKeyWish& wish, const FileFacts& facts) {
  HostKeyChoice choice;
  auto& [options, findings] = choice;
  options.known_hosts_text = wish.known_hosts;
  options.fingerprints = wish.fingerprints;
  const bool inline_keys = !wish.known_hosts.empty();
  const bool pinned = inline_keys || !wish.fingerprints.empty() || !wish.further_files.empty();
  const bool no_file = inline_keys || (facts.kind == FileKind::absent && !wish.path_written);
  auto unless_said = pinned ? StrictHostKeyChecking::yes : StrictHostKeyChecking::accept_new;
  if (!no_file && facts.kind == FileKind::null_device) {
    if (!pinned) unless_said = StrictHostKeyChecking::no;
  } else if (!no_file) {
    if (auto problem = unusable(known_hosts_variable, wish.showable, facts)) {
      findings.problems.push_back(*std::move(problem));
      return choice;
    }
    options.known_hosts_files = {wish.path};
    unless_said = StrictHostKeyChecking::yes;
  }
  options.known_hosts_files.insert(options.known_hosts_files.end(), wish.further_files.begin(),
                                   wish.further_files.end());
  options.strict = wish.strict.value_or(unless_said);
  if (options.strict == StrictHostKeyChecking::accept_new) options.accepted_file = wish.accepted_file;

  const bool without_keys = options.known_hosts_files.empty() && !pinned;
  if (without_keys && options.strict == StrictHostKeyChecking::yes) {
    const char* why = no_file ? "there is no known_hosts file" : "SSH_KNOWN_HOSTS_FILE is /dev/null";
    findings.problems.push_back(nothing_to_be_strict_with(why));
  } else if (without_keys && options.strict == StrictHostKeyChecking::accept_new) {
    const std::string how_long = options.accepted_file.empty()
                                     ? "until towline ends"
                                     : "and kept in " + printable(options.accepted_file);
    findings.warnings.push_back(
        {known_hosts_variable, "no known host keys: the first key the server shows is trusted " + how_long});
  } else if (options.strict == StrictHostKeyChecking::no) {
    findings.warnings.push_back({wish.strict ? strict_variable : known_hosts_variable,
                                 "host keys are not checked: anyone on the way can pose as the server"});
  }
  return choice;
}

std::string accepted_file_in(const std::string& path, bool path_written, const FileFacts& facts,
                             Findings& findings) {
  if (facts.kind == FileKind::directory && facts.writable) return path + "/known_hosts";
  if (path_written) {
    const std::string why = facts.kind == FileKind::directory
                                ? "cannot be written (" + access_text(facts) + ")"
                                : "is not a folder that we can see";
    findings.warnings.push_back(
        {"TOWLINE_STATE_DIR", config::quoted(path) + ' ' + why + ": nothing is kept in it"});
  }
  return {};
}

Findings check_keepalive(const ssh::KeepaliveOptions& keepalive) {
  Findings findings;
  if (keepalive.count_max == 0) {
    findings.warnings.push_back(
        {"SSH_SERVER_ALIVE_COUNT_MAX", "is 0: a server that falls silent is never declared dead"});
  }
  return findings;
}

}  // namespace towline::config
