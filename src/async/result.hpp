// A value or the reason why there is none. Everything the network, the peer, the file system or the operator
// can cause travels as a Result; exceptions are for bugs only.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace towline {

// The code of a failure that was given none: a bug, and called so.
inline boost::system::error_code internal_error() {
  class Category final : public boost::system::error_category {
    const char* name() const noexcept override { return "towline.internal"; }
    std::string message(int) const override { return "internal error: a failure without a reason"; }
  };
  static const Category category;
  return {1, category};
}

// The machine-readable reason (`code`, never matched by its text, never a success) and what only the place of
// failure knows: a file's mode, the server's own words, the address tried. `detail` never holds a secret.
struct Failure {
  boost::system::error_code code = internal_error();
  std::string detail;
  boost::system::error_code cause{};  // what the system said, where `code` is ours
  // What the server said: why it ends the session (RFC 4253, 11.1) or refuses a channel (RFC 4254, 5.1).
  std::uint32_t ssh_code = 0;
  // Its own words, as ssh::PeerWords quotes them.
  std::string said{};
  // What it would take, methods or algorithms: a comma list.
  std::string offered{};

  Failure() = default;
  Failure(boost::system::error_code c, std::string d = {})
      : code(c ? c : internal_error()), detail(std::move(d)) {
    assert(c && "a failure without a reason");
  }
  template <class E>
    requires boost::system::is_error_code_enum<E>::value
  Failure(E e, std::string d = {}) : code(e), detail(std::move(d)) {}

  // "connection refused: 10.0.0.1:22", and at the end: the server said "…"
  std::string message() const { return message_with(code.message(), "the server"); }
  // The same with other words for the code, and for who is at the other end.
  std::string message_with(std::string text, std::string_view peer) const {
    if (!detail.empty()) text += ": " + detail;
    if (!said.empty()) text.append("; ").append(peer).append(" said ").append(said);
    return text;
  }
};

[[noreturn]] inline void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw boost::system::system_error(failure.code, failure.detail);
}

template <class T = void>
using Result = boost::system::result<T, Failure>;

}  // namespace towline
