#include "ssh/trust/host_key_policy.hpp"

#include "ssh/wire/error.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace towline::ssh {

namespace {

using Now = std::chrono::system_clock::time_point;

std::string name_and_fingerprint(const HostKey& key) { return key.type + ' ' + fingerprint(key); }

std::string list_of(const std::vector<KnownKey>& keys) {
  std::string text;
  for (const auto& known : keys) {
    text += (text.empty() ? "" : ", ") + known.type + ' ' + known.fingerprint;
    if (known.line > 0) text += " (" + place_of(known.file, known.line) + ')';
  }
  return text;
}

std::string list_of(const std::vector<std::string>& fingerprints) {
  std::string text;
  for (const auto& pin : fingerprints) text += (text.empty() ? "" : ", ") + pin;
  return text;
}

// One server's key on its way through the rules.
class Judgement {
 public:
  Judgement(const HostKeyOptions& options, const KnownHosts& known, const ShownHostKey& shown)
      : options_(options), known_(known), shown_(shown), where_(looked_up_name(options, shown.server)) {}

  Result<HostKeyDecision> result(const KnownHosts& accepted, Now now) {
    if (auto failure = hear_certificate(now)) return *failure;
    if (decision_.proof == HostKeyProof::none) {
      if (auto failure = hear_known_hosts()) return *failure;
    }
    if (auto failure = hear_pins()) return *failure;
    if (decision_.verified() || options_.strict == StrictHostKeyChecking::no) return decision_;
    if (options_.strict == StrictHostKeyChecking::accept_new) return hear_accepted(accepted);
    return unknown();
  }

 private:
  using Objection = std::optional<Failure>;

  Failure refused(errc code, const std::string& more) const {
    std::string detail = net::to_string(shown_.server) + " offers " + name_and_fingerprint(shown_.key);
    if (!options_.alias.empty()) detail += " for " + options_.alias;
    detail += more;
    if (!decision_.remark.empty()) detail += "; its certificate " + decision_.remark;
    return {code, std::move(detail)};
  }

  Failure revoked(const HostKeyLookup& found) const {
    return refused(errc::host_key_revoked, " (" + place_of(found.file, found.line) + ')');
  }

  void stands_at(const HostKeyLookup& found) {
    decision_.file = found.file;
    decision_.line = found.line;
  }

  Objection hear_certificate(Now now) {
    if (!shown_.certificate) return std::nullopt;
    const auto& certificate = *shown_.certificate;
    const auto found = known_.lookup_authority(where_, shown_.key, *certificate.authority);
    if (found.verdict == HostKeyVerdict::revoked) return revoked(found);
    if (found.verdict != HostKeyVerdict::match) {
      decision_.remark = "is by " + name_and_fingerprint(*certificate.authority) +
                         ", which is no @cert-authority for this host";
      return std::nullopt;
    }
    decision_.remark = objection_to(certificate, text::lower_case(where_.host), now);
    if (decision_.remark.empty()) {
      decision_.proof = HostKeyProof::certificate;
      stands_at(found);
    } else {
      authority_matched_ = true;
    }
    return std::nullopt;
  }

  Objection hear_known_hosts() {
    const auto found = known_.lookup(where_, shown_.key);
    switch (found.verdict) {
      case HostKeyVerdict::revoked: return revoked(found);
      case HostKeyVerdict::mismatch:
        return refused(errc::host_key_mismatch, ", expected " + list_of(found.expected));
      case HostKeyVerdict::match:
        decision_.proof = HostKeyProof::known_hosts;
        stands_at(found);
        break;
      case HostKeyVerdict::unknown: break;
    }
    return std::nullopt;
  }

  Objection hear_pins() {
    const auto& pins = options_.fingerprints;
    if (pins.empty()) return std::nullopt;
    if (std::ranges::find(pins, fingerprint(shown_.key)) == pins.end())
      return refused(errc::host_key_mismatch, ", expected " + list_of(pins) + " (pinned)");
    if (decision_.proof == HostKeyProof::none) decision_.proof = HostKeyProof::pin;
    return std::nullopt;
  }

  Result<HostKeyDecision> hear_accepted(const KnownHosts& accepted) {
    const auto found = accepted.lookup(where_, shown_.key);
    if (found.verdict == HostKeyVerdict::revoked) return revoked(found);
    if (found.verdict == HostKeyVerdict::mismatch) {
      return refused(errc::host_key_mismatch,
                     ", expected the one accepted on first use, " + list_of(found.expected));
    }
    decision_.proof = HostKeyProof::first_use;
    decision_.remember = found.verdict == HostKeyVerdict::unknown;
    if (found.verdict == HostKeyVerdict::match) stands_at(found);
    return decision_;
  }

  Failure unknown() const {
    if (authority_matched_) return refused(errc::host_certificate_invalid, "");
    const bool wants_certificate = !shown_.certificate && known_.has_cert_authority(where_);
    return refused(errc::host_key_unknown,
                   wants_certificate ? "; it shows no certificate for the @cert-authority on file" : "");
  }

  const HostKeyOptions& options_;
  const KnownHosts& known_;
  const ShownHostKey& shown_;
  const net::HostPort where_;
  HostKeyDecision decision_;
  bool authority_matched_ = false;
};

}  // namespace

const char* to_string(HostKeyProof proof) {
  switch (proof) {
    case HostKeyProof::known_hosts: return "known_hosts";
    case HostKeyProof::pin: return "pin";
    case HostKeyProof::certificate: return "certificate";
    case HostKeyProof::first_use: return "first use";
    case HostKeyProof::none: return "none";
  }
  return "unknown";
}

net::HostPort looked_up_name(const HostKeyOptions& options, const net::HostPort& server) {
  constexpr std::uint16_t none_in_the_name = 22;  // known_hosts leaves ssh's own port out
  return options.alias.empty() ? server : net::HostPort{options.alias, none_in_the_name};
}

Result<HostKeyDecision> judge_host_key(const HostKeyOptions& options, const KnownHosts& known,
                                       const KnownHosts& accepted, const ShownHostKey& shown, Now now) {
  return Judgement(options, known, shown).result(accepted, now);
}

}  // namespace towline::ssh
