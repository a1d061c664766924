// How clients log in to an endpoint.
#pragma once

#include "ssh/keys/algorithm_policy.hpp"
#include "ssh/keys/text_source.hpp"

#include <chrono>
#include <string>

namespace towline::ssh {

// Which methods are offered is settled here, not by what the files hold at the moment: a file that is empty
// or cannot be read lets nobody in, and changes nothing else.
struct LoginOptions {
  bool publickey = false;
  bool password = false;  // and keyboard-interactive
  bool none = false;      // everybody; for loopback and unix sockets
  bool service = false;   // an HTTP service is asked where nobody here says yes

  // Signature algorithms, "rsa-sha2-512"; those of certificates with them. The default are all that can be
  // verified.
  AlgorithmNames key_algorithms = algorithm_names(host_key_names);
  int tries_max = 6;                       // sshd's MaxAuthTries
  std::chrono::seconds login_timeout{20};  // sshd's LoginGraceTime, kept by the owner

  // Where it comes from, for whoever reads it.
  TextSource authorized_keys{};  // a folder: one file for each user
  TextSource authorities{};
  TextSource passwords{};
  TextSource banner{};
};

// New clients while others are still logging in (sshd's MaxStartups).
struct StartOptions {
  unsigned begin = 10;  // from so many on some are turned away, by chance
  unsigned rate = 30;   // percent of them, at first
  unsigned full = 64;   // and from here on all
};

// How long a source is left out (sshd's PerSourcePenalties, of 9.8 and later).
struct PenaltyOptions {
  std::chrono::milliseconds authentication_failed{5'000};
  std::chrono::milliseconds no_authentication{1'000};
  std::chrono::milliseconds grace_exceeded{10'000};
  std::chrono::milliseconds min{15'000};   // what is not more than this is added up, and not yet kept
  std::chrono::milliseconds max{600'000};  // and nothing grows beyond
  unsigned sources_max = 4'096;            // of each family; beyond, whoever is free again first is forgotten
};

}  // namespace towline::ssh
