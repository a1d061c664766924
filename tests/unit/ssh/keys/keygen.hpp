// Keys and certificates made by OpenSSH's ssh-keygen, in a folder that goes away with its test.
#pragma once

#include "ssh/keys/certificate.hpp"
#include "text/base64.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// Runs a command line and gives what it printed.
inline std::string shell(const std::string& command) {
  std::string text;
  std::FILE* pipe = ::popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> chunk{};
  for (std::size_t n = 0; (n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;)
    text.append(chunk.data(), n);
  ::pclose(pipe);
  return text;
}

class Keygen {
 public:
  Keygen() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keygen_test.XXXXXX").string();
    dir_ = ::mkdtemp(pattern.data());
  }
  ~Keygen() { std::filesystem::remove_all(dir_); }
  Keygen(const Keygen&) = delete;
  Keygen& operator=(const Keygen&) = delete;

  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  // `type`: as for -t, "ecdsa -b 384".
  void make(const std::string& name, const std::string& type = "ed25519") const {
    shell("ssh-keygen -q -N '' -C '' -t " + type + " -f " + path(name));
  }

  // "ssh-ed25519 AAAA…"
  std::string line(const std::string& name) const {
    std::ifstream file(path(name) + ".pub");
    std::string type;
    std::string base64;
    file >> type >> base64;
    return type + ' ' + base64;
  }
  std::vector<std::uint8_t> blob(const std::string& name) const {
    const auto text = line(name);
    return text::from_base64(text.substr(text.find(' ') + 1)).value_or(std::vector<std::uint8_t>());
  }
  HostKey key(const std::string& name) const { return parse_host_key(blob(name)).value(); }

  // The blob of NAME-cert.pub, made with "-s CA" and `options`, "-h -n example.com".
  std::vector<std::uint8_t> certify(const std::string& name, const std::string& authority,
                                    const std::string& options) const {
    std::filesystem::remove(path(name) + "-cert.pub");
    shell("ssh-keygen -q -I 'the id' -s " + path(authority) + ' ' + options + ' ' + path(name) + ".pub");
    return blob(name + "-cert");
  }

 private:
  std::filesystem::path dir_;
};

}  // namespace towline::ssh
