#include "ssh/transport/server/server_keys.hpp"

#include "ssh/keys/key_type.hpp"
#include "ssh/wire/error.hpp"
#include "text/base64.hpp"

#include <boost/assert.hpp>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <utility>

namespace towline::ssh {

struct ServerKeys::Library {
  Library() {
    [[maybe_unused]] const int rc = ssh_init();
    BOOST_ASSERT_MSG(rc == 0, "libssh cannot be initialised");
  }
  ~Library() { ssh_finalize(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

void ServerKeys::FreeLibrary::operator()(Library* library) const { delete library; }
void ServerKeys::FreeBind::operator()(ssh_bind_struct* bind) const { ssh_bind_free(bind); }

namespace {

KeyKind kind_of(const HostKey& key) {
  const auto* type = find_key_type(key.type);
  return type ? type->kind : KeyKind::dsa;
}

struct FreeKey {
  void operator()(ssh_key_struct* key) const { ssh_key_free(key); }
};
using LibraryKey = std::unique_ptr<ssh_key_struct, FreeKey>;

bool attach(ssh_key key, const Certificate& certificate) {
  ssh_key read = nullptr;
  const auto base64 = text::to_base64(certificate.blob);
  const auto type = ssh_key_type_from_name(certificate.type.c_str());
  if (ssh_pki_import_cert_base64(base64.c_str(), type, &read) != SSH_OK) return false;
  const LibraryKey owner(read);
  return ssh_pki_copy_cert_to_privkey(read, key) == SSH_OK;
}

// The identification is "SSH-2.0-" and this.
constexpr const char* software = "towline";

}  // namespace

ServerKeys::ServerKeys() : library_(new Library), bind_(ssh_bind_new()) {
  if (!bind_) throw std::bad_alloc();
  const bool config_files = false;
  ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &config_files);
  ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_BANNER, software);
}

Result<ServerKeys> ServerKeys::import(std::span<const SigningKey> keys, const AlgorithmOptions& wish,
                                      std::span<const Certificate> certificates) {
  ServerKeys made;
  for (const auto& key : keys) {
    if (auto added = made.add(key, certificates); !added) return added.error();
  }
  if (made.public_keys_.empty()) return Failure(errc::key_file_invalid, "a server needs a host key");
  if (auto offered = made.offer(wish); !offered) return offered.error();
  return made;
}

Result<> ServerKeys::add(const SigningKey& key, std::span<const Certificate> certificates) {
  const auto& added = key.public_key();
  const auto same_kind = [&](const HostKey& other) { return kind_of(other) == kind_of(added); };
  if (std::ranges::any_of(public_keys_, same_kind))
    return Failure(errc::key_file_invalid,
                   "a server shows one host key of a kind, and " + added.type + " is a second");
  ssh_key read = nullptr;
  const auto pem = key.pem();
  // A Secret's text ends in a null byte. NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
  const int rc = ssh_pki_import_privkey_base64(pem.reveal().data(), nullptr, nullptr, nullptr, &read);
  if (rc != SSH_OK) return Failure(errc::key_file_invalid, added.type + " cannot be used as a host key");
  LibraryKey imported(read);
  const auto certificate = std::ranges::find(certificates, added, &Certificate::key);
  if (certificate != certificates.end()) {
    if (!attach(read, *certificate))
      return Failure(errc::host_certificate_invalid, certificate->type + " cannot be shown");
    certificates_.push_back({certificate->type, certificate->blob});
  }
  if (ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_IMPORT_KEY, read) != SSH_OK)
    return Failure(errc::key_file_invalid, added.type + " cannot be used as a host key");
  std::ignore = imported.release();  // it has been taken
  public_keys_.push_back(added);
  return {};
}

Result<> ServerKeys::offer(const AlgorithmOptions& wish) {
  AlgorithmNames names;
  for (const auto& algorithm : signature_algorithms) {
    if (key_for(algorithm.name)) names.emplace_back(algorithm.name);
  }
  algorithms_ = server_algorithms_for(wish, names);
  const std::pair<ssh_bind_options_e, const std::string*> lists[] = {
      {SSH_BIND_OPTIONS_KEY_EXCHANGE, &algorithms_.key_exchange},
      {SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, &algorithms_.host_key},
      {SSH_BIND_OPTIONS_CIPHERS_C_S, &algorithms_.cipher},
      {SSH_BIND_OPTIONS_CIPHERS_S_C, &algorithms_.cipher},
      {SSH_BIND_OPTIONS_HMAC_C_S, &algorithms_.mac},
      {SSH_BIND_OPTIONS_HMAC_S_C, &algorithms_.mac},
      {SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, &algorithms_.signature}};
  for (const auto& [option, list] : lists) {
    if (ssh_bind_options_set(bind_.get(), option, list->c_str()) != SSH_OK)
      return Failure(errc::key_exchange_failed, ssh_get_error(bind_.get()));
  }
  // As libssh offers them. Its own option takes no name of a certificate's.
  std::string certified;
  for (const auto& name : names) {
    const auto shown = name + std::string(certificate_suffix);
    if (shown_for(shown)) certified += shown + ',';
  }
  algorithms_.host_key.insert(0, certified);
  return {};
}

const HostKey* ServerKeys::key_for(std::string_view algorithm) const {
  const auto* signs = find_signature_algorithm(algorithm);
  if (!signs) return nullptr;
  const auto found = std::ranges::find(public_keys_, signs->key_type, &HostKey::type);
  return found == public_keys_.end() ? nullptr : &*found;
}

const HostKey* ServerKeys::shown_for(std::string_view algorithm) const {
  if (!is_certificate_type(algorithm)) return key_for(algorithm);
  algorithm.remove_suffix(certificate_suffix.size());
  const auto* key = key_for(algorithm);
  if (!key) return nullptr;
  const auto found = std::ranges::find(certificates_, find_key_type(key->type)->certificate, &HostKey::type);
  return found == certificates_.end() ? nullptr : &*found;
}

}  // namespace towline::ssh
