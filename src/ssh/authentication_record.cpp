#include "ssh/authentication_record.hpp"

#include "ssh/error.hpp"

#include <algorithm>

namespace towline::ssh {

namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

errc code_of(const AuthenticationRecord& record) {
  if (record.password_change) return errc::password_change_required;
  if (record.expired_refused) return errc::certificate_expired;
  // The key was refused on its own: what it lacked is its certificate.
  const auto useless = [](const Failure& problem) { return problem.code == errc::certificate_invalid; };
  if (std::ranges::any_of(record.problems, useless)) return errc::certificate_invalid;
  return errc::authentication_refused;
}

}  // namespace

Failure explain_refusal(const AuthenticationRecord& record, const std::string& last_words) {
  std::vector<std::string> parts;
  if (!last_words.empty()) parts.push_back(last_words);
  if (!record.accepted.empty())
    parts.push_back("accepted " + joined(record.accepted, ", ") + ", which is not all");
  if (!record.refused.empty()) parts.push_back("refused " + joined(record.refused, ", "));
  const bool tried = !record.refused.empty() || !record.accepted.empty();
  boost::system::error_code code = code_of(record);
  auto problems = record.problems;
  if (!tried && !problems.empty()) {
    // Nothing was tried because of this.
    code = problems.front().code;
    parts.push_back(problems.front().detail);
    problems.erase(problems.begin());
  } else if (!tried) {
    parts.emplace_back("there is nothing to show that it would take");
  }
  parts.push_back("the server offers " + (record.offered.empty() ? "nothing" : joined(record.offered, ",")));
  for (const auto& problem : problems) parts.push_back(problem.message());
  return {code, joined(parts, "; ")};
}

}  // namespace towline::ssh
