// The certificates of a folder, and which of them a visitor gets.
#pragma once

#include "expose/tls/certificate.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose::tls {

// Never changed once it is made. Thread-safe.
class CertificateSet {
 public:
  using One = std::shared_ptr<const Certificate>;

  CertificateSet() = default;
  // By their places, in which order they come: the first is for whoever asks for none of them.
  explicit CertificateSet(std::vector<std::pair<std::string, One>> certificates);

  // One with exactly this name, or else with a wildcard for it, or the first; null where there is none at
  // all.
  One choose(std::string_view server_name) const;
  One at(std::string_view place) const;
  std::vector<CertificateFacts> facts() const;
  bool empty() const { return certificates_.empty(); }

 private:
  std::vector<std::pair<std::string, One>> certificates_;
  std::map<std::string, One, std::less<>> by_name_;
};

struct ReadCertificates {
  std::shared_ptr<const CertificateSet> certificates;
  std::vector<std::string> problems;  // each names its file
  bool changed = false;
};

// Reads `folder`: tls.crt and tls.key, or fullchain.pem and privkey.pem, in it and in each folder of it
// (hidden ones are Kubernetes' own). What is damaged stays as it was in `before`, and what is gone goes.
ReadCertificates read_certificates(const std::string& folder, const CertificateSet& before);

}  // namespace towline::expose::tls
