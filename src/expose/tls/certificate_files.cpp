#include "expose/tls/certificate_files.hpp"

#include "async/deadline.hpp"
#include "endpoint/elsewhere.hpp"

#include <utility>

namespace towline::expose::tls {

CertificateFiles::CertificateFiles(std::string folder, const observe::Log& log)
    : folder_(std::move(folder)), log_(log) {
  take(read_certificates(folder_, *certificates_));
}

// The same problem is told once, not at every look.
void CertificateFiles::take(ReadCertificates read) {
  if (read.problems != problems_) {
    for (const auto& problem : read.problems)
      log_.warn(
          "tls.certificate", "a certificate cannot be used; the one before it stays, where there was one",
          {{"err", problem}, {"hint", "a chain and its private key in PEM, which belong to each other"}});
  }
  problems_ = std::move(read.problems);
  certificates_ = std::move(read.certificates);
  if (read.changed)
    log_.info("tls.certificates", "certificates read", {{"count", certificates_->facts().size()}});
}

Task<> CertificateFiles::watch(std::chrono::milliseconds interval) {
  endpoint::Elsewhere files(co_await asio::this_coro::executor);
  while (!co_await sleep_until(std::chrono::steady_clock::now() + interval)) {
    auto read = co_await files.ask<ReadCertificates>(
        [folder = folder_, before = certificates_] { return read_certificates(folder, *before); });
    if (!read) co_return;
    take(std::move(*read));
  }
}

}  // namespace towline::expose::tls
