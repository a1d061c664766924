// Key files made by ssh-keygen and openssl, in a folder that goes away with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace towline::ssh {

class KeyFiles {
 public:
  KeyFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "key_files.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~KeyFiles() { std::filesystem::remove_all(folder_); }
  KeyFiles(const KeyFiles&) = delete;
  KeyFiles& operator=(const KeyFiles&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }

  // Runs a shell command in the folder and returns its output; throws when it fails.
  std::string run(const std::string& command) const {
    const auto whole = "cd " + folder_.string() + " && ( " + command + " ) 2>&1 </dev/null";
    std::FILE* pipe = ::popen(whole.c_str(), "r");
    if (!pipe) throw std::runtime_error("no pipe");
    std::string output;
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
    if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + output);
    return output;
  }

  // "SHA256:…" of a public or private key file.
  std::string fingerprint(const std::string& name) const {
    std::istringstream words(run("ssh-keygen -l -E sha256 -f " + name));
    std::string bits;
    std::string fingerprint;
    words >> bits >> fingerprint;
    return fingerprint;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace towline::ssh
