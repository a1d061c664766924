// What OpenSSL gives out, freed by the function that OpenSSL has for it.
#pragma once

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

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
using EcdsaSignature = OpensslPtr<ECDSA_SIG, ECDSA_SIG_free>;
using KeyContext = OpensslPtr<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using ParameterBuilder = OpensslPtr<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = OpensslPtr<OSSL_PARAM, OSSL_PARAM_free>;

}  // namespace towline::ssh
