#include "ssh/auth/server/shown_key.hpp"

#include "ssh/keys/evp_key.hpp"
#include "ssh/keys/key_type.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

Refusal read_shown_key(const UserRequest& request, const AlgorithmNames& allowed, ShownKey& shown) {
  auto name = request.algorithm;
  const bool certified = is_certificate_type(name);
  if (certified) name.remove_suffix(certificate_suffix.size());
  const auto* algorithm = find_signature_algorithm(name);
  if (!algorithm || std::ranges::find(allowed, name) == allowed.end()) return Refusal::key_unsupported;
  shown.signature_algorithm = name;
  if (certified) {
    auto certificate = parse_certificate(request.key);
    if (!certificate) return Refusal::certificate_invalid;
    shown.key = certificate->key;
    shown.certificate = std::move(*certificate);
  } else {
    auto key = parse_host_key(request.key);
    if (!key) return Refusal::key_unsupported;
    shown.key = std::move(*key);
  }
  return shown.key.type == algorithm->key_type ? Refusal::none : Refusal::key_unsupported;
}

bool is_proven(const ShownKey& shown, Bytes session_id, const UserRequest& request) {
  if (!request.with_signature || Reader(request.signature).string() != shown.signature_algorithm)
    return false;
  return is_signed_by(shown.key, signed_data(session_id, request), request.signature);
}

}  // namespace towline::ssh
