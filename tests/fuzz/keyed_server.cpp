#include "keyed_server.hpp"

#include "ssh/wire/writer.hpp"

namespace towline::fuzz {

namespace {

// What the client has said: identification, KEXINIT, and its half of the secret.
struct ClientSaid {
  std::string identification;
  std::string key_init;
  std::string half;
};

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

KeyedServer::KeyedServer(const Suite& suite) : key_init_(key_init_message(suite)) {}

std::string KeyedServer::key_reply(std::string_view client_said) {
  const auto client = read(client_said);
  const auto key = host_key();
  const auto ephemeral = ephemeral_key();
  const Exchanged all{.client_identification = client.identification,
                      .server_identification = std::string(identification),
                      .client_init = client.key_init,
                      .server_init = key_init_,
                      .host_key = named_key(half_of(key)),
                      .client_half = client.half,
                      .server_half = half_of(ephemeral),
                      .secret = secret_with(ephemeral, client.half)};
  const auto hash = hash_of(all);
  keys_ = record_keys(all.secret, hash, true);
  ssh::MessageWriter reply;
  reply.u8(31).string(all.host_key).string(all.server_half).string(signature_by(key, hash));
  const auto bytes = reply.take();
  return {bytes.begin(), bytes.end()};
}

}  // namespace towline::fuzz
