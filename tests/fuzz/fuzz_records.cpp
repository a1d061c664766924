// A server that has exchanged keys honestly and then sends what it likes, sealed as it should be or not: what
// is sealed arrives as it was sent; what was changed on the way does not, nor does anything after it. Each
// run begins with a key exchange, which takes most of its time.
#include "async/task_group.hpp"
#include "doubles/plain_server.hpp"
#include "expect.hpp"
#include "fixed_random.hpp"
#include "heard.hpp"
#include "keyed_server.hpp"

#include <boost/asio/io_context.hpp>

#include <fuzzer/FuzzedDataProvider.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace towline;
using namespace towline::fuzz;

namespace {

// A client in a key exchange with a server in memory.
struct Client {
  explicit Client(asio::io_context& loop)
      : io(loop), server(io.get_executor()), transport(server.new_transport()), tasks(io.get_executor()) {
    begin_fixed_random();
    tasks.spawn(shake_hands());
    server.says_raw(std::string(KeyedServer::identification) + "\r\n");
  }
  ~Client() {
    server.hangs_up();
    turn();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void turn() {
    io.restart();
    io.poll();
  }

  Task<> shake_hands() {
    const auto ours = ssh::algorithms_for({}, {"ssh-ed25519"});
    result.emplace(co_await transport->handshake(ours));
  }

  asio::io_context& io;
  doubles::PlainServer server;
  const std::unique_ptr<ssh::ClientTransport> transport;
  TaskGroup tasks;
  std::optional<Result<>> result;
};

// Both sides' random numbers are the same in each run, and so is all that the server has to say for its keys.
struct Recorded {
  std::string key_init;
  std::string key_reply;
  RecordKeys keys;
};

Recorded record(asio::io_context& io, const Suite& suite) {
  KeyedServer keyed(suite);
  Client client(io);
  client.server.says(bytes_of(keyed.key_init()));
  client.turn();
  auto reply = keyed.key_reply(client.server.heard_raw());
  return {keyed.key_init(), std::move(reply), keyed.keys()};
}

class Conversation {
 public:
  Conversation(asio::io_context& io, const Suite& suite, const Recorded& recorded)
      : client_(io), sealer_(suite, recorded.keys) {
    client_.server.says(bytes_of(recorded.key_init));
    client_.server.says(bytes_of(recorded.key_reply));
    client_.server.says(bytes_of("\x15"));  // SSH_MSG_NEWKEYS
    client_.server.says_raw(sealer_.seal_message({"\x06\0\0\0\x0cssh-userauth", 17}));
    client_.turn();
    require(client_.result && client_.result->has_value());
    client_.transport->deliver_to(&heard_);
  }

  // Each is false when the session is over.
  bool says(const std::string& message) {
    const auto kind = kind_of(message);
    if (kind == MessageKind::passed_on) expected_.push_back(message);
    in_order_ = in_order_ && kind != MessageKind::ends_order;
    return reads(sealer_.seal_message(message));
  }
  bool says_changed(const std::string& message, std::size_t where) {
    auto record = sealer_.seal_message(message);
    record[where % record.size()] ^= 1;
    return says_raw(record);
  }
  bool says_raw(const std::string& bytes) {
    tampered_ = tampered_ || !bytes.empty();
    return reads(bytes);
  }
  // Sealed, and perhaps no packet.
  bool says_oddly(const std::string& packet) {
    in_order_ = false;
    return reads(sealer_.seal(packet));
  }

 private:
  bool reads(const std::string& record) {
    const auto before = heard_.messages.size();
    client_.server.says_raw(record);
    const auto more = client_.transport->read();
    (void)client_.transport->flush();
    if (tampered_) require(heard_.messages.size() == before);
    if (!tampered_ && in_order_) require(more.has_value() && heard_.messages == expected_);
    if (!more) require_one_line(more.error().message());
    return more.has_value();
  }

  Client client_;
  Sealer sealer_;
  Heard heard_;
  std::vector<std::string> expected_;
  bool in_order_ = true;  // nothing but whole packets, and no key exchange
  bool tampered_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ssh::Library library;
  static asio::io_context io;
  static std::array<std::optional<Recorded>, suites.size()> recorded;
  FuzzedDataProvider choices(data, size);
  const auto index = choices.ConsumeIntegralInRange<std::size_t>(0, suites.size() - 1);
  if (!recorded[index]) recorded[index] = record(io, suites[index]);
  Conversation conversation(io, suites[index], *recorded[index]);
  for (bool goes_on = true; goes_on && choices.remaining_bytes() > 0;) {
    const auto kind = choices.ConsumeIntegralInRange(0, 7);
    const auto where = kind == 1 ? choices.ConsumeIntegral<std::size_t>() : 0;
    const auto text = choices.ConsumeRandomLengthString();
    if (text.empty()) continue;
    switch (kind) {
      case 0: goes_on = conversation.says_raw(text); break;
      case 1: goes_on = conversation.says_changed(text, where); break;
      case 2: goes_on = conversation.says_oddly(text); break;
      default: goes_on = conversation.says(text); break;
    }
  }
  return 0;
}
