// What a server says while the user is authenticated.
#include "expect.hpp"
#include "ssh/auth/authentication_messages.hpp"
#include "text/utf8.hpp"

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes message(data, size);
  if (const auto left = ssh::parse_failure(message)) {
    require(left->methods.size() <= size);
    for (const auto& method : left->methods) require_one_line(method);
  }
  if (const auto accepted = ssh::parse_public_key_ok(message)) require(accepted->key.size() < size);
  if (const auto asked = ssh::parse_info_request(message)) {
    require(asked->prompts.size() <= 64);
    require_one_line(asked->name);
    require_one_line(asked->instruction);
    for (const auto& prompt : asked->prompts) require_one_line(prompt.text);
  }
  if (const auto reason = ssh::parse_password_change(message)) require(reason->size() < size);
  require_one_line(text::shown(ssh::parse_banner(message)));
  return 0;
}
