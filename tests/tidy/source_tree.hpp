// Reads our own sources for the tidy test: plain text scans, good enough for the style of this code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace towline::tidy {

struct SourceFile {
  std::string path;  // from the root of the repository: "src/net/listen.cpp"
  std::string text;
  std::string code;  // text without comments, and with empty string and character literals; lines stay lines

  bool is_header() const { return path.ends_with(".hpp"); }
  bool is_in(std::string_view where) const;  // "src/net", at any depth, or the file's own path
  std::string room() const;                  // "net", "ssh/wire"; empty for src/main.cpp
  std::string stem() const;                  // "listen"
};

// The room of what is below src: the first folder, and in ssh/ the one below it.
std::string room_of(std::string_view path);

// Every .hpp and .cpp below `folder` ("src", "tests") of the repository, sorted by path.
std::vector<SourceFile> sources(const std::filesystem::path& root, std::string_view folder);

std::string code_of(std::string_view text);

// What stands between the quotes or angle brackets: "net/listen.hpp", "libssh2.h".
std::vector<std::string> includes(const SourceFile& file);

std::size_t line_count(std::string_view text);

struct Function {
  std::size_t line;   // of the opening brace, from 1
  std::size_t lines;  // from the opening to the closing brace
};

// The bodies of functions that are not themselves inside a function.
std::vector<Function> functions(std::string_view code);

// Lines on which a lambda with captures begins whose body is a coroutine.
std::vector<std::size_t> capturing_coroutine_lambdas(std::string_view code);

// Lines with a co_await in whose statement there is a ?: as well, beside it or in what is awaited.
std::vector<std::size_t> conditional_awaits(std::string_view code);

// What `using a::b::name;` brings in and nothing else of the code names.
std::vector<std::string> unused_names(std::string_view code);

// True when `word` stands in the code as a whole identifier.
bool has_word(std::string_view code, std::string_view word);

}  // namespace towline::tidy
