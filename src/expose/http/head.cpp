#include "expose/http/head.hpp"

#include "expose/http/head_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace towline::expose::web {

namespace {

// 10^18 octets: nobody's body, and no overflow.
constexpr std::size_t length_digits_max = 18;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_word(const std::vector<std::string_view>& words, std::string_view wanted) {
  return std::ranges::any_of(words, [wanted](auto word) { return is_same_name(word, wanted); });
}

// What both kinds of heads say about the message and the connection.
struct Statements {
  std::optional<std::string_view> length{};
  std::optional<std::string_view> coding{};
  std::optional<std::string_view> upgrade{};
  std::vector<std::string_view> connection{};
  std::optional<Malformed> wrong{};
};

void take_once(std::optional<std::string_view>& place, std::string_view value, Malformed twice,
               std::optional<Malformed>& wrong) {
  if (place) wrong = twice;
  place = value;
}

Statements statements_of(const std::vector<Field>& fields) {
  Statements said;
  for (const auto& [name, value] : fields) {
    if (is_same_name(name, "Content-Length")) take_once(said.length, value, Malformed::length, said.wrong);
    if (is_same_name(name, "Transfer-Encoding")) take_once(said.coding, value, Malformed::coding, said.wrong);
    if (is_same_name(name, "Upgrade")) take_once(said.upgrade, value, Malformed::upgrade, said.wrong);
    if (is_same_name(name, "Connection") || is_same_name(name, "Proxy-Connection"))
      std::ranges::copy(words_of(value), std::back_inserter(said.connection));
  }
  return said;
}

std::variant<Framing, Malformed> framing_of(const Statements& said, unsigned minor, Framing without) {
  if (said.coding) {
    if (minor == 0 || said.length || !is_same_name(*said.coding, "chunked")) return Malformed::coding;
    return Framing{Framing::Kind::chunked, 0};
  }
  if (!said.length) return without;
  Framing framing{Framing::Kind::length, 0};
  const auto digits = *said.length;
  const bool all_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || digits.size() > length_digits_max || !all_digits) return Malformed::length;
  std::from_chars(digits.data(), digits.data() + digits.size(), framing.length);
  return framing.length == 0 ? Framing{} : framing;
}

bool stays_open(const Statements& said, unsigned minor) {
  if (has_word(said.connection, "close")) return false;
  return minor > 0 || has_word(said.connection, "keep-alive");
}

// To HTTP/2 without TLS, or to TLS, would take the visitor past the head of its next request.
std::string_view upgrade_to_pass(const Statements& said) {
  if (!said.upgrade || !has_word(said.connection, "upgrade")) return {};
  const auto protocols = words_of(*said.upgrade);
  const bool hides = std::ranges::any_of(protocols, [](std::string_view protocol) {
    return is_same_name(protocol.substr(0, 3), "h2c") || is_same_name(protocol.substr(0, 2), "h2") ||
           is_same_name(protocol.substr(0, 3), "TLS") || is_same_name(protocol.substr(0, 4), "HTTP");
  });
  return hides || protocols.empty() ? std::string_view() : *said.upgrade;
}

std::string_view after_empty_line(std::string_view text) {
  return text.starts_with("\r\n") ? text.substr(2) : text;
}

// origin-form, absolute-form or asterisk-form (RFC 9112, 3.2); CONNECT's is whatever it likes, as it is
// refused.
std::optional<Malformed> read_target(std::string_view target, RequestHead& head) {
  if (target.size() > target_octets_max) return Malformed::target_too_long;
  if (target.find('#') != std::string_view::npos) return Malformed::target;
  head.target = target;
  if (head.method == "CONNECT" || target.starts_with('/')) return std::nullopt;
  if (target == "*") return head.method == "OPTIONS" ? std::nullopt : std::optional(Malformed::target);
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!is_same_name(target.substr(0, scheme.size()), scheme)) continue;
    const auto rest = target.substr(scheme.size());
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    auto authority = parse_authority(rest.substr(0, end));
    if (!authority) return Malformed::target;
    head.authority = std::move(*authority);
    head.target = rest.substr(end);
    if (!head.target.starts_with('/')) head.target.insert(0, "/");
    return std::nullopt;
  }
  return Malformed::target;
}

// The target's authority goes before that of Host, which has to be one all the same.
std::optional<Malformed> read_host(RequestHead& head) {
  std::optional<std::string_view> host;
  for (const auto& [name, value] : head.fields) {
    if (!is_same_name(name, "Host")) continue;
    if (host) return Malformed::host_repeated;
    host = value;
  }
  if (!host) return head.minor > 0 ? std::optional(Malformed::host_missing) : std::nullopt;
  auto authority = parse_authority(*host);
  if (!authority) return Malformed::host;
  if (head.authority.host.empty()) head.authority = std::move(*authority);
  return std::nullopt;
}

void read_wishes(RequestHead& head, const Statements& said) {
  head.keep_alive = stays_open(said, head.minor);
  head.connection = said.connection;
  if (head.minor == 0) return;
  if (head.body.kind == Framing::Kind::none) head.upgrade = upgrade_to_pass(said);
  for (const auto& [name, value] : head.fields) {
    if (is_same_name(name, "Expect")) head.expects_continue = is_same_name(value, "100-continue");
    if (is_same_name(name, "TE") && has_word(words_of(value), "trailers")) head.takes_trailers = true;
  }
}

}  // namespace

