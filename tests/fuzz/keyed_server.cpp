#include "keyed_server.hpp"

#include "ssh/keys/openssl_ptr.hpp"
#include "ssh/wire/writer.hpp"

#include <boost/endian/conversion.hpp>
#include <openssl/evp.h>

#include <algorithm>

namespace towline::fuzz {

namespace {

using ssh::MessageWriter;
using Key = ssh::OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
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

// What the client has said: identification, KEXINIT, and its half of the secret.
struct ClientSaid {
  std::string identification;
  std::string key_init;
  std::string half;
};

std::string take_packet(std::string_view& said) {
  require(said.size() > 5);
  const auto length = boost::endian::load_big_u32(octets(said));
  const auto padding = static_cast<std::uint8_t>(said[4]);
  require(said.size() >= 4 + length && length > padding + 1U);
  const auto payload = said.substr(5, length - padding - 1);
  said.remove_prefix(4 + length);
  return std::string(payload);
}

ClientSaid read(std::string_view said) {
  ClientSaid client;
  client.identification = said.substr(0, said.find("\r\n"));
  said.remove_prefix(client.identification.size() + 2);
  client.key_init = take_packet(said);
  const auto half = take_packet(said);
  ssh::Reader reader(bytes_of(half));
  require(reader.u8() == 30);  // SSH_MSG_KEX_ECDH_INIT
  client.half = reader.string();
  return client;
}

}  // namespace

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

KeyedServer::KeyedServer(const Suite& suite) {
  MessageWriter writer;
  writer.u8(20).raw(bytes_of("sixteen octets !"));
  writer.string("curve25519-sha256").string("ssh-ed25519");
  for (int way = 0; way < 2; ++way) writer.string(suite.cipher);
  for (int way = 0; way < 2; ++way) writer.string(suite.mac.empty() ? "hmac-sha2-256" : suite.mac);
  for (int list = 0; list < 4; ++list) writer.string(list < 2 ? "none" : "");
  writer.boolean(false).u32(0);
  key_init_ = taken(writer);
}

std::string KeyedServer::key_reply(std::string_view client_said) {
  const auto client = read(client_said);
  const auto host_key = private_key(EVP_PKEY_ED25519, 'h');
  const auto ephemeral = private_key(EVP_PKEY_X25519, 'e');
  const auto host_blob = named(public_half(host_key));
  const auto half = public_half(ephemeral);
  MessageWriter mpint;
  mpint.mpint(bytes_of(shared_secret(ephemeral, client.half)));
  const auto secret = taken(mpint);

  MessageWriter exchanged;  // RFC 8731, 3
  exchanged.string(client.identification).string(identification).string(client.key_init).string(key_init_);
  exchanged.string(host_blob).string(client.half).string(half).raw(bytes_of(secret));
  const auto hash = sha256(taken(exchanged));

  const auto derive = [&](char letter) {
    auto key = sha256(secret + hash + letter + hash);
    return key + sha256(secret + hash + key);
  };
  keys_ = {.iv = derive('B'), .key = derive('D'), .mac = derive('F')};
  MessageWriter reply;
  reply.u8(31).string(host_blob).string(half).string(named(signature(host_key, hash)));
  return taken(reply);
}

}  // namespace towline::fuzz
