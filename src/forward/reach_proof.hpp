// Goes and looks whether others reach a listener of -R: a connection from the server to its own address,
// which has to come back to us.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/task.hpp"
#include "forward/reach.hpp"
#include "forward/spec.hpp"
#include "ssh/client/remote_listener.hpp"
#include "ssh/client/session.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace towline::forward {

// Not thread-safe; use on the session's io_context. `session` outlives it.
class ReachProof {
 public:
  // Somebody else's connection that was held for a moment, and whether its channel is accepted already.
  using Return = std::function<void(ssh::Incoming incoming, bool accepted)>;

  ReachProof(const asio::any_io_executor& executor, ssh::Session& session, Return give_back)
      : session_(session), give_back_(std::move(give_back)), changed_(executor) {}

  // Every connection of the listener has to pass here while run() does. True: it may be ours, and is taken.
  // Where others may use the listener, one that comes from elsewhere than the server itself cannot be.
  bool take(ssh::Incoming& incoming, bool others_may_come);

  // At most 2 s for each of two addresses; nothing when the session is over, or when cancelled.
  Task<std::optional<Reach>> run(const ForwardSpec& spec, const std::string& server_address,
                                 std::uint16_t bound_port);

 private:
  Task<std::optional<ReachAnswer>> attempt(net::HostPort where);
  Task<bool> comes_back(Deadline deadline);
  void stop_waiting();

  ssh::Session& session_;
  Return give_back_;
  Event changed_;  // the next two
  std::optional<net::HostPort> awaited_;
  std::deque<ssh::Incoming> candidates_;
  std::string word_;  // what our connection says, and nobody else
};

}  // namespace towline::forward
