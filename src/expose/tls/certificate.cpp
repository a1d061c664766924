#include "expose/tls/certificate.hpp"

#include <boost/system/errc.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace towline::expose::tls {

namespace {

template <auto free>
struct Freed {
  void operator()(auto* what) const { free(what); }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

constexpr const char* ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

// A file with a passphrase would be asked for at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Failure bad_file(std::string what) {
  const auto code = ERR_peek_last_error();
  const char* const said = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (said) what.append(": ").append(said);
  ERR_clear_error();
  return {make_error_code(boost::system::errc::bad_message), std::move(what)};
}

BioPtr memory_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// HTTP/2 would be chosen here. A visitor that wants other protocols alone is told so by an alert (RFC
// 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered,
                    unsigned int length, void*) {
  static constexpr unsigned char known[] = "\x08http/1.1";
  auto* chosen = const_cast<unsigned char*>(*out);
  if (SSL_select_next_proto(&chosen, out_length, known, sizeof known - 1, offered, length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* ssl) {
  static constexpr unsigned char session_id[] = "towline";
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(ssl, ciphers_of_tls_1_2);
  SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(
      ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);  // tickets are the visitor's to keep
  SSL_CTX_set_session_id_context(ssl, session_id, sizeof session_id - 1);
  SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
  SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, nullptr);
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string lower_case_of(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::vector<std::string> dns_names(X509* certificate) {
  std::vector<std::string> found;
  const NamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* const text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    found.push_back(lower_case_of({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  return found;
}

// The first is the server's own; those behind it vouch for it.
Result<> take_chain(SSL_CTX* ssl, std::string_view chain, CertificateFacts& facts) {
  const auto file = memory_of(chain);
  const X509Ptr own(PEM_read_bio_X509_AUX(file.get(), nullptr, no_passphrase, nullptr));
  if (!own) return bad_file("no certificate in " + facts.file);
  if (SSL_CTX_use_certificate(ssl, own.get()) != 1) return bad_file("the certificate of " + facts.file);
  facts.names = dns_names(own.get());
  facts.valid_from = time_of(X509_get0_notBefore(own.get()));
  facts.valid_until = time_of(X509_get0_notAfter(own.get()));
  while (auto* const next = PEM_read_bio_X509(file.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(ssl, next) == 1) continue;
    X509_free(next);
    return bad_file("the chain of " + facts.file);
  }
  const auto end = ERR_peek_last_error();
  if (end != 0 && ERR_GET_REASON(end) != PEM_R_NO_START_LINE) return bad_file("the chain of " + facts.file);
  ERR_clear_error();
  return {};
}

}  // namespace

Certificate::~Certificate() { SSL_CTX_free(ssl_); }

Result<std::shared_ptr<const Certificate>> Certificate::make(std::string file, std::string_view chain,
                                                             std::string_view key, std::string digest) {
  ERR_clear_error();
  auto* const ssl = SSL_CTX_new(TLS_server_method());
  if (!ssl) return bad_file("no memory for the certificate of " + file);
  const std::shared_ptr<Certificate> made(new Certificate(ssl));
  configure(ssl);
  made->facts_.file = std::move(file);
  made->digest_ = std::move(digest);
  if (const auto taken = take_chain(ssl, chain, made->facts_); !taken) return taken.error();
  const auto key_file = memory_of(key);
  const KeyPtr own(PEM_read_bio_PrivateKey(key_file.get(), nullptr, no_passphrase, nullptr));
  if (!own) return bad_file("no private key without a passphrase beside " + made->facts_.file);
  if (SSL_CTX_use_PrivateKey(ssl, own.get()) != 1 || SSL_CTX_check_private_key(ssl) != 1)
    return bad_file("the private key does not belong to " + made->facts_.file);
  return std::shared_ptr<const Certificate>(made);
}

bool Certificate::covers(std::string_view name) const {
  const auto dot = name.find('.');
  return std::ranges::any_of(facts_.names, [&](const std::string& known) {
    if (!known.starts_with("*.")) return known == name;
    return dot != std::string_view::npos && dot > 0 && std::string_view(known).substr(1) == name.substr(dot);
  });
}

}  // namespace towline::expose::tls
