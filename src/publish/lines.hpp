// Lines out of what a service prints, in pieces of any size. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace towline::publish {

class Lines {
 public:
  // Longer ones are cut there, and told as cut.
  static constexpr std::size_t length_max = 2048;

  // Takes what has come. next() first, until it says that there is none.
  void feed(std::string_view piece) { rest_ = piece; }
  // What comes after this belongs to no line before it.
  void finish() { finished_ = true; }

  // False: no further line has ended. An empty line is none. The line is as a person would read it: without
  // colours and other escape sequences, in UTF-8.
  struct Line {
    std::string text;
    bool cut = false;  // there was more of it
  };
  bool next(Line& line);

 private:
  void add(std::string_view piece);
  bool take(Line& line);

  std::string_view rest_;
  std::string begun_;
  bool cut_ = false;
  bool finished_ = false;
};

}  // namespace towline::publish
