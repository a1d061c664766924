#include "ssh/auth/authentication_messages.hpp"

#include "ssh/wire/writer.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace towline::ssh {

namespace {

// No server asks as much; one that does wants our memory.
constexpr std::uint32_t prompts_max = 64;
// Of users, services, methods and algorithms: RFC 4251 bounds the last at 64, nobody needs a longer user.
constexpr std::size_t name_octets_max = 255;
constexpr std::size_t printable_max = 80;

MessageWriter request(std::string_view user, std::string_view method) {
  MessageWriter writer;
  writer.u8(static_cast<std::uint8_t>(AuthenticationMessage::request))
      .string(user)
      .string("ssh-connection")
      .string(method);
  return writer;
}

Reader body(Bytes message, AuthenticationMessage number) {
  Reader reader(message);
  return reader.u8() == static_cast<std::uint8_t>(number) ? reader : Reader({});
}

MessageWriter public_key(std::string_view user, std::string_view algorithm, Bytes key, bool with_signature) {
  auto writer = request(user, "publickey");
  writer.boolean(with_signature).string(algorithm).bytes(key);
  return writer;
}

MessageWriter answer(AuthenticationMessage number) {
  MessageWriter writer;
  writer.u8(static_cast<std::uint8_t>(number));
  return writer;
}

bool is_name(std::string_view text) {
  return text.size() <= name_octets_max && text.find('\0') == std::string_view::npos;
}

constexpr std::string_view host_bound_method = "publickey-hostbound-v00@openssh.com";

RequestedMethod method_of(std::string_view name) {
  if (name == "none") return RequestedMethod::none;
  if (name == "publickey" || name == host_bound_method) return RequestedMethod::publickey;
  if (name == "password") return RequestedMethod::password;
  if (name == "keyboard-interactive") return RequestedMethod::keyboard_interactive;
  return RequestedMethod::unknown;
}

void take_public_key(Reader& reader, Bytes message, UserRequest& request) {
  request.host_bound = request.method_name == host_bound_method;
  request.with_signature = reader.boolean();
  request.algorithm = reader.string();
  request.key = reader.bytes();
  if (request.host_bound) request.host_key = reader.bytes();
  request.signed_part = message.first(message.size() - reader.rest().size());
  if (request.with_signature) request.signature = reader.bytes();
}

}  // namespace

text::SecretBytes none_request(std::string_view user) { return request(user, "none").take(); }

text::SecretBytes public_key_probe(std::string_view user, std::string_view algorithm, Bytes key) {
  return public_key(user, algorithm, key, false).take();
}

text::SecretBytes public_key_to_sign(Bytes session_id, std::string_view user, std::string_view algorithm,
                                     Bytes key) {
  MessageWriter writer;
  writer.bytes(session_id).raw(public_key(user, algorithm, key, true).take());
  return writer.take();
}

text::SecretBytes public_key_request(std::string_view user, std::string_view algorithm, Bytes key,
                                     Bytes signature) {
  return public_key(user, algorithm, key, true).bytes(signature).take();
}

text::SecretBytes password_request(std::string_view user, std::string_view password) {
  return request(user, "password").boolean(false).string(password).take();
}

text::SecretBytes keyboard_interactive_request(std::string_view user) {
  // No language, and whatever submethod the server likes (RFC 4256, 3.1).
  return request(user, "keyboard-interactive").string("").string("").take();
}

text::SecretBytes info_response(std::span<const std::string_view> answers) {
  MessageWriter writer;
  writer.u8(static_cast<std::uint8_t>(AuthenticationMessage::info_response))
      .u32(static_cast<std::uint32_t>(answers.size()));
  for (const auto answer : answers) writer.string(answer);
  return writer.take();
}

std::optional<MethodsLeft> parse_failure(Bytes message) {
  auto reader = body(message, AuthenticationMessage::failure);
  auto list = reader.string();
  MethodsLeft left;
  left.partial_success = reader.boolean();
  if (!reader.ok()) return std::nullopt;
  while (!list.empty()) {
    const auto name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(name.size() + 1, list.size()));
    if (!name.empty()) left.methods.push_back(printable(name));
  }
  return left;
}

