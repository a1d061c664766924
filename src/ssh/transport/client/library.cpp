#include "ssh/transport/client/library.hpp"

#include <boost/assert.hpp>
#include <libssh2.h>
#include <openssl/crypto.h>

namespace towline::ssh {

Library::Library() {
  [[maybe_unused]] const auto crypto = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  BOOST_ASSERT_MSG(crypto == 1, "OpenSSL cannot be initialised");
  [[maybe_unused]] const auto rc = libssh2_init(0);
  BOOST_ASSERT_MSG(rc == 0, "libssh2 cannot be initialised");
}

Library::~Library() { libssh2_exit(); }

const char* libssh2_version_text() { return libssh2_version(0); }

const char* crypto_version_text() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace towline::ssh
