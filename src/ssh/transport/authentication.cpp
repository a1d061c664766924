#include "ssh/transport/authentication.hpp"

#include "ssh/error.hpp"
#include "ssh/private_key.hpp"
#include "ssh/transport/drive.hpp"

#include <libssh2.h>

#include <string_view>

namespace towline::ssh {

namespace {

bool contains_method(std::string_view list, std::string_view method) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (list.substr(0, comma) == method) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

// libssh2's answer to a refused or failed public key.
Failure public_key_failure(const Transport& transport, int rc, const Secret& key,
                           const std::string& methods) {
  switch (rc) {
    case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
    case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED: {
      if (transport.peer_disconnected()) return transport.failure(errc::authentication_refused);
      const auto shown = public_fingerprint(key);
      return {errc::authentication_refused, "the key " + shown + (shown.empty() ? "" : " ") +
                                                "was not accepted; the server offers " + methods};
    }
    case LIBSSH2_ERROR_METHOD_NONE:
      return {errc::authentication_refused, "the server takes this RSA key only with SHA-1 signatures"};
    case LIBSSH2_ERROR_FILE:
    case LIBSSH2_ERROR_KEYFILE_AUTH_FAILED: return {errc::key_file_invalid, "libssh2 cannot read it"};
    default: return transport.lost(errc::transport_failed);
  }
}

}  // namespace

Task<Result<>> authenticate(Transport& transport, const std::string& user, const Secret& private_key) {
  auto* session = transport.native();
  std::string methods;
  auto list = [session, &user, &methods] {
    const char* names = libssh2_userauth_list(session, user.c_str(), static_cast<unsigned>(user.size()));
    if (names) methods = names;
    return names || libssh2_userauth_authenticated(session) ? 0 : libssh2_session_last_errno(session);
  };
  if (const int rc = co_await transport.drive(list); rc != 0)
    co_return transport.lost(errc::transport_failed);
  if (libssh2_userauth_authenticated(session)) co_return Result<>{};  // the server wants no proof
  if (!contains_method(methods, "publickey")) {
    co_return Failure{errc::authentication_refused, "the server offers " + methods + " and no publickey"};
  }
  const auto key = private_key.reveal();
  auto sign = [session, &user, key] {
    return libssh2_userauth_publickey_frommemory(session, user.data(), user.size(), nullptr, 0, key.data(),
                                                 key.size(), nullptr);
  };
  if (const int rc = co_await transport.drive(sign); rc != 0) {
    co_return public_key_failure(transport, rc, private_key, methods);
  }
  if (!libssh2_userauth_authenticated(session)) {
    co_return Failure{errc::authentication_refused, "the server wants a further method"};
  }
  co_return Result<>{};
}

}  // namespace towline::ssh
