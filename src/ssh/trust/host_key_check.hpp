// The host key rules put to work for one server: what there is on file is read, what to ask the server for is
// chosen, what it shows is judged and remembered.
#pragma once

#include "async/result.hpp"
#include "net/host_port.hpp"
#include "ssh/trust/accepted_host_keys.hpp"
#include "ssh/trust/host_key_policy.hpp"
#include "ssh/trust/options.hpp"

#include <string>
#include <vector>

namespace towline::ssh {

// One for each session, also where it passes jump hosts: each of them is asked about with its own name and
// port. `options` and `accepted` outlive it.
class HostKeyCheck {
 public:
  // Reads the files anew. Errors: host_key_unknown when one cannot be read.
  static Result<HostKeyCheck> read(const HostKeyOptions& options, AcceptedHostKeys& accepted);

  // Lines that cannot be read, or can match nothing.
  std::vector<KnownHosts::BadLine> bad_lines() const;

  // For server_host_key_algorithms, best first.
  std::vector<std::string> algorithms(const net::HostPort& server) const;

  // Errors: those of judge_host_key().
  Result<HostKeyDecision> judge(const ShownHostKey& shown);

 private:
  HostKeyCheck(const HostKeyOptions& options, AcceptedHostKeys& accepted);
  Failure with_damage(Failure unknown) const;

  const HostKeyOptions* options_;
  AcceptedHostKeys* accepted_keys_;
  KnownHosts known_;
  KnownHosts accepted_;
};

}  // namespace towline::ssh
