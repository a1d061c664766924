#include "observe/instant.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace towline::observe {

Instant Instant::now() { return {Steady::now(), Wall::now()}; }

double in_seconds(Steady::duration time) { return std::chrono::duration<double>(time).count(); }

double unix_seconds(Wall::time_point time) {
  using namespace std::chrono;
  return static_cast<double>(duration_cast<milliseconds>(time.time_since_epoch()).count()) / 1000.0;
}

std::string rfc3339(Wall::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  std::array<char, 40> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string brief(Steady::duration age) {
  struct Unit {
    char letter;
    long long length;
  };
  static constexpr std::array<Unit, 4> units{{{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

  long long left =
      std::max(0LL, static_cast<long long>(std::chrono::floor<std::chrono::seconds>(age).count()));
  std::string text;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const long long count = left / units[i].length;
    if (count == 0) continue;
    text = std::to_string(count) + units[i].letter;
    left %= units[i].length;
    if (i + 1 < units.size() && left / units[i + 1].length > 0) {
      text += std::to_string(left / units[i + 1].length) + units[i + 1].letter;
    }
    return text;
  }
  return "0s";
}

}  // namespace towline::observe
