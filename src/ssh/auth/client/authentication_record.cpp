#include "ssh/auth/client/authentication_record.hpp"

#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <optional>

namespace towline::ssh {

namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string joined(const std::vector<AuthenticationRecord::Refusal>& refused) {
  std::string text;
  for (const auto& refusal : refused) text += (text.empty() ? "" : ", ") + refusal.what;
  return text;
}

bool refused(const AuthenticationRecord& record, Proof proof) {
  return std::ranges::find(record.refused, proof, &AuthenticationRecord::Refusal::proof) !=
         record.refused.end();
}

bool is_about_a_key(const Failure& problem) {
  return problem.code == errc::key_file_unreadable || problem.code == errc::key_file_invalid ||
         problem.code == errc::key_file_needs_passphrase || problem.code == errc::passphrase_wrong ||
         problem.code == errc::secret_file_unreadable;
}

// The problem that is to blame: whatever could not be tried where nothing was refused, and a key that could
// not be tried where only an agent's were. The index of it among the problems.
std::optional<std::size_t> to_blame(const AuthenticationRecord& record) {
  if (refused(record, Proof::key) || refused(record, Proof::password)) return std::nullopt;
  const auto key = std::ranges::find_if(record.problems, is_about_a_key);
  if (key != record.problems.end()) return static_cast<std::size_t>(key - record.problems.begin());
  if (!record.refused.empty() || record.problems.empty()) return std::nullopt;
  return 0;
}

errc code_of(const AuthenticationRecord& record) {
  if (record.password_change) return errc::password_change_required;
  if (record.ended && (record.more_to_show || record.refused.size() > 1)) return errc::login_ended;
  if (record.expired_refused) return errc::certificate_expired;
  // The key was refused on its own: what it lacked is its certificate.
  const auto useless = [](const Failure& problem) { return problem.code == errc::certificate_invalid; };
  if (std::ranges::any_of(record.problems, useless)) return errc::certificate_invalid;
  const bool key_refused = refused(record, Proof::key) || refused(record, Proof::agent_key);
  if (key_refused && record.accepted.empty()) return errc::authentication_refused;
  if (refused(record, Proof::password)) return errc::password_refused;
  if (refused(record, Proof::questions)) return errc::questions_unanswered;
  return record.accepted.empty() ? errc::method_not_offered : errc::more_proof_required;
}

}  // namespace

Failure explain_refusal(const AuthenticationRecord& record) {
  std::vector<std::string> parts;
  boost::system::error_code code = code_of(record);
  auto problems = record.problems;
  if (const auto index = to_blame(record)) {
    const auto problem = problems.begin() + static_cast<std::ptrdiff_t>(*index);
    code = problem->code;
    parts.push_back(problem->detail);
    problems.erase(problem);
  }
  if (!record.accepted.empty())
    parts.push_back("accepted " + joined(record.accepted, ", ") + ", which is not all");
  if (!record.refused.empty()) parts.push_back("refused " + joined(record.refused));
  parts.push_back("the server offers " +
                  (record.offered.empty() ? "nothing" : text::shown(joined(record.offered, ","))));
  for (const auto& problem : problems) parts.push_back(problem.message());
  Failure failure(code, joined(parts, "; "));
  failure.offered = joined(record.offered, ",");
  return failure;
}

}  // namespace towline::ssh
