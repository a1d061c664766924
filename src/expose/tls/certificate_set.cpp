#include "expose/tls/certificate_set.hpp"

#include "text/file.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace towline::expose::tls {

namespace {

constexpr std::size_t file_octets_max = 1024 * 1024;
// A folder each; more are somebody's home directory.
constexpr std::size_t folders_max = 10'000;

struct PairNames {
  const char* chain;
  const char* key;
};
constexpr std::array<PairNames, 2> pair_names{{{"tls.crt", "tls.key"}, {"fullchain.pem", "privkey.pem"}}};

struct Place {
  std::string folder;
  PairNames names;
};

bool exists(const std::string& path) {
  std::error_code missing;
  return std::filesystem::exists(path, missing);
}

void add_place(std::vector<Place>& places, const std::string& folder) {
  for (const auto& names : pair_names) {
    if (!exists(folder + "/" + names.chain)) continue;
    places.push_back({folder, names});
    return;
  }
}

// Its own pair first, then by name.
std::optional<std::vector<Place>> places_in(const std::string& folder, std::string& problem) {
  std::error_code ec;
  std::vector<std::string> inner;
  for (std::filesystem::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
    const auto name = it->path().filename().string();
    std::error_code unknown;
    if (!name.starts_with('.') && it->is_directory(unknown)) inner.push_back(it->path().string());
    if (inner.size() > folders_max) break;
  }
  if (ec) {
    problem = folder + ": " + ec.message();
    return std::nullopt;
  }
  std::ranges::sort(inner);
  std::vector<Place> places;
  add_place(places, folder);
  for (const auto& one : inner) add_place(places, one);
  return places;
}

std::string digest_of(std::string_view chain, std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  auto* const sum = EVP_MD_CTX_new();
  EVP_DigestInit_ex(sum, EVP_sha256(), nullptr);
  EVP_DigestUpdate(sum, chain.data(), chain.size());
  EVP_DigestUpdate(sum, "\0", 1);
  EVP_DigestUpdate(sum, key.data(), key.size());
  EVP_DigestFinal_ex(sum, digest.data(), &size);
  EVP_MD_CTX_free(sum);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// The same object where nothing has changed, so that tickets stay good.
Result<CertificateSet::One> read_place(const Place& place, const CertificateSet::One& before) {
  const auto chain_file = place.folder + "/" + place.names.chain;
  const auto key_file = place.folder + "/" + place.names.key;
  const auto chain = text::read_file(chain_file, file_octets_max);
  if (chain.error) return Failure(chain.error, chain_file);
  const auto key = text::read_file(key_file, file_octets_max);
  if (key.error) return Failure(key.error, key_file);
  auto digest = digest_of(chain.text.reveal(), key.text.reveal());
  if (before && before->digest() == digest) return before;
  return Certificate::make(chain_file, chain.text.reveal(), key.text.reveal(), std::move(digest));
}

}  // namespace

CertificateSet::CertificateSet(std::vector<std::pair<std::string, One>> certificates)
    : certificates_(std::move(certificates)) {
  for (const auto& [place, certificate] : certificates_) {
    for (const auto& name : certificate->facts().names) by_name_.try_emplace(name, certificate);
  }
}

CertificateSet::One CertificateSet::choose(std::string_view server_name) const {
  if (const auto exact = by_name_.find(server_name); exact != by_name_.end()) return exact->second;
  const auto dot = server_name.find('.');
  if (dot != std::string_view::npos && dot > 0) {
    const auto wildcard = by_name_.find('*' + std::string(server_name.substr(dot)));
    if (wildcard != by_name_.end()) return wildcard->second;
  }
  return certificates_.empty() ? nullptr : certificates_.front().second;
}

CertificateSet::One CertificateSet::at(std::string_view place) const {
  const auto found =
      std::ranges::find(certificates_, place, [](const auto& one) { return std::string_view(one.first); });
  return found == certificates_.end() ? nullptr : found->second;
}

std::vector<CertificateFacts> CertificateSet::facts() const {
  std::vector<CertificateFacts> all;
  for (const auto& [place, certificate] : certificates_) all.push_back(certificate->facts());
  return all;
}

ReadCertificates read_certificates(const std::string& folder, const CertificateSet& before) {
  ReadCertificates read;
  std::string problem;
  const auto places = places_in(folder, problem);
  if (!places) {
    read.problems.push_back(std::move(problem));
    read.certificates = std::make_shared<const CertificateSet>(before);
    return read;
  }
  std::vector<std::pair<std::string, CertificateSet::One>> certificates;
  for (const auto& place : *places) {
    const auto old = before.at(place.folder);
    auto one = read_place(place, old);
    if (!one) read.problems.push_back(one.error().message());
    auto kept = one ? *one : old;
    read.changed = read.changed || kept != old;
    if (kept) certificates.emplace_back(place.folder, std::move(kept));
  }
  read.changed = read.changed || certificates.size() != before.facts().size();
  read.certificates = std::make_shared<const CertificateSet>(std::move(certificates));
  return read;
}

}  // namespace towline::expose::tls