std::string_view to_string(Malformed why) {
  switch (why) {
    case Malformed::control_octet: return "a control octet, or CR or LF on its own";
    case Malformed::folded_line: return "a folded line";
    case Malformed::start_line: return "the first line";
    case Malformed::version: return "the version";
    case Malformed::field: return "a field";
    case Malformed::target: return "the target";
    case Malformed::host_missing: return "no Host";
    case Malformed::host_repeated: return "more than one Host";
    case Malformed::host: return "a Host that names none";
    case Malformed::length: return "Content-Length";
    case Malformed::coding: return "a Transfer-Encoding other than chunked, or beside Content-Length";
    case Malformed::status: return "the status";
    case Malformed::upgrade: return "Upgrade";
    case Malformed::chunk: return "a chunk";
    case Malformed::trailer: return "a trailer";
    case Malformed::head_too_large: return "a header that is too large";
    case Malformed::target_too_long: return "a target that is too long";
  }
  return "";
}

bool is_same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto word = without_blanks(list.substr(0, comma));
    if (!word.empty()) words.push_back(word);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return words;
}

std::variant<std::size_t, Malformed> end_of_head(std::string_view text, std::size_t looked_at) {
  const std::size_t begin = text.starts_with("\r\n") ? 2 : 0;
  // What an octet means depends on the two before it.
  for (auto at = std::max(begin, looked_at < 2 ? 0 : looked_at - 2); at < text.size(); ++at) {
    const char c = text[at];
    const bool after_cr = at > begin && text[at - 1] == '\r';
    if (c == '\0' || (c == '\n') != after_cr) return Malformed::control_octet;
    if (c != '\n') continue;
    if (at - begin >= 3 && text.substr(at - 3, 4) == "\r\n\r\n") return at + 1;
    if (at + 1 < text.size() && is_blank(text[at + 1])) return Malformed::folded_line;
  }
  const auto line = std::min(text.find('\r', begin), text.size());
  if (line > target_octets_max + 64) return Malformed::target_too_long;
  if (text.size() > head_octets_max) return Malformed::head_too_large;
  return std::size_t{0};
}

std::variant<RequestHead, Malformed> parse_request(std::string_view text) {
  auto parsed = parse_request_lines(after_empty_line(text));
  if (const auto* wrong = std::get_if<Malformed>(&parsed)) return *wrong;
  auto& lines = std::get<ParsedHead>(parsed);
  RequestHead head;
  head.method = lines.method;
  head.minor = lines.minor;
  head.fields = std::move(lines.fields);
  if (const auto wrong = read_target(lines.target, head)) return *wrong;
  if (const auto wrong = read_host(head)) return *wrong;
  const auto said = statements_of(head.fields);
  if (said.wrong) return *said.wrong;
  const auto body = framing_of(said, head.minor, Framing{});
  if (const auto* wrong = std::get_if<Malformed>(&body)) return *wrong;
  head.body = std::get<Framing>(body);
  read_wishes(head, said);
  return head;
}

std::variant<AnswerHead, Malformed> parse_answer(std::string_view text, const RequestHead& asked) {
  auto parsed = parse_answer_lines(text);
  if (const auto* wrong = std::get_if<Malformed>(&parsed)) return *wrong;
  auto& lines = std::get<ParsedHead>(parsed);
  AnswerHead head{.status = lines.status,
                  .reason = lines.reason,
                  .minor = lines.minor,
                  .fields = std::move(lines.fields)};
  if (head.status < 100 || head.status > 599) return Malformed::status;
  const auto said = statements_of(head.fields);
  if (said.wrong) return *said.wrong;
  const auto body = framing_of(said, head.minor, Framing{Framing::Kind::until_end, 0});
  if (const auto* wrong = std::get_if<Malformed>(&body)) return *wrong;
  const bool never_has_one = head.status / 100 == 1 || head.status == 204 || head.status == 304;
  head.body = never_has_one || asked.is_head() ? Framing{} : std::get<Framing>(body);
  head.length = said.length.value_or("");
  head.keep_alive = stays_open(said, head.minor) && head.body.kind != Framing::Kind::until_end;
  head.connection = said.connection;
  if (head.status == 101) {
    if (asked.upgrade.empty() || !said.upgrade) return Malformed::upgrade;
    head.upgrade = *said.upgrade;
  }
  return head;
}

// In the place of an answer's fields, which are read as strictly.
std::variant<std::vector<Field>, Malformed> parse_trailers(std::string_view text) {
  static constexpr std::string_view line = "HTTP/1.1 200 \r\n";
  const auto whole = std::string(line).append(text);
  const auto end = end_of_head(whole);
  if (!std::holds_alternative<std::size_t>(end) || std::get<std::size_t>(end) != whole.size())
    return Malformed::trailer;
  auto parsed = parse_answer_lines(whole);
  if (!std::holds_alternative<ParsedHead>(parsed)) return Malformed::trailer;
  auto fields = std::move(std::get<ParsedHead>(parsed).fields);
  for (auto& field : fields) {
    const auto in_text = [&](std::string_view view) {
      return view.empty() ? view
                          : text.substr(static_cast<std::size_t>(view.data() - whole.data()) - line.size(),
                                        view.size());
    };
    field = {in_text(field.name), in_text(field.value)};
  }
  return fields;
}

}  // namespace towline::expose::web
