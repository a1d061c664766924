// Any file may be mounted as authorized_keys or as that of the passwords, and any line of it may be nearly
// right: whatever stands in it, a restriction in front holds.
#include "expect.hpp"
#include "ssh/auth/server/authorized_keys.hpp"
#include "ssh/auth/server/passwords.hpp"

#include <array>
#include <string>

using namespace towline;
using namespace towline::fuzz;

namespace {

constexpr std::size_t options_octets_max = 256;  // more of them take time and find nothing

const boost::asio::ip::address here = boost::asio::ip::make_address("10.0.0.1");
const ssh::Certificate::Time today{std::chrono::seconds(1'893'456'000)};

// Nobody's key.
ssh::HostKey some_key() {
  ssh::HostKey key{"ssh-ed25519", {0, 0, 0, 11}};
  for (const char c : key.type) key.blob.push_back(static_cast<std::uint8_t>(c));
  key.blob.insert(key.blob.end(), {0, 0, 0, 32});
  key.blob.insert(key.blob.end(), 32, 'a');
  return key;
}

void read_file(std::string_view text, const ssh::HostKey& key) {
  using Lines = ssh::AuthorizedKeys::Lines;
  const auto keys =
      ssh::AuthorizedKeys::parse(text, "file", text.size() % 2 == 0 ? Lines::keys : Lines::authorities);
  for (const auto& bad : keys.bad_lines()) {
    require(bad.line > 0);
    require_one_line(text_of(bad));
  }
  const auto verdict = keys.judge(key, {"user", here, today});
  require(verdict.accepted() ? verdict.line > 0 : verdict.permissions == ssh::Permissions{});
}

// The line after a comment, so that there are two.
bool lets_in(const std::string& line, const ssh::HostKey& key) {
  return ssh::AuthorizedKeys::parse("#\n" + line).judge(key, {"user", here, today}).accepted();
}

void read_options(std::string options, const ssh::HostKey& key) {
  std::erase_if(options, [](char c) { return c == '\n' || c == '\r'; });
  const auto line = to_string(key);
  constexpr std::array restrictions{"from=\"192.0.2.1\",", "expiry-time=\"20200101Z\",", "cert-authority,"};
  require(!lets_in(restrictions.at(options.size() % restrictions.size()) + options + ' ' + line, key));
  ssh::KeyOptions restricted;
  if (parse_key_options(options + ",restrict", restricted).empty())
    require(!permits_open(restricted.permissions, "a", 1) && !restricted.permissions.pty);
  ssh::KeyOptions parsed;
  require_one_line(parse_key_options(options, parsed));
  if (parsed.from) require(!parsed.from->permits(std::nullopt));
  (void)permits_open(parsed.permissions, options, 22);
  (void)permits_listen(parsed.permissions, options, 22);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = some_key();
  const auto text = text_of({data, size});
  read_file(text, key);
  if (size <= options_octets_max) read_options(std::string(text), key);
  const auto passwords = ssh::Passwords::parse(text);
  for (const auto& bad : passwords.bad_lines()) require(bad.line > 0 && !bad.reason.empty());
  require(passwords.empty() || !passwords.check_of("user", {}).hash.empty());
  return 0;
}
