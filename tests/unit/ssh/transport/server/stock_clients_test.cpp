// OpenSSH's and dropbear's clients shake hands with our transport, and carry a command's worth of bytes over
// it.
#include "integration/fixtures/files.hpp"
#include "integration/fixtures/process.hpp"
#include "net/tcp_wire.hpp"
#include "ssh/session/connection.hpp"
#include "unit/ssh/session/both_roles.hpp"
#include "unit/ssh/transport/server/both_transports.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::HasSubstr;

constexpr std::chrono::seconds stock_limit{60};  // for what takes a tenth of a second
constexpr std::size_t line_size = 16;

// The output of the one command there is: as many lines as it is asked for.
Task<> run_command(Channel& channel, std::size_t lines) {
  for (std::size_t line = 0; line < lines;) {
    const auto room = co_await channel.wait_sendable();
    if (!room) co_return;
    std::string text;
    for (; line < lines && text.size() + line_size <= *room; ++line) {
      auto number = std::to_string(line);
      text += std::string(line_size - 1 - number.size(), '0') + number + '\n';
    }
    channel.write(bytes_of(text));
  }
  channel.request("exit-status", false, bytes_of(std::string_view("\0\0\0\7", 4)));
  channel.send_eof();
  channel.close();
}

// A server that lets anybody in and runs "lines N".
class StockServer final : public Turns, private Connection::Role, private Channel::Asked {
 public:
  explicit StockServer(const AlgorithmOptions& wish = {}, std::uint64_t rekey_bytes = 0)
      : keys_(made().server(wish)), rekey_bytes_(rekey_bytes) {
    acceptor_.listen();
  }
  ~StockServer() override { stop(); }

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

  // One client from its connection to its end.
  void serve() {
    std::optional<Result<>> served;
    begin(serve_one(), served);
    const auto limit = std::chrono::steady_clock::now() + stock_limit;
    while (!served && std::chrono::steady_clock::now() < limit) {
      io.restart();
      io.run_one_for(stock_limit);
    }
    ASSERT_TRUE(served) << "it takes too long";
    if (!*served) failure = served->error();
  }

  Negotiated agreed;
  std::string software;
  unsigned key_exchanges = 0;
  Failure failure;

 private:
  static const MadeKeys& made() {
    static const MadeKeys keys{"ed25519", "ecdsa -b 256", "rsa -b 2048"};
    return keys;
  }

  Task<Result<>> serve_one() {
    auto [ec, socket] = co_await acceptor_.async_accept(as_result);
    if (ec) co_return Failure(ec);
    auto transport = std::make_unique<ServerTransport>(std::make_unique<net::TcpWire>(std::move(socket)),
                                                       keys_, rekey_bytes_);
    if (auto done = co_await transport->handshake(std::chrono::steady_clock::now() + stock_limit); !done)
      co_return done;
    agreed = transport->negotiated();
    software = transport->peer_software();
    HeardMessages heard;
    heard.server = transport.get();
    transport->deliver_to(&heard);
    while (heard.messages.empty()) {
      if (const auto read = transport->read(); !read) co_return read.error();
      (void)transport->flush();
      if (heard.messages.empty()) (void)co_await transport->wire().wait_readable();
    }
    connection_.emplace(io.get_executor(), std::move(transport), Connection::Options{},
                        static_cast<Connection::Role&>(*this), observer_);
    failure = co_await connection_->run();
    key_exchanges = connection_->packets().key_exchanges();
    co_return Result<>{};
  }

  Result<> on_offered(Channel channel, const connection::ChannelOffered&) override {
    channel_.emplace(std::move(channel));
    channel_->tell(this);
    channel_->accept();
    return {};
  }
  void on_offer_refused(const connection::OfferRefused&) override {}
  Result<> on_global_request(const connection::GlobalRequest& request) override {
    if (request.id) connection_->answer(*request.id, {false});
    return {};
  }
  Result<> on_global_reply(const connection::GlobalReply&) override { return {}; }
  void on_end(const Failure&) override { channel_.reset(); }
  void on_request(std::string_view type, Bytes payload, std::optional<connection::RequestId> id) override {
    if (id) channel_->answer(*id, type == "exec");
    if (type != "exec") return;
    const std::string command(payload.begin() + 4, payload.end());
    tasks.spawn(run_command(*channel_, std::stoul(command.substr(command.find(' ')))));
  }
  void on_reply(bool) override {}

  ServerKeys keys_;
  std::uint64_t rekey_bytes_;
  asio::ip::tcp::acceptor acceptor_{io, {asio::ip::make_address("127.0.0.1"), 0}};
  Unobserved observer_;
  std::optional<Connection> connection_;
  std::optional<Channel> channel_;
};

struct Client {
  explicit Client(std::vector<std::string> argv)
      : output(dir.path("output")),
        process({.argv = std::move(argv), .environment = {{"HOME", dir.path("")}}, .output_file = output}) {}

  static std::vector<std::string> openssh(const std::string& port, const std::vector<std::string>& options,
                                          const std::string& command,
                                          const std::string& program = "/usr/bin/ssh") {
    std::vector<std::string> argv{program,
                                  "-F",
                                  "none",
                                  "-p",
                                  port,
                                  "-o",
                                  "StrictHostKeyChecking=no",
                                  "-o",
                                  "UserKnownHostsFile=/dev/null",
                                  "-o",
                                  "BatchMode=yes"};
    for (const auto& option : options) argv.insert(argv.end(), {"-o", option});
    argv.insert(argv.end(), {"anybody@127.0.0.1", command});
    return argv;
  }

