#include "keyed_exchange.hpp"

#include "ssh/wire/writer.hpp"

#include <boost/endian/conversion.hpp>
#include <openssl/evp.h>

#include <algorithm>

namespace towline::fuzz {

namespace {

using ssh::MessageWriter;
using Key = FixedKey;
using CipherContext = ssh::OpensslPtr<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t key_size = 32;  // of X25519 and Ed25519
constexpr std::size_t tag_size = 16;
// Of the first record: KEXINIT, the reply and NEWKEYS travel in the clear.
constexpr std::uint32_t first_sequence = 3;

const std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* octets(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

std::string taken(MessageWriter& writer) {
  const auto bytes = writer.take();
  return {bytes.begin(), bytes.end()};
}

std::string u32(std::uint32_t value) {
  MessageWriter writer;
  writer.u32(value);
  return taken(writer);
}

std::string sha256(std::string_view text) {
  std::string digest(32, '\0');
  EVP_Digest(text.data(), text.size(), octets(digest), nullptr, EVP_sha256(), nullptr);
  return digest;
}

Key private_key(int type, char filling) {
  const std::string seed(key_size, filling);
  return Key(EVP_PKEY_new_raw_private_key(type, nullptr, octets(seed), seed.size()));
}

std::string public_half(const Key& key) {
  std::string half(key_size, '\0');
  std::size_t size = half.size();
  EVP_PKEY_get_raw_public_key(key.get(), octets(half), &size);
  return half;
}

std::string shared_secret(const Key& ours, std::string_view theirs) {
  const Key peer(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, octets(theirs), theirs.size()));
  const ssh::KeyContext context(EVP_PKEY_CTX_new(ours.get(), nullptr));
  std::string secret(key_size, '\0');
  std::size_t size = secret.size();
  require(EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
          EVP_PKEY_derive(context.get(), octets(secret), &size) == 1);
  return secret;
}

std::string signature(const Key& key, std::string_view text) {
  const ssh::DigestContext context(EVP_MD_CTX_new());
  std::string bytes(2 * key_size, '\0');
  std::size_t size = bytes.size();
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
          EVP_DigestSign(context.get(), octets(bytes), &size, octets(text), text.size()) == 1);
  return bytes;
}

// A public key or a signature as it travels (RFC 8709).
std::string named(std::string_view bytes) {
  MessageWriter writer;
  writer.string("ssh-ed25519").string(bytes);
  return taken(writer);
}

std::string mac_of(const char* name, const char* digest, std::string_view key, std::string_view text) {
  std::string mac(32, '\0');
  std::size_t size = 0;
  require(EVP_Q_mac(nullptr, name, nullptr, digest, nullptr, key.data(), key.size(), octets(text),
                    text.size(), octets(mac), mac.size(), &size) != nullptr);
  mac.resize(size);
  return mac;
}

std::string encrypted(const EVP_CIPHER* cipher, std::string_view key, std::string_view iv,
                      std::string_view text) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(text.size(), '\0');
  int size = 0;
  require(EVP_EncryptInit_ex(context.get(), cipher, nullptr, octets(key), octets(iv)) == 1 &&
          EVP_EncryptUpdate(context.get(), octets(out), &size, octets(text), static_cast<int>(text.size())) ==
              1);
  return out;
}

// The block that a stream begins at, the lowest octet first, and the packet's number, the highest first.
std::string chacha_iv(std::uint8_t block, std::uint32_t sequence) {
  std::string iv(16, '\0');
  iv[0] = static_cast<char>(block);
  boost::endian::store_big_u64(octets(iv) + 8, sequence);
  return iv;
}

}  // namespace

std::string take_packet(std::string_view& said) {
  require(said.size() > 5);
  const auto length = boost::endian::load_big_u32(octets(said));
  const auto padding = static_cast<std::uint8_t>(said[4]);
  require(said.size() >= 4 + length && length > padding + 1U);
  const auto payload = said.substr(5, length - padding - 1);
  said.remove_prefix(4 + length);
  return std::string(payload);
}

std::string key_init_message(const Suite& suite) {
  MessageWriter writer;
  writer.u8(20).raw(bytes_of("sixteen octets !"));
  writer.string("curve25519-sha256").string("ssh-ed25519");
  for (int way = 0; way < 2; ++way) writer.string(suite.cipher);
  for (int way = 0; way < 2; ++way) writer.string(suite.mac.empty() ? "hmac-sha2-256" : suite.mac);
  for (int list = 0; list < 4; ++list) writer.string(list < 2 ? "none" : "");
  writer.boolean(false).u32(0);
  return taken(writer);
}

