// How one log event becomes one line of text; pure.
#pragma once

#include "observe/instant.hpp"
#include "observe/options.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace towline::observe {

// A name and a typed value. Holds views: make it where it is used. Durations are written in seconds, so end
// their names in `_s`.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  std::string_view key;
  Value value;

  template <class T>
    requires std::convertible_to<const T&, std::string_view>
  Field(std::string_view k, const T& text) : key(k), value(std::string_view(text)) {}
  Field(std::string_view k, bool yes) : key(k), value(yes) {}
  template <std::signed_integral T>
  Field(std::string_view k, T number) : key(k), value(std::int64_t{number}) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view k, T number) : key(k), value(std::uint64_t{number}) {}
  template <std::floating_point T>
  Field(std::string_view k, T number) : key(k), value(double{number}) {}
  template <class Rep, class Period>
  Field(std::string_view k, std::chrono::duration<Rep, Period> time)
      : key(k),
        value(static_cast<double>(std::chrono::round<std::chrono::milliseconds>(time).count()) / 1000.0) {}
};

// Of the 4 KiB of a line, what its fields may take.
inline constexpr std::size_t fields_bytes_max = 3072;

// The fields as they stand inside a line of `format`, each with what separates it from what precedes. Where
// they are too long, the longest texts are cut, and end with "…".
std::string render_fields(LogFormat format, std::span<const Field> fields,
                          std::size_t bytes_max = fields_bytes_max);

struct LogLine {
  Wall::time_point time;
  Level level = Level::info;
  std::string_view event;            // stable id: "ssh.connected"
  std::string_view message;          // for people
  std::string_view rendered_fields;  // from render_fields(), same format
};

// One line with its newline and no other, of at most 4 KiB (Docker's drivers and others cut what is longer,
// and with it JSON). Control characters, marks that are not seen and what is not UTF-8 are escaped.
std::string render(LogFormat format, const LogLine& line);

}  // namespace towline::observe