  // What it printed but its own notes.
  std::size_t right_lines() {
    status = process.exit_code(std::chrono::duration_cast<fixtures::Milliseconds>(stock_limit));
    said = fixtures::read_file(output);
    std::size_t lines = 0;
    for (std::size_t at = said.find(std::string(line_size - 1, '0') + '\n'); at != std::string::npos;
         ++lines) {
      const auto number = std::to_string(lines);
      if (said.compare(at, line_size, std::string(line_size - 1 - number.size(), '0') + number + '\n') != 0)
        break;
      at += line_size;
    }
    return lines;
  }

  fixtures::TempDir dir;
  std::string output;
  fixtures::Process process;
  std::optional<int> status;
  std::string said;
};

TEST(StockClients, openssh_speaks_every_algorithm_of_ours_that_it_knows) {
  const auto known = fixtures::output_of({"/usr/bin/ssh", "-Q", "kex"});
  for (const auto& kex : server_key_exchange_names) {
    if (known.find(std::string(kex) + '\n') == std::string::npos) continue;
    for (const auto& cipher : cipher_names) {
      for (const auto& mac : server_mac_names) {
        if (authenticates_itself(cipher) && mac != server_mac_names.front()) continue;
        StockServer server;
        Client client(Client::openssh(server.port(),
                                      {"KexAlgorithms=" + std::string(kex), "Ciphers=" + std::string(cipher),
                                       "MACs=" + std::string(mac)},
                                      "lines 3"));
        server.serve();
        EXPECT_EQ(client.right_lines(), 3U) << kex << ' ' << cipher << ' ' << mac << '\n' << client.said;
        EXPECT_EQ(client.status, 7);
        EXPECT_EQ(server.agreed.key_exchange, kex);
        EXPECT_EQ(server.agreed.to_client.cipher, cipher);
        EXPECT_EQ(server.failure.code, errc::peer_disconnected) << server.failure.message();
        EXPECT_EQ(server.failure.ssh_code, 11U) << "disconnected by user: in order";
      }
    }
  }
}

TEST(StockClients, openssh_agrees_on_strict_key_exchange_and_host_bound_keys) {
  StockServer server;
  Client client(Client::openssh(server.port(), {"LogLevel=DEBUG3"}, "lines 1"));
  server.serve();
  EXPECT_EQ(client.right_lines(), 1U);
  EXPECT_THAT(client.said, HasSubstr("will use strict KEX ordering"));
  EXPECT_THAT(client.said, HasSubstr("resetting send seqnr"));
  EXPECT_THAT(client.said, HasSubstr("publickey-hostbound@openssh.com=<0>"));
  EXPECT_THAT(client.said, HasSubstr("server-sig-algs=<ssh-ed25519,ecdsa-sha2-nistp256,"));
  EXPECT_THAT(server.software, HasSubstr("SSH-2.0-OpenSSH_"));
}

TEST(StockClients, openssh_exchanges_keys_all_the_time) {
  for (const auto* cipher : {"aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr"}) {
    StockServer server;
    Client client(
        Client::openssh(server.port(), {"RekeyLimit=64K", std::string("Ciphers=") + cipher}, "lines 100000"));
    server.serve();
    EXPECT_EQ(client.right_lines(), 100'000U) << cipher;
    EXPECT_GT(server.key_exchanges, 2U) << cipher;
  }
}

TEST(StockClients, we_exchange_keys_all_the_time_with_openssh) {
  StockServer server({}, 64 * 1024);
  Client client(Client::openssh(server.port(), {}, "lines 100000"));
  server.serve();
  EXPECT_EQ(client.right_lines(), 100'000U);
  EXPECT_GT(server.key_exchanges, 2U) << "what is under way meanwhile counts for none";
}

TEST(StockClients, openssh_says_what_is_missing_when_nothing_is_in_common) {
  StockServer server;
  Client client(Client::openssh(server.port(), {"Ciphers=aes128-cbc"}, "lines 1"));
  server.serve();
  EXPECT_EQ(server.failure.code, errc::no_common_cipher);
  EXPECT_EQ(server.failure.offered, "aes128-cbc");
  client.right_lines();
  EXPECT_THAT(client.said, HasSubstr("no matching cipher found. Their offer: aes128-gcm"));
}

TEST(StockClients, openssh_verifies_the_host_key_that_it_asked_for) {
  StockServer server;
  Client client(Client::openssh(server.port(), {"HostKeyAlgorithms=rsa-sha2-256"}, "lines 1"));
  server.serve();
  EXPECT_EQ(client.right_lines(), 1U);
  EXPECT_EQ(server.agreed.host_key, "rsa-sha2-256");
}

TEST(StockClients, dropbear_speaks_to_us_too) {
  if (!std::filesystem::exists("/usr/bin/dbclient")) GTEST_SKIP() << "there is no dbclient";
  StockServer server;
  Client client({"/usr/bin/dbclient", "-y", "-y", "-p", server.port(), "anybody@127.0.0.1", "lines 1000"});
  server.serve();
  EXPECT_EQ(client.right_lines(), 1000U) << client.said;
  EXPECT_THAT(server.software, HasSubstr("dropbear"));
}

}  // namespace
}  // namespace towline::ssh
