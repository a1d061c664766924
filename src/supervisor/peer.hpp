// Whom a failure is about, in the words of operators: the server, or a jump host on the way to it. Pure.
#pragma once

#include "net/host_port.hpp"
#include "ssh/client/options.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace towline::supervisor {

struct Peer {
  net::HostPort address;
  const std::string& user;
  const ssh::Credentials& credentials;
  const ssh::Options& options;  // what all of them share
  std::string name = "the server";
  std::string sshd_config = "the server's sshd_config";
  std::string beyond = "the target as seen from the server, which also resolves its name";
  std::string there = "there";
  std::string host_variable = "SSH_REMOTE_HOST";
  std::string address_variables = "SSH_REMOTE_HOST and SSH_REMOTE_PORT";
  std::string user_variable = "SSH_REMOTE_USER";
  std::string key_variable = "SSH_KEY_FILE";
  bool passwords = true;  // SSH_PASSWORD is for this one
};

// The server, or options.jump_hosts[*jump_host] on the way to it. The options outlive it.
Peer peer_of(const net::HostPort& server, const ssh::Options& options,
             std::optional<std::size_t> jump_host = {});

// The sentence with what {user}, {server}, {address} and their like are for this one.
std::string filled(std::string_view sentence, const Peer& peer);

}  // namespace towline::supervisor
