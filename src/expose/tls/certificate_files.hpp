// The certificates as they are now: looked at while visitors come and go.
#pragma once

#include "async/task.hpp"
#include "expose/tls/certificate_set.hpp"
#include "observe/log.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose::tls {

// Not thread-safe; use on one io_context.
class CertificateFiles {
 public:
  // Reads `folder`, however long the file system takes: before anything runs.
  CertificateFiles(std::string folder, const observe::Log& log);

  // As of the last look; for handshakes that begin.
  CertificateSet::One choose(std::string_view server_name) const {
    return certificates_->choose(server_name);
  }
  std::vector<CertificateFacts> facts() const { return certificates_->facts(); }
  // What was wrong at the last look, each with its file.
  const std::vector<std::string>& problems() const { return problems_; }

  // Looks again and again, on a thread of its own; until cancelled.
  Task<> watch(std::chrono::milliseconds interval = std::chrono::seconds(10));

 private:
  void take(ReadCertificates read);

  const std::string folder_;
  observe::Log log_;
  std::shared_ptr<const CertificateSet> certificates_ = std::make_shared<const CertificateSet>();
  std::vector<std::string> problems_;
};

}  // namespace towline::expose::tls
