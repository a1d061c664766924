// What OpenSSL gives out, freed by the function that OpenSSL has for it.
#pragma once

#include <openssl/evp.h>

#include <memory>

namespace towline::ssh {

template <auto free>
struct OpensslFree {
  template <class T>
  void operator()(T* it) const {
    free(it);
  }
};

template <class T, auto free>
using OpensslPtr = std::unique_ptr<T, OpensslFree<free>>;

// Those that more than one file uses.
using DigestContext = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using KeyContext = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

}  // namespace towline::ssh
