// What is known about the forwards, the loops and the endpoints at one moment: plain values, made by Board,
// read by health, metrics and the admin pages.
#pragma once

#include "observe/instant.hpp"
#include "observe/ready_policy.hpp"
#include "observe/reasons.hpp"
#include "observe/session_algorithms.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::observe {

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string libssh2;
  std::string crypto;
};

// What the configuration says about a forward. Texts carry no credentials: they are shown to anyone.
struct ForwardTraits {
  std::string name;
  std::string mode;  // local, remote, dynamic
  std::string listen;
  std::string target;
  std::string server;
  bool required = true;
  std::size_t max_connections = 0;              // 0 = unlimited
  std::optional<Steady::duration> rx_deadline;  // dead after this long without a byte; nothing: never
  bool probed = false;                          // tried from end to end; only then it has series of probes
  bool published = false;                       // a service makes it public; likewise
};

struct SessionInfo {
  std::string server_software;
  SessionAlgorithms algorithms;

  bool operator==(const SessionInfo&) const = default;
};

// The key that authenticates, its public part: did the rotation arrive?
struct KeyInfo {
  std::string type;         // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:…"
  Wall::time_point loaded;
  std::optional<Wall::time_point>
      certificate_expiry;  // nothing: no certificate, or one that is valid for ever

  bool operator==(const KeyInfo&) const = default;
};

// How the last probe through a forward ended, on the session that carries it.
struct ProbeInfo {
  std::optional<ProbeFailure> failure;  // nothing: success
  std::string detail;                   // the failure in words; no secret
  Instant when;                         // its end
  Steady::duration took{};
};

// What the owner of a forward publishes at each change.
struct ForwardStatus {
  std::string server;  // of the session, or of the attempt; empty: none yet
  ForwardState state = ForwardState::resolving;
  Reason reason;                           // why it is not up
  std::string detail;                      // the cause in words; no secret
  std::string hint;                        // what to do about it
  std::uint64_t attempts = 0;              // connection attempts since the start
  std::uint64_t consecutive_failures = 0;  // since the session last stayed up long enough
  Steady::duration backoff{};              // the wait chosen before the next attempt
  std::optional<Instant> next_attempt;
  std::optional<std::uint16_t> bound_port;    // where it really listens
  std::vector<std::string> public_addresses;  // by which strangers reach it, as the service has told them
  bool host_key_verified = true;              // false: accepted without anything to compare with
  std::optional<SessionInfo> session;
  std::optional<KeyInfo> key;      // of the last attempt that got as far as loading it
  std::optional<ProbeInfo> probe;  // nothing: not probed on this session yet, or never
};

struct ForwardFacts {
  std::shared_ptr<const ForwardTraits> traits;
  std::shared_ptr<const ForwardStatus> status;
  Instant since;                                    // of the last change of state
  std::optional<Instant> up_since;                  // while the state is up
  std::uint64_t flaps = 0;                          // changes from up to anything else
  std::optional<Steady::time_point> last_received;  // of the session that carries it, the best of them
  Steady::time_point watched_since = Steady::time_point::min();  // silence from before that is not known
  std::size_t sessions = 1;                                      // that may carry it: SSH_CONNECTIONS
  std::size_t sessions_up = 0;                                   // and do
};

// A host key that an endpoint of ours shows, its public part.
struct HostKeyInfo {
  std::string type;         // "ssh-ed25519"
  std::string fingerprint;  // "SHA256:…"
  std::string known_hosts;  // the line for the file of this name
};

// A client of an endpoint, as it has logged in. Texts are cleaned: they are shown to anyone.
struct ClientTraits {
  std::uint64_t id = 0;  // no other client of the process has it; `client` in the log
  std::string user;
  std::string address;  // "192.0.2.1:4711", "unix"
  std::string method;
  std::string fingerprint;  // of its key; empty: none was asked for
  Instant since;
};

// What it has open.
struct ClientFacts {
  std::shared_ptr<const ClientTraits> traits;
  std::array<std::uint64_t, names<ChannelKind>.size()> channels{};
  std::vector<std::string> listens;  // its -R on the server, the first of them
  std::size_t listens_more = 0;
};

struct EndpointFacts {
  std::string forward;
  std::vector<std::string> listen;  // where clients connect to; nothing: nowhere at present
  std::vector<HostKeyInfo> host_keys;
  std::vector<ClientFacts> clients;  // who came first is first
  std::size_t clients_more = 0;
};

struct LoopFacts {
  std::string name;
  Steady::time_point last_beat;
};

// How many clients of endpoints have agreed on what.
using ClientCounts = std::map<SessionAlgorithms, std::size_t>;

struct Facts {
  Instant now;
  Instant process_start;
  std::vector<ForwardFacts> forwards;
  std::vector<LoopFacts> loops;                                  // those that should be turning
  Steady::time_point watched_since = Steady::time_point::min();  // that, or that one was stuck
  std::optional<ClientCounts> clients;                           // nothing: there is no endpoint
  ReadyPolicy policy;
  bool draining = false;
  bool started = false;  // was ready once
};

}  // namespace towline::observe
