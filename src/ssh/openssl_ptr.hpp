// What OpenSSL gives out, freed by the function that OpenSSL has for it.
#pragma once

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

}  // namespace towline::ssh
