#include "ssh/auth/server/read_users.hpp"

#include "ssh/keys/text_file.hpp"
#include "ssh/wire/error.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace towline::ssh {

namespace {

constexpr std::size_t users_file_octets_max = 4 * 1024 * 1024;
constexpr std::size_t user_files_max = 16'384;
constexpr std::size_t file_name_shown_max = 255;

// Nothing, and a problem, for what cannot be read.
std::optional<text::Secret> read_source(const TextSource& source, ReadUsers& read,
                                        std::size_t octets_max = users_file_octets_max) {
  if (source.file.empty())
    return source.text ? text::Secret(std::string(source.text->reveal())) : text::Secret();
  auto text =
      read_text_file(source.file, errc::secret_file_unreadable, errc::secret_file_unreadable, octets_max);
  if (text) return std::move(*text);
  read.problems.push_back(text.error().detail);
  read.whole = false;
  return std::nullopt;
}

void add_lines(AuthorizedKeys& keys, const TextSource& source, AuthorizedKeys::Lines lines,
               std::string_view inline_name, std::size_t octets_max, ReadUsers& read) {
  const auto text = read_source(source, read, octets_max);
  if (!text) return;
  const auto known = keys.bad_lines().size();
  keys.add(text->reveal(), source.file.empty() ? inline_name : source.file, lines);
  for (auto bad = known; bad < keys.bad_lines().size(); ++bad)
    read.problems.push_back(text_of(keys.bad_lines()[bad]));
}

// The files of a folder that are for a user, in the order of their names. Nothing where it cannot be read.
std::optional<std::vector<std::string>> user_files(const std::string& folder, std::string& problem) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    auto name = at->path().filename().string();
    if (!is_user_file(name)) continue;
    if (names.size() == user_files_max) {
      problem = folder + ": there are more than " + std::to_string(user_files_max) + " files in it";
      return std::nullopt;
    }
    names.push_back(std::move(name));
  }
  if (error) {
    problem = folder + ": " + error.message();
    return std::nullopt;
  }
  std::ranges::sort(names);
  return names;
}

bool is_folder(const std::string& path) {
  struct stat facts{};
  return !path.empty() && ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

void add_folder(const std::string& folder, ReadUsers& read) {
  std::string problem;
  const auto names = user_files(folder, problem);
  if (!names) {
    read.problems.push_back(std::move(problem));
    read.whole = false;
    return;
  }
  for (const auto& name : *names) {
    const TextSource source{.file = std::string(folder).append("/").append(name)};
    if (!is_folder(source.file))
      add_lines(read.users.keys_of[name], source, AuthorizedKeys::Lines::keys, {}, key_file_octets_max, read);
  }
}

std::string stamp_of(const std::string& path) {
  struct stat facts{};
  if (path.empty()) return {};
  if (::stat(path.c_str(), &facts) != 0) return path + " -\n";
  const auto number = [](auto value) { return ' ' + std::to_string(value); };
  return path + number(facts.st_dev) + number(facts.st_ino) + number(facts.st_size) +
         number(facts.st_mtim.tv_sec) + number(facts.st_mtim.tv_nsec) + number(facts.st_mode) + '\n';
}

}  // namespace

ReadUsers read_users(const LoginOptions& options) {
  ReadUsers read;
  if (is_folder(options.authorized_keys.file)) {
    add_folder(options.authorized_keys.file, read);
  } else {
    add_lines(read.users.keys, options.authorized_keys, AuthorizedKeys::Lines::keys,
              "TOWLINE_AUTHORIZED_KEYS", users_file_octets_max, read);
  }
  add_lines(read.users.authorities, options.authorities, AuthorizedKeys::Lines::authorities,
            "TOWLINE_USER_CA_KEYS", users_file_octets_max, read);
  if (const auto text = read_source(options.passwords, read)) {
    read.users.passwords = Passwords::parse(text->reveal());
    for (const auto& bad : read.users.passwords.bad_lines())
      read.problems.push_back("line " + std::to_string(bad.line) + " of " + options.passwords.file +
                              " is refused: " + bad.reason);
  }
  for (auto& problem : read.problems) problem = text::one_line(problem, 4 * file_name_shown_max);
  return read;
}

std::string users_stamp(const LoginOptions& options) {
  std::string stamp;
  for (const auto* source : {&options.authorized_keys, &options.authorities, &options.passwords})
    stamp += stamp_of(source->file);
  if (!is_folder(options.authorized_keys.file)) return stamp;
  std::string problem;
  const auto names = user_files(options.authorized_keys.file, problem);
  if (!names) return stamp + problem;
  for (const auto& name : *names) stamp += stamp_of(options.authorized_keys.file + '/' + name);
  return stamp;
}

}  // namespace towline::ssh
