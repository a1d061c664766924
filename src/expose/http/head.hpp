// The heads of requests and answers: Beast parses them, once, and what could be understood in two ways is
// refused (RFC 9112, 11.2). Pure.
#pragma once

#include "expose/http/host_name.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace towline::expose::web {

inline constexpr std::size_t head_octets_max = 32 * 1024;
inline constexpr std::size_t target_octets_max = 16 * 1024;
inline constexpr std::size_t fields_max = 200;

// What is wrong with a head, or with a body.
enum class Malformed {
  control_octet,  // NUL, or CR or LF on its own
  folded_line,    // obs-fold (RFC 9112, 5.2)
  start_line,
  version,
  field,  // its name, a space before the colon, its value
  target,
  host_missing,
  host_repeated,
  host,
  length,  // Content-Length that is no number, or a second one
  coding,  // Transfer-Encoding that is not exactly "chunked", in HTTP/1.0, or beside Content-Length
  status,
  upgrade,  // a change of protocol that nobody has asked for
  chunk,
  trailer,
  head_too_large,
  target_too_long,
};

std::string_view to_string(Malformed why);

// Where the body that follows a head ends.
struct Framing {
  enum class Kind { none, length, chunked, until_end };

  Kind kind = Kind::none;
  std::uint64_t length = 0;

  bool operator==(const Framing&) const = default;
};

struct Field {
  std::string_view name;
  std::string_view value;
};

// Views are into the text that was parsed.
struct RequestHead {
  std::string_view method;
  std::string target;   // origin-form, or "*": what is passed on
  Authority authority;  // of the target, where it has one, else of Host; an empty host: HTTP/1.0 without
  unsigned minor = 1;   // of HTTP/1.x
  std::vector<Field> fields{};
  Framing body{};
  bool keep_alive = true;
  bool expects_continue = false;
  bool takes_trailers = false;
  std::string_view upgrade{};                  // what is passed on of Upgrade; empty: nothing
  std::vector<std::string_view> connection{};  // the words of Connection

  bool is_head() const { return method == "HEAD"; }
};

struct AnswerHead {
  unsigned status = 0;
  std::string_view reason;
  unsigned minor = 1;
  std::vector<Field> fields{};
  Framing body{};
  std::string_view length{};  // as written, also where no body follows
  bool keep_alive = true;
  std::string_view upgrade{};
  std::vector<std::string_view> connection{};

  bool is_interim() const { return status / 100 == 1 && status != 101; }
};

// Where the head ends that `text` begins with: one after its empty line, or 0 while it is not there.
// `looked_at` octets of it were no end before, nor wrong. An empty line before a request is part of it (RFC
// 9112, 2.2).
std::variant<std::size_t, Malformed> end_of_head(std::string_view text, std::size_t looked_at = 0);

// A whole head and nothing behind it.
std::variant<RequestHead, Malformed> parse_request(std::string_view text);

// `asked` is the request that it answers.
std::variant<AnswerHead, Malformed> parse_answer(std::string_view text, const RequestHead& asked);

// The fields behind the last chunk, with the empty line.
std::variant<std::vector<Field>, Malformed> parse_trailers(std::string_view text);

// ASCII letters alone are without case.
bool is_same_name(std::string_view a, std::string_view b);

// The words of a list that is separated by commas, without what surrounds them.
std::vector<std::string_view> words_of(std::string_view list);

}  // namespace towline::expose::web
