// The providers of OpenSSL 3 need a library context of their own; what replaces all generators is the old
// interface.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "fixed_random.hpp"

#include <openssl/rand.h>

#include <random>

namespace towline::fuzz {

namespace {

std::minstd_rand& sequence() {
  static std::minstd_rand numbers;
  return numbers;
}

int fill(unsigned char* bytes, int size) {
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(sequence()() >> 8U);
  return 1;
}

int is_seeded() { return 1; }

}  // namespace

void begin_fixed_random() {
  static const RAND_METHOD method{.seed = nullptr,
                                  .bytes = fill,
                                  .cleanup = nullptr,
                                  .add = nullptr,
                                  .pseudorand = fill,
                                  .status = is_seeded};
  RAND_set_rand_method(&method);
  sequence().seed();
}

}  // namespace towline::fuzz
