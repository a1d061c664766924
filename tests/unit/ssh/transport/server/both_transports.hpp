// Our client's transport and our server's, each other's peer over two wires in memory.
#pragma once

#include "doubles/wire_pair.hpp"
#include "ssh/transport/client/client_transport.hpp"
#include "ssh/transport/client/library.hpp"
#include "ssh/transport/server/server_transport.hpp"
#include "unit/async/turns.hpp"
#include "unit/ssh/transport/server/made_keys.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// Keeps what comes; lets the user in, or is let in, if it is told how.
struct HeardMessages final : Packets::Receiver {
  void on_message(Bytes message, std::uint32_t) override {
    messages.emplace_back(message.begin(), message.end());
    if (message[0] == 50 && server) (void)server->authenticated();
    if (message[0] == 52 && client) client->authenticated();
  }
  void on_expiry() override { ++expired; }

  std::vector<std::string> messages{};
  int expired = 0;
  ServerTransport* server = nullptr;
  ClientTransport* client = nullptr;
};

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class BothTransports : public Turns {
 public:
  explicit BothTransports(const MadeKeys& made, const AlgorithmOptions& client_wish = {},
                          const AlgorithmOptions& server_wish = {}, std::uint64_t rekey_bytes = 0)
      : keys(made.server(server_wish)),
        client(std::make_unique<ClientTransport>(wires.wire(0))),
        server(std::make_unique<ServerTransport>(wires.wire(1), keys, rekey_bytes)),
        offered(algorithms_for(client_wish, algorithm_names(host_key_names))) {
    server_heard.server = server.get();
    client_heard.client = client.get();
  }
  ~BothTransports() { stop(); }

  void shake_hands() {
    begin(client->handshake(offered), client_done);
    begin(server->handshake(std::chrono::steady_clock::now() + std::chrono::hours(1)), server_done);
    turn_until([this] { return client_done && server_done; });
  }
  // Until nothing more comes on either side.
  void deliver() {
    for (;;) {
      (void)client->flush();
      (void)server->flush();
      if (wires.unread(0) + wires.unread(1) == 0) return;
      if (wires.unread(1) > 0 && !server->read()) return;
      if (wires.unread(0) > 0 && !client->read()) return;
    }
  }
  // With authentication that asks nothing.
  void log_in() {
    server->deliver_to(&server_heard);
    client->deliver_to(&client_heard);
    (void)client->write(bytes_of("\x32none"));
    deliver();
  }

  Library library;
  doubles::WirePair wires{io.get_executor()};
  ServerKeys keys;
  std::unique_ptr<ClientTransport> client;
  std::unique_ptr<ServerTransport> server;
  Algorithms offered;
  HeardMessages client_heard;
  HeardMessages server_heard;
  std::optional<Result<>> client_done;
  std::optional<Result<>> server_done;
};

}  // namespace towline::ssh
