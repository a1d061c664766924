// An SSH agent behind a unix socket (SSH_AUTH_SOCK): its keys, and signatures by them. Never blocks the loop.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/auth/client/agent_messages.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace towline::ssh {

// One connection, for one request at a time. Errors of all: agent_unreachable (no socket, no answer before
// the deadline, a connection that broke), agent_failed (it refused, or spoke no sense); operation_aborted
// when cancelled. The detail names the socket.
class Agent {
 public:
  static Task<Result<Agent>> connect(std::string path, Deadline deadline);

  // agent_empty where there is none.
  Task<Result<std::vector<AgentKey>>> keys(Deadline deadline);

  // `algorithm` is the signature's, "rsa-sha2-512" for a certificate of an RSA key too. An agent may ask a
  // person first, so this may take until the deadline.
  Task<Result<std::vector<std::uint8_t>>> sign(Bytes key, Bytes data, std::string_view algorithm,
                                               Deadline deadline);

 private:
  using Socket = asio::local::stream_protocol::socket;

  Agent(Socket socket, std::string path) : socket_(std::move(socket)), path_(std::move(path)) {}
  Task<Result<std::vector<std::uint8_t>>> ask(text::SecretBytes request, Deadline deadline);
  Failure failed(const char* why) const;

  Socket socket_;
  std::string path_;
};

}  // namespace towline::ssh