FixedKey host_key() { return private_key(EVP_PKEY_ED25519, 'h'); }
FixedKey ephemeral_key() { return private_key(EVP_PKEY_X25519, 'e'); }
std::string half_of(const FixedKey& key) { return public_half(key); }
std::string named_key(std::string_view bytes) { return named(bytes); }
std::string signature_by(const FixedKey& key, std::string_view text) { return named(signature(key, text)); }

std::string secret_with(const FixedKey& ours, std::string_view theirs) {
  MessageWriter mpint;
  mpint.mpint(bytes_of(shared_secret(ours, theirs)));
  return taken(mpint);
}

std::string hash_of(const Exchanged& all) {
  MessageWriter exchanged;  // RFC 8731, 3
  exchanged.string(all.client_identification).string(all.server_identification);
  exchanged.string(all.client_init).string(all.server_init).string(all.host_key);
  exchanged.string(all.client_half).string(all.server_half).raw(bytes_of(all.secret));
  return sha256(taken(exchanged));
}

RecordKeys record_keys(const std::string& secret, const std::string& hash, bool of_server) {
  const auto derive = [&](char letter) {
    auto key = sha256(secret + hash + letter + hash);
    return key + sha256(secret + hash + key);
  };
  if (of_server) return {.iv = derive('B'), .key = derive('D'), .mac = derive('F')};
  return {.iv = derive('A'), .key = derive('C'), .mac = derive('E')};
}

std::string Sealer::seal(const std::string& packet) {
  const auto length = u32(static_cast<std::uint32_t>(packet.size()));
  auto record = suite_.cipher.starts_with("aes128-gcm") ? seal_gcm(length, packet)
                : suite_.cipher.starts_with("chacha20") ? seal_chacha(length, packet)
                                                        : seal_ctr(length, packet);
  ++records_;
  return record;
}

std::string Sealer::seal_message(std::string_view message) {
  constexpr std::size_t block = 16;
  const bool length_counts = suite_.mac == "hmac-sha2-256";
  const auto unpadded = (length_counts ? 4 : 0) + 1 + message.size();
  const auto padding = 4 + (block - (unpadded + 4) % block) % block;
  std::string packet(1, static_cast<char>(padding));
  packet.append(message).append(padding, '\0');
  return seal(packet);
}

// RFC 5647, 7: the first four octets of the nonce are fixed, the others count.
std::string Sealer::seal_gcm(const std::string& length, const std::string& packet) {
  auto iv = keys_.iv.substr(0, 12);
  auto* counter = octets(iv) + 4;
  boost::endian::store_big_u64(counter, boost::endian::load_big_u64(counter) + records_);
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(packet.size(), '\0');
  std::string tag(tag_size, '\0');
  int size = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, octets(keys_.key), octets(iv)) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &size, octets(length), 4) == 1 &&
          EVP_EncryptUpdate(context.get(), octets(out), &size, octets(packet),
                            static_cast<int>(packet.size())) == 1 &&
          EVP_EncryptFinal_ex(context.get(), octets(tag), &size) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
  return length + out + tag;
}

// OpenSSH's PROTOCOL.chacha20poly1305.
std::string Sealer::seal_chacha(const std::string& length, const std::string& packet) {
  const auto key = std::string_view(keys_.key);
  const auto* cipher = EVP_chacha20();
  const auto first = chacha_iv(0, first_sequence + records_);
  auto out = encrypted(cipher, key.substr(32, 32), first, length);
  const auto tag_key = encrypted(cipher, key.substr(0, 32), first, std::string(32, '\0'));
  out += encrypted(cipher, key.substr(0, 32), chacha_iv(1, first_sequence + records_), packet);
  return out + mac_of("POLY1305", nullptr, tag_key, out);
}

std::string Sealer::seal_ctr(const std::string& length, const std::string& packet) {
  const bool encrypt_then_mac = suite_.mac.ends_with("-etm@openssh.com");
  const auto plain = encrypt_then_mac ? packet : length + packet;
  auto iv = keys_.iv.substr(0, 16);
  auto* low = octets(iv) + 8;
  const auto begin = boost::endian::load_big_u64(low);
  require(begin + blocks_ >= begin);  // no carry into the upper half, by the keys that we have
  boost::endian::store_big_u64(low, begin + blocks_);
  blocks_ += (plain.size() + 15) / 16;
  const auto sealed = encrypted(EVP_aes_128_ctr(), keys_.key, iv, plain);
  const auto mac_key = std::string_view(keys_.mac).substr(0, 32);
  const auto number = u32(first_sequence + records_);
  if (!encrypt_then_mac) return sealed + mac_of("HMAC", "SHA256", mac_key, number + plain);
  return length + sealed + mac_of("HMAC", "SHA256", mac_key, number + length + sealed);
}

}  // namespace towline::fuzz