std::optional<AcceptedPublicKey> parse_public_key_ok(Bytes message) {
  auto reader = body(message, AuthenticationMessage::of_the_method);
  AcceptedPublicKey accepted;
  accepted.algorithm = reader.string();
  const auto key = reader.bytes();
  if (!reader.ok()) return std::nullopt;
  accepted.key.assign(key.begin(), key.end());
  return accepted;
}

std::optional<InfoRequest> parse_info_request(Bytes message) {
  auto reader = body(message, AuthenticationMessage::of_the_method);
  InfoRequest request;
  request.name = text::shown(reader.string());
  request.instruction = text::shown(reader.string());
  reader.string();  // language
  const auto count = reader.u32();
  if (!reader.ok() || count > prompts_max) return std::nullopt;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    auto prompt = text::shown(reader.string());
    request.prompts.push_back({std::move(prompt), reader.boolean()});
  }
  if (!reader.ok()) return std::nullopt;
  return request;
}

std::optional<std::string_view> parse_password_change(Bytes message) {
  if (message.empty() || message.front() != static_cast<std::uint8_t>(AuthenticationMessage::of_the_method))
    return std::nullopt;
  return body(message, AuthenticationMessage::of_the_method).string();
}

std::string_view parse_banner(Bytes message) { return body(message, AuthenticationMessage::banner).string(); }

std::optional<UserRequest> parse_user_request(Bytes message) {
  auto reader = body(message, AuthenticationMessage::request);
  UserRequest request;
  request.user = reader.string();
  request.service = reader.string();
  request.method_name = reader.string();
  request.method = method_of(request.method_name);
  switch (request.method) {
    case RequestedMethod::publickey: take_public_key(reader, message, request); break;
    case RequestedMethod::password:
      request.password_change = reader.boolean();
      request.password = reader.string();
      if (request.password_change) reader.string();  // the new one
      break;
    case RequestedMethod::keyboard_interactive:
      reader.string();  // language
      reader.string();  // submethods
      break;
    case RequestedMethod::none:
    case RequestedMethod::unknown: break;
  }
  const bool whole = request.method == RequestedMethod::unknown ? reader.ok() : reader.complete();
  const bool named = is_name(request.user) && is_name(request.service) && is_name(request.method_name) &&
                     is_name(request.algorithm);
  return whole && named ? std::optional(request) : std::nullopt;
}

text::SecretBytes signed_data(Bytes session_id, const UserRequest& request) {
  MessageWriter writer;
  return writer.bytes(session_id).raw(request.signed_part).take();
}

std::optional<std::vector<std::string_view>> parse_info_response(Bytes message) {
  auto reader = body(message, AuthenticationMessage::info_response);
  const auto count = reader.u32();
  if (!reader.ok() || count > prompts_max) return std::nullopt;
  std::vector<std::string_view> answers;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) answers.push_back(reader.string());
  if (!reader.complete()) return std::nullopt;
  return answers;
}

text::SecretBytes failure_answer(const MethodsLeft& left) {
  std::string list;
  for (const auto& method : left.methods) list += (list.empty() ? "" : ",") + method;
  return answer(AuthenticationMessage::failure).string(list).boolean(left.partial_success).take();
}

text::SecretBytes success_answer() { return answer(AuthenticationMessage::success).take(); }

text::SecretBytes banner_message(std::string_view text) {
  return answer(AuthenticationMessage::banner).string(text).string("").take();
}

text::SecretBytes public_key_ok_answer(std::string_view algorithm, Bytes key) {
  return answer(AuthenticationMessage::of_the_method).string(algorithm).bytes(key).take();
}

text::SecretBytes info_request_answer(const InfoRequest& request) {
  auto writer = answer(AuthenticationMessage::of_the_method);
  writer.string(request.name).string(request.instruction).string("");
  writer.u32(static_cast<std::uint32_t>(request.prompts.size()));
  for (const auto& prompt : request.prompts) writer.string(prompt.text).boolean(prompt.echo);
  return writer.take();
}

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text.substr(0, printable_max)) clean += c >= ' ' && c <= '~' ? c : '?';
  const auto last = clean.find_last_not_of(' ');
  clean.erase(last == std::string::npos ? 0 : last + 1);
  return clean;
}

}  // namespace towline::ssh
