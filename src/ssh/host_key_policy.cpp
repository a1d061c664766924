#include "ssh/host_key_policy.hpp"

#include "ssh/error.hpp"

namespace towline::ssh {

namespace {

std::string offered(const net::HostPort& where, const HostKey& key) {
  return net::to_string(where) + " offers " + key.type + " " + fingerprint(key);
}

std::string expected(const HostKeyLookup& lookup) {
  std::string text;
  for (const auto& known : lookup.expected) {
    text += (text.empty() ? "" : ", ") + known.type + " " + known.fingerprint;
    if (known.line > 0) text += " (line " + std::to_string(known.line) + ")";
  }
  return text;
}

}  // namespace

Result<HostKeyDecision> judge_host_key(const KnownHosts& known, StrictHostKeyChecking strict,
                                       const net::HostPort& where, const HostKey& key) {
  const auto lookup = known.lookup(where, key);
  switch (lookup.verdict) {
    case HostKeyVerdict::match: return HostKeyDecision{.verified = true};
    case HostKeyVerdict::revoked:
      return Failure{errc::host_key_revoked,
                     offered(where, key) + " (line " + std::to_string(lookup.line) + ")"};
    case HostKeyVerdict::mismatch:
      return Failure{errc::host_key_mismatch, offered(where, key) + ", expected " + expected(lookup)};
    case HostKeyVerdict::unknown: break;
  }
  if (strict == StrictHostKeyChecking::no) return HostKeyDecision{};
  if (strict == StrictHostKeyChecking::accept_new) return HostKeyDecision{.remember = true};
  std::string detail = offered(where, key);
  if (known.has_cert_authority(where))
    detail += "; the @cert-authority on file is of no use: host certificates are not supported";
  return Failure{errc::host_key_unknown, detail};
}

}  // namespace towline::ssh
