// In place of libcrypto's member c_zstd.o, which is linked for this function alone and brings libzstd along. Only TLS
// would compress with it, and towline has none.
void ossl_comp_zstd_cleanup(void) {
}
