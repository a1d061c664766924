// Certificates for tests, each signed by its own key.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace towline::expose::tls {

struct TestCertificate {
  std::string chain;
  std::string key;
};

namespace for_tests {

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace for_tests

// `names` as OpenSSL's subjectAltName: "DNS:a.test,DNS:*.b.test".
inline TestCertificate make_certificate(const std::string& names, long valid_for_s = 3600) {
  auto* const key = EVP_EC_gen("P-256");
  auto* const x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -60);
  X509_gmtime_adj(X509_getm_notAfter(x509), valid_for_s);
  X509_set_pubkey(x509, key);
  if (!names.empty()) {
    auto* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x509, key, EVP_sha256());
  auto* const chain = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(chain, x509);
  auto* const own = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(own, key, nullptr, nullptr, 0, nullptr, nullptr);
  TestCertificate made{for_tests::text_of(chain), for_tests::text_of(own)};
  X509_free(x509);
  EVP_PKEY_free(key);
  return made;
}

// A folder that is gone afterwards.
class CertificateFolder {
 public:
  CertificateFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "towline-tls-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~CertificateFolder() { std::filesystem::remove_all(path_); }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  std::string path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    const auto file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  // As Kubernetes names them, in `folder` ("" or "a/").
  void put(const std::string& folder, const TestCertificate& certificate) const {
    write(folder + "tls.crt", certificate.chain);
    write(folder + "tls.key", certificate.key);
  }

 private:
  std::string path_;
};

}  // namespace towline::expose::tls
