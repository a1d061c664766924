// A client that says what it likes to our server: before its identification, between any two steps of the key
// exchange, before the login and behind it, sealed as it should be or not. What is sealed and has its place
// arrives as it was sent; what was changed on the way does not, nor does anything after it. The server's
// random numbers are the same in each run, so that the client need not compute: it plays back.
#include "async/task_group.hpp"
#include "doubles/wire_pair.hpp"
#include "expect.hpp"
#include "fixed_random.hpp"
#include "keyed_client.hpp"
#include "ssh/transport/client/library.hpp"
#include "ssh/transport/server/server_transport.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/endian/conversion.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include <chrono>
#include <fuzzer/FuzzedDataProvider.h>
#include <optional>
#include <string>
#include <vector>

using namespace towline;
using namespace towline::fuzz;

namespace {

// How far an honest client has come before it says what it likes.
enum class Depth { connected, identified, offered, exchanged, keyed, served, logged_in };

// The last of `suites` has a MAC over the plain text, which our server does not speak.
constexpr std::size_t suites_spoken = suites.size() - 1;

ssh::ServerKeys make_keys() {
  const ssh::OpensslPtr<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PrivateKey(out.get(), host_key().get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  const text::Secret pem(std::string(bytes, static_cast<std::size_t>(size)));
  const auto key = ssh::SigningKey::parse(pem, "");
  return ssh::ServerKeys::import({&key.value(), 1}).value();
}

std::string packet(std::string_view payload) {
  const auto padding = 4 + (8 - (5 + payload.size() + 4) % 8) % 8;
  std::string bytes(4, '\0');
  boost::endian::store_big_u32(reinterpret_cast<std::uint8_t*>(bytes.data()),
                               static_cast<std::uint32_t>(1 + payload.size() + padding));
  bytes += static_cast<char>(padding);
  return bytes.append(payload).append(padding, '\0');
}

class Conversation final : ssh::Packets::Receiver {
 public:
  Conversation(asio::io_context& loop, ssh::ServerKeys& keys) : io_(loop), transport_(wires_.wire(1), keys) {
    begin_fixed_random();
    tasks_.spawn(shake_hands());
    turn();
  }
  ~Conversation() override {
    wires_.hang_up(1);
    turn();
    require(tasks_.size() == 0 && result_.has_value());
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // What an honest client says in the clear.
  void come_to(Depth depth, const KeyedClient& client) {
    if (depth >= Depth::identified) says_raw(std::string(KeyedClient::identification) + "\r\n");
    if (depth >= Depth::offered) says_raw(packet(client.key_init()));
    if (depth >= Depth::exchanged) says_raw(packet(KeyedClient::exchange_init()));
    if (depth >= Depth::keyed) says_raw(packet("\x15"));
  }
  std::string heard() { return wires_.take(1); }

  void seal_with(const Suite& suite, const RecordKeys& keys) { sealer_.emplace(suite, keys); }
  void log_in(Depth depth) {
    if (depth >= Depth::served) {
      says_raw(sealer_->seal_message({"\5\0\0\0\x0cssh-userauth", 17}));
      require(result_ && result_->has_value());
      transport_.deliver_to(this);
    }
    if (depth >= Depth::logged_in) {
      says_raw(sealer_->seal_message("\x32"));
      require(logged_in_);
    }
    heard_.clear();
  }

  // Each is false when the session is over.
  bool says(const std::string& message) {
    if (!sealer_) return says_raw(packet(message));
    in_order_ = in_order_ && logged_in_ && has_its_place(static_cast<std::uint8_t>(message[0]));
    if (in_order_) expected_.push_back(message);
    return says_raw(sealer_->seal_message(message));
  }
  bool says_changed(const std::string& message, std::size_t where) {
    if (!sealer_) return says_raw(message);
    auto record = sealer_->seal_message(message);
    record[where % record.size()] ^= 1;
    tampered_ = true;
    return says_raw(record);
  }
  bool says_noise(const std::string& bytes) {
    tampered_ = tampered_ || sealer_.has_value();
    return says_raw(bytes);
  }
  // Sealed, and perhaps no packet.
  bool says_oddly(const std::string& bytes) {
    in_order_ = false;
    return says_raw(sealer_ ? sealer_->seal(bytes) : bytes);
  }

 private:
  static bool has_its_place(std::uint8_t number) { return number == 3 || number >= 80; }

  Task<> shake_hands() {
    result_.emplace(co_await transport_.handshake(std::chrono::steady_clock::now() + std::chrono::hours(1)));
  }
  void turn() {
    io_.restart();
    io_.poll();
  }
  void on_message(Bytes message, std::uint32_t) override {
    heard_.emplace_back(text_of(message));
    if (message[0] != 50) return;
    logged_in_ = true;
    (void)transport_.authenticated();
  }
  bool says_raw(const std::string& bytes) {
    const auto before = heard_.size();
    wires_.give(1, bytes);
    if (!result_) turn();
    if (!result_) return true;
    if (!*result_) {
      require_one_line(ssh::message_of(result_->error(), "the client"));
      return false;
    }
    Result<bool> more = true;
    do more = transport_.read();
    while (more && (*more || wires_.unread(1) > 0));
    (void)transport_.flush();
    if (tampered_) require(heard_.size() == before);
    if (!tampered_ && in_order_ && logged_in_ && !expected_.empty())
      require(more.has_value() && heard_ == expected_);
    if (!more) require_one_line(ssh::message_of(more.error(), "the client"));
    return more.has_value();
  }

  asio::io_context& io_;
  doubles::WirePair wires_{io_.get_executor()};
  ssh::ServerTransport transport_;
  TaskGroup tasks_{io_.get_executor()};
  std::optional<Result<>> result_;
  std::optional<Sealer> sealer_;
  std::vector<std::string> heard_;
  std::vector<std::string> expected_;
  bool logged_in_ = false;
  bool in_order_ = true;  // nothing but whole packets that have their place
  bool tampered_ = false;
};

// The keys of each suite, which are the same in each run.
const RecordKeys& keys_of(asio::io_context& io, ssh::ServerKeys& keys, std::size_t index) {
  static std::array<std::optional<RecordKeys>, suites_spoken> known;
  auto& of_suite = known[index];
  if (of_suite) return *of_suite;
  const KeyedClient client(suites[index]);
  Conversation conversation(io, keys);
  conversation.come_to(Depth::exchanged, client);
  of_suite = client.keys(conversation.heard());
  return *of_suite;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ssh::Library library;
  static asio::io_context io;
  static auto keys = make_keys();
  FuzzedDataProvider choices(data, size);
  const auto index = choices.ConsumeIntegralInRange<std::size_t>(0, suites_spoken - 1);
  const auto depth =
      static_cast<Depth>(choices.ConsumeIntegralInRange(0, static_cast<int>(Depth::logged_in)));
  const KeyedClient client(suites[index]);
  const auto& record_keys = keys_of(io, keys, index);
  Conversation conversation(io, keys);
  conversation.come_to(depth, client);
  if (depth >= Depth::keyed) {
    conversation.seal_with(suites[index], record_keys);
    conversation.log_in(depth);
  }
  for (bool goes_on = true; goes_on && choices.remaining_bytes() > 0;) {
    const auto kind = choices.ConsumeIntegralInRange(0, 7);
    const auto where = kind == 1 ? choices.ConsumeIntegral<std::size_t>() : 0;
    const auto text = choices.ConsumeRandomLengthString();
    if (text.empty()) continue;
    switch (kind) {
      case 0: goes_on = conversation.says_noise(text); break;
      case 1: goes_on = conversation.says_changed(text, where); break;
      case 2: goes_on = conversation.says_oddly(text); break;
      default: goes_on = conversation.says(text); break;
    }
  }
  return 0;
}
