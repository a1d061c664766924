// In place of libcrypto's member c_zstd.o, which brings libzstd along. TLS would compress certificates with it; it asks
// BIO_f_zstd() first and does without.
#include <stddef.h>

void *BIO_f_zstd(void) {
  return NULL;
}

void *COMP_zstd(void) {
  return NULL;
}

void *COMP_zstd_oneshot(void) {
  return NULL;
}

void ossl_comp_zstd_cleanup(void) {
}
