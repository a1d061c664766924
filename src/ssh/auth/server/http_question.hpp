// What an HTTP service is asked that decides about logins (TOWLINE_AUTH_URL), and what its answer means.
// Pure; the request itself is made above.
#pragma once

#include "ssh/auth/server/key_options.hpp"
#include "ssh/auth/server/refusal.hpp"
#include "text/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace towline::ssh {

// `password` or `fingerprint` and `key`, after the method.
struct ServiceQuestion {
  std::string user;
  std::string remote_address;  // empty: over a unix socket
  std::string method;          // "password", "publickey"
  text::Secret password{};
  std::string fingerprint{};  // "SHA256:…"
  std::string key{};          // "ssh-ed25519 AAAA…"; of a certificate the one it vouches for
};

// What a yes comes with.
struct ServiceGrant {
  KeyOptions options{};  // of `permit`
  std::string name{};    // empty: not given
  std::string route{};

  bool operator==(const ServiceGrant&) const = default;
};

struct ServiceAnswer {
  Refusal refusal = Refusal::service_failed;  // none: yes
  std::string detail{};
  ServiceGrant grant{};
};

// The JSON to POST.
text::Secret service_request(const ServiceQuestion& question);

// No body: no answer came. 2xx is yes, everything else no. A body that begins as JSON has to be an object:
// `permit` (options as in authorized_keys, as one text or a list of them), `name` and `route` (texts of 255
// octets at most) narrow; a wrong type or an option that is unknown is a no, other members are not looked at.
// A body of another kind says nothing more.
ServiceAnswer parse_service_answer(int status, std::optional<std::string_view> body);

}  // namespace towline::ssh
