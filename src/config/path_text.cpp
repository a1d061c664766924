#include "config/path_text.hpp"

#include "config/key_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace towline::config {

namespace {

constexpr std::size_t path_max = 4096;  // limits.h
constexpr std::size_t usual_length = 24;

// Without the last part: "/a/b/" is in "/a". "/" and the working folder are "": they prove nothing.
std::string folder_of(std::string_view path) {
  const auto without_slashes = [&] {
    while (path.ends_with('/')) path.remove_suffix(1);
  };
  without_slashes();
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  path = path.substr(0, slash);
  without_slashes();
  return path.find_first_not_of("./") == std::string_view::npos ? std::string() : std::string(path);
}

bool is_folder(const std::string& path, const InspectFile& inspect) {
  const auto kind = inspect(path).kind;
  return kind == FileKind::directory || kind == FileKind::hidden;
}

// ssh(1), FILES, and the endings people give to keys and texts.
bool has_usual_name(std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  constexpr std::array names = {"known_hosts", "github"};
  constexpr std::array endings = {".pem", ".key", ".pub", ".ppk", ".txt"};
  const bool usual = name.starts_with("id_") || std::ranges::find(names, name) != names.end() ||
                     std::ranges::any_of(endings, [&](const char* end) { return name.ends_with(end); });
  return usual && path.size() <= 4 * usual_length && name.size() <= usual_length;
}

// "/gone": too short and too plain for a secret.
bool is_plain_word(std::string_view path) {
  constexpr std::size_t longest = 9;
  return path.size() > 1 && path.size() <= 1 + longest && path.starts_with('/') &&
         path.find_first_not_of("abcdefghijklmnopqrstuvwxyz", 1) == path.npos;
}

}  // namespace

std::string showable_path(const std::string& path, const InspectFile& inspect) {
  if (path.size() > path_max) return {};
  if (inspect(path).kind != FileKind::absent) return path;
  auto folder = folder_of(path);
  if (!folder.empty() && is_folder(folder, inspect)) return path;
  if (is_plain_word(path) || (has_usual_name(path) && !may_be_secret(path))) return path;
  while (!folder.empty() && !is_folder(folder, inspect)) folder = folder_of(folder);
  if (!folder.empty()) return folder + "/...";
  const auto top = path.substr(0, path.find('/', 1));
  return is_plain_word(top) ? top + "/..." : std::string();
}

}  // namespace towline::config
