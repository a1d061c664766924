// A value or the reason why there is none. Everything the network, the peer, the file system or the operator
// can cause travels as a Result; exceptions are for bugs only.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <utility>

namespace towline {

// The machine-readable reason (`code`, never matched by its text) and what only the place of failure knows:
// a file's mode, the server's own words, the address tried. `detail` never holds a secret.
struct Failure {
  boost::system::error_code code;
  std::string detail;

  Failure() = default;
  Failure(boost::system::error_code c, std::string d = {}) : code(c), detail(std::move(d)) {}
  template <class E>
    requires boost::system::is_error_code_enum<E>::value
  Failure(E e, std::string d = {}) : code(e), detail(std::move(d)) {}

  // "connection refused: 10.0.0.1:22"
  std::string message() const { return detail.empty() ? code.message() : code.message() + ": " + detail; }
};

[[noreturn]] inline void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
  throw boost::system::system_error(failure.code, failure.detail);
}

template <class T = void>
using Result = boost::system::result<T, Failure>;

}  // namespace towline
