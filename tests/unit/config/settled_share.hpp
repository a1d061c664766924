// An environment with a -S, read and settled.
#pragma once

#include "settled.hpp"

#include <string>
#include <utility>
#include <vector>

namespace towline::config {

using Lines = std::vector<std::string>;

inline const Paths usual_paths{
    {"/id_rsa", a_file()}, {"/state", a_folder(true)}, {"/keys", a_file()},
    {"/ca", a_file()},     {"/passwords", a_file()},   {"/a", a_file()},
    {"/b", a_file()},      {"/users", a_folder(true)}, {"/etc/ssl/certs/ca-certificates.crt", a_file()}};

// A -S with a folder to keep things in, and whatever a test is about.
inline Settled shared(Env::Values values, Paths paths = usual_paths) {
  values.try_emplace("SSH_MODE", "-S");
  values.try_emplace("SSH_KNOWN_HOSTS", "host ssh-ed25519 AAAA");
  paths["/users"].readable = true;
  return settled(std::move(values), paths);
}

inline Lines said(const Settled& result) {
  auto lines = result.problems();
  for (const auto& warning : result.warnings()) lines.push_back("warning: " + warning);
  return lines;
}

inline std::string methods(const Settled& result) {
  const auto& login = result.config().endpoint.ssh.login;
  return std::string(login.publickey ? "P" : "") + (login.password ? "W" : "") + (login.none ? "N" : "");
}

}  // namespace towline::config
