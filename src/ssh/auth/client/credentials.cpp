#include "ssh/auth/client/credentials.hpp"

#include "ssh/keys/private_key.hpp"
#include "ssh/keys/text_file.hpp"
#include "ssh/wire/error.hpp"

#include <algorithm>
#include <utility>

namespace towline::ssh {

namespace {

// The last line break of a file is an editor's, and no part of the secret.
text::Secret without_last_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text::Secret(std::string(text));
}

text::Secret read_secret(const TextSource& source, std::vector<Failure>& problems) {
  if (!source) return {};
  auto text = read_text(source, errc::secret_file_unreadable, errc::secret_file_unreadable);
  if (!text) {
    problems.push_back(text.error());
    return {};
  }
  if (source.file.empty()) return std::move(*text);
  return without_last_newline(text->reveal());
}

// A public key among the keys says which of the agent's to use (ssh's IdentityFile allows that too).
std::optional<HostKey> read_public_key(const TextSource& source) {
  const auto text = read_text(source, errc::key_file_unreadable, errc::key_file_invalid);
  if (!text) return std::nullopt;
  auto line = text->reveal();
  const auto blank = std::min(line.find(' '), line.size());
  const auto type = line.substr(0, blank);
  line.remove_prefix(std::min(blank + 1, line.size()));
  return parse_host_key(type, line.substr(0, line.find_first_of(" \t\r\n")));
}

void read_keys(const Credentials& credentials, LoadedCredentials& loaded) {
  const auto passphrase = read_secret(credentials.passphrase, loaded.problems);
  for (const auto& source : credentials.keys) {
    if (!source) continue;
    auto key = read_private_key(source, passphrase.reveal());
    if (!key) {
      const auto hint = credentials.agent_socket.empty() ? std::nullopt : read_public_key(source);
      if (hint) loaded.listed.push_back(hint->blob);
      if (!hint) loaded.problems.push_back(key.error());
      continue;
    }
    const auto& shown = key->public_key();
    loaded.listed.push_back(shown.blob);
    Identity identity{shown.type, shown.blob, fingerprint(shown), name_of(source), nullptr, {}, false, {}};
    identity.key = std::make_shared<const SigningKey>(std::move(*key));
    loaded.identities.push_back(std::move(identity));
  }
}

Identity certified(const Certificate& certificate, Identity identity) {
  identity.type = certificate.type;
  identity.blob = certificate.blob;
  identity.certificate = true;
  identity.expiry = certificate.expiry();
  return identity;
}

Result<Certificate> read_certificate(const TextSource& source) {
  const auto text = read_text(source, errc::certificate_invalid, errc::certificate_invalid);
  if (!text) return text.error();
  return parse_user_certificate(text->reveal());
}

void take_certificate(const TextSource& source, Certificate::Time now, LoadedCredentials& loaded) {
  const std::string name = source.file.empty() ? "the one given inline" : source.file;
  auto certificate = read_certificate(source);
  if (!certificate) {
    auto failure = certificate.error();
    if (!failure.detail.starts_with(name)) failure.detail = name + ": " + failure.detail;
    loaded.problems.push_back(std::move(failure));
    return;
  }
  // Shown to the server all the same: our clock may be the one that is wrong.
  if (auto valid = check_validity(*certificate, now); !valid)
    loaded.problems.push_back({valid.error().code, name + ": " + valid.error().detail});
  const auto key = std::ranges::find(loaded.identities, certificate->key.blob, &Identity::blob);
  if (key == loaded.identities.end()) {
    loaded.without_key = std::move(*certificate);
    return;
  }
  auto identity = certified(*certificate, *key);
  loaded.identities.insert(loaded.identities.begin(), std::move(identity));
}

}  // namespace

std::string to_string(const Identity& identity) {
  return (identity.certificate ? "certificate " : "key ") + identity.fingerprint + " (" + identity.origin +
         ")";
}

LoadedCredentials read_credentials(const Credentials& credentials, Certificate::Time now) {
  LoadedCredentials loaded;
  if (credentials.publickey) {
    read_keys(credentials, loaded);
    if (credentials.certificate) take_certificate(credentials.certificate, now, loaded);
    if (credentials.agent_socket.empty()) give_up_certificate(loaded);
  }
  if (credentials.password_method || credentials.keyboard_interactive)
    loaded.password = read_secret(credentials.password, loaded.problems);
  return loaded;
}

void add_agent_keys(LoadedCredentials& loaded, std::vector<AgentKey> keys, bool identities_only) {
  for (auto& key : keys) {
    const auto certificate = is_certificate_type(key.type) ? parse_user_certificate(key.blob)
                                                           : Result<Certificate>(errc::certificate_invalid);
    if (is_certificate_type(key.type) && !certificate) continue;  // one of a host, or damaged
    const HostKey plain = certificate ? certificate->key : HostKey{key.type, key.blob};
    Identity identity{key.type, key.blob, fingerprint(plain), "the agent", nullptr, key.blob, false, {}};
    if (!key.comment.empty()) identity.origin += ", " + key.comment;
    if (certificate) identity = certified(*certificate, std::move(identity));
    if (!certificate && loaded.without_key && loaded.without_key->key.blob == key.blob) {
      loaded.identities.insert(loaded.identities.begin(), certified(*loaded.without_key, identity));
      loaded.without_key.reset();
    }
    const bool known =
        std::ranges::find(loaded.identities, identity.blob, &Identity::blob) != loaded.identities.end();
    const bool listed = std::ranges::find(loaded.listed, plain.blob) != loaded.listed.end();
    if (!known && (listed || !identities_only)) loaded.identities.push_back(std::move(identity));
  }
  give_up_certificate(loaded);
}

void give_up_certificate(LoadedCredentials& loaded) {
  if (!loaded.without_key) return;
  loaded.problems.push_back({errc::certificate_invalid, "none of the keys is the one it was signed for, " +
                                                            fingerprint(loaded.without_key->key)});
  loaded.without_key.reset();
}

}  // namespace towline::ssh
