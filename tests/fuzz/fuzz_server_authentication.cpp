// A client that says what it likes while it logs in: it gets in where everybody may, or where the service
// said yes, and never otherwise, for it has no key and no password. It comes to an end, and whatever we
// answer is well formed.
#include "expect.hpp"
#include "ssh/auth/server/user_authentication.hpp"
#include "ssh/wire/writer.hpp"

#include <array>
#include <fuzzer/FuzzedDataProvider.h>
#include <memory>
#include <string>
#include <vector>

using namespace towline;
using namespace towline::fuzz;

namespace {

constexpr int messages_max = 300;
const ssh::Certificate::Time today{std::chrono::seconds(1'893'456'000)};
const std::vector<std::uint8_t> host_key{'h', 'o', 's', 't'};

// A point of the curve (RFC 8032, 7.1, test 1), so that signatures are looked at.
ssh::HostKey known_key() {
  constexpr std::array<std::uint8_t, 32> point{
      0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
      0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
  ssh::MessageWriter writer;
  const auto blob = writer.string("ssh-ed25519").bytes(point).take();
  return {"ssh-ed25519", {blob.begin(), blob.end()}};
}

std::shared_ptr<const ssh::KnownUsers> known_users() {
  auto users = std::make_shared<ssh::KnownUsers>();
  users->keys.add("no-pty " + to_string(known_key()), "keys");
  users->authorities.add(to_string(known_key()), "authorities", ssh::AuthorizedKeys::Lines::authorities);
  users->passwords = ssh::Passwords::parse("user:$y$j9T$abcd$5ZeaavQmS6tWE3reXsfHtJf07p2B4x9UMmwVgSTdix.");
  require(users->keys.size() == 1 && !users->passwords.empty());
  return users;
}

class Client {
 public:
  explicit Client(FuzzedDataProvider& choices)
      : choices_(choices), options_(std::make_shared<ssh::LoginOptions>()) {
    options_->publickey = choices.ConsumeBool();
    options_->password = choices.ConsumeBool();
    options_->none = choices.ConsumeBool();
    options_->service = choices.ConsumeBool();
    static const auto users = known_users();
    ssh::LoginPeer peer;
    if (choices.ConsumeBool()) peer.address = boost::asio::ip::make_address("10.0.0.1");
    peer.session_id = {1, 2, 3};
    peer.host_key = host_key;
    login_.emplace(options_, users, std::move(peer));
  }

  void run() {
    int messages = 0;
    while (!over_ && choices_.remaining_bytes() > 0 && messages++ < messages_max)
      take(login_->on_message(message(), today));
    require(over_ || messages < messages_max);
  }

 private:
  text::SecretBytes message() {
    ssh::MessageWriter writer;
    const auto kind = choices_.ConsumeIntegralInRange(0, 6);
    if (kind == 0) {
      const auto text = choices_.ConsumeRandomLengthString();
      return writer.raw(bytes_of(text)).take();
    }
    if (kind == 1) return ssh::info_response(std::array<std::string_view, 1>{"answer"});
    constexpr std::array methods{"none", "publickey", "publickey-hostbound-v00@openssh.com", "password",
                                 "keyboard-interactive"};
    const auto* method = methods.at(static_cast<std::size_t>(kind - 2));
    writer.u8(50).string(choices_.ConsumeBool() ? "user" : choices_.ConsumeRandomLengthString());
    writer.string("ssh-connection").string(method);
    if (kind == 3 || kind == 4) public_key(writer, kind == 4);
    if (kind == 5) writer.boolean(false).string(choices_.ConsumeRandomLengthString());
    if (kind == 6) writer.string("").string("");
    return writer.take();
  }

  void public_key(ssh::MessageWriter& writer, bool host_bound) {
    static const auto known = known_key();
    const bool with_signature = choices_.ConsumeBool();
    writer.boolean(with_signature);
    if (choices_.ConsumeBool()) {
      writer.string("ssh-ed25519").bytes(known.blob);
    } else {
      writer.string("ssh-ed25519-cert-v01@openssh.com").string(choices_.ConsumeRandomLengthString());
    }
    if (host_bound && choices_.ConsumeBool()) writer.bytes(host_key);
    if (!with_signature) return;
    ssh::MessageWriter signature;
    signature.string("ssh-ed25519").string(choices_.ConsumeRandomLengthString(64));
    writer.bytes(signature.take());
  }

  void take(ssh::LoginStep step) {
    std::visit([this](auto& what) { handle(what); }, step);
  }
  void handle(const ssh::Accept& accepted) {
    require(accepted.message == ssh::success_answer());
    require(accepted.who.by_service ? service_said_yes_
                                    : options_->none && accepted.who.method == ssh::LoginMethod::none);
    over_ = true;
  }
  void handle(const ssh::Refuse& refused) {
    require(ssh::parse_failure(refused.message).has_value());
    require_one_line(refused.attempt.detail);
  }
  void handle(const ssh::GoOn& step) {
    require(ssh::parse_public_key_ok(step.message) || ssh::parse_info_request(step.message));
  }
  void handle(const ssh::PasswordCheck& check) {
    require(!check.hash.empty() && !check.password.empty());
    take(login_->on_password(false));
  }
  void handle(const ssh::ServiceQuestion& question) {
    require(options_->service && !ssh::service_request(question).empty());
    const auto body = choices_.ConsumeRandomLengthString();
    auto answer = ssh::parse_service_answer(choices_.ConsumeBool() ? 200 : 403, body);
    service_said_yes_ = service_said_yes_ || answer.refusal == ssh::Refusal::none;
    take(login_->on_service(std::move(answer), today));
  }
  void handle(const ssh::EndLogin& ended) {
    require(ended.refusal != ssh::Refusal::none && !ended.sentence.empty());
    over_ = true;
  }

  FuzzedDataProvider& choices_;
  std::shared_ptr<ssh::LoginOptions> options_;
  std::optional<ssh::UserAuthentication> login_;
  bool service_said_yes_ = false;
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  Client(choices).run();
  return 0;
}
