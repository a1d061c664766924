#include "keyed_client.hpp"

#include "ssh/wire/writer.hpp"

namespace towline::fuzz {

std::string KeyedClient::exchange_init() {
  ssh::MessageWriter writer;
  writer.u8(30).string(half_of(ephemeral_key()));
  const auto bytes = writer.take();
  return {bytes.begin(), bytes.end()};
}

RecordKeys KeyedClient::keys(std::string_view server_said) const {
  Exchanged all;
  all.client_identification = identification;
  all.server_identification = server_said.substr(0, server_said.find("\r\n"));
  server_said.remove_prefix(all.server_identification.size() + 2);
  all.client_init = key_init_;
  all.server_init = take_packet(server_said);
  const auto reply = take_packet(server_said);
  ssh::Reader reader(bytes_of(reply));
  require(reader.u8() == 31);
  all.host_key = reader.string();
  all.server_half = reader.string();
  require(reader.ok());
  const auto ephemeral = ephemeral_key();
  all.client_half = half_of(ephemeral);
  all.secret = secret_with(ephemeral, all.server_half);
  return record_keys(all.secret, hash_of(all), false);
}

}  // namespace towline::fuzz
