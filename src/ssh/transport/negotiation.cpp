#include "ssh/transport/negotiation.hpp"

#include "ssh/wire/error.hpp"
#include "text/pattern.hpp"
#include "text/utf8.hpp"

#include <utility>

namespace towline::ssh {

namespace {

constexpr std::uint8_t kexinit_number = 20;
constexpr std::size_t cookie_size = 16;
// Of a list that is passed on; OpenSSH's longest has half of it.
constexpr std::size_t offered_max = 1024;

// In the list of key exchanges, but none: ext-info-s (RFC 8308, 2.1), kex-strict-s-v00@openssh.com.
bool is_marker(std::string_view name) {
  return name.starts_with("ext-info-") || name.starts_with("kex-strict-");
}

std::string without_markers(std::string_view list) {
  std::string names;
  while (!list.empty()) {
    const auto name = text::take_listed(list);
    if (!is_marker(name)) names += (names.empty() ? "" : ",") + std::string(name);
  }
  return names;
}

std::string offer_text(std::string_view list) { return list.empty() ? "nothing" : text::shown(list); }

std::optional<Failure> mismatch(errc code, std::string_view ours, std::string_view theirs) {
  if (!common_algorithms(ours, theirs).empty()) return std::nullopt;
  Failure failure(code, "it offers " + offer_text(theirs) + "; we offer " + offer_text(ours));
  failure.offered = theirs.substr(0, offered_max);
  return failure;
}

// One of the two directions.
std::optional<Failure> mac_mismatch(const Algorithms& ours, const std::string& ciphers,
                                    const std::string& macs, Chooser chooser) {
  const auto common = chooser == Chooser::we ? common_algorithms(ours.cipher, ciphers)
                                             : common_algorithms(ciphers, ours.cipher);
  std::string_view rest = common;
  if (authenticates_itself(text::take_listed(rest))) return std::nullopt;
  return mismatch(errc::no_common_mac, ours.mac, macs);
}

}  // namespace

std::optional<KexInit> parse_kexinit(Bytes message) {
  Reader reader(message);
  if (reader.u8() != kexinit_number) return std::nullopt;
  for (std::size_t i = 0; i < cookie_size; ++i) reader.u8();
  KexInit init;
  for (auto* list :
       {&init.key_exchange, &init.host_key, &init.cipher_to_server, &init.cipher_to_client,
        &init.mac_to_server, &init.mac_to_client, &init.compression_to_server, &init.compression_to_client}) {
    *list = reader.string();
  }
  if (!reader.ok()) return std::nullopt;
  return init;
}

std::string common_algorithms(std::string_view ours, std::string_view theirs) {
  std::string common;
  while (!ours.empty()) {
    const auto name = text::take_listed(ours);
    if (!name.empty() && text::lists(theirs, name)) common += (common.empty() ? "" : ",") + std::string(name);
  }
  return common;
}

std::optional<Failure> no_common_algorithm(const Algorithms& ours, const KexInit& theirs, Chooser chooser) {
  constexpr std::string_view no_compression = "none";  // the only one we have
  const auto first_of = [](std::optional<Failure> one, std::optional<Failure> other) {
    return one ? std::move(one) : std::move(other);
  };
  auto found =
      mismatch(errc::no_common_key_exchange, ours.key_exchange, without_markers(theirs.key_exchange));
  if (!found) found = mismatch(errc::no_common_host_key, ours.host_key, theirs.host_key);
  if (!found)
    found = first_of(mismatch(errc::no_common_cipher, ours.cipher, theirs.cipher_to_server),
                     mismatch(errc::no_common_cipher, ours.cipher, theirs.cipher_to_client));
  if (!found)
    found = first_of(mac_mismatch(ours, theirs.cipher_to_server, theirs.mac_to_server, chooser),
                     mac_mismatch(ours, theirs.cipher_to_client, theirs.mac_to_client, chooser));
  if (!found)
    found = first_of(mismatch(errc::no_common_compression, no_compression, theirs.compression_to_server),
                     mismatch(errc::no_common_compression, no_compression, theirs.compression_to_client));
  return found;
}

}  // namespace towline::ssh
