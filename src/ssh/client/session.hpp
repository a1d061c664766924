// An authenticated SSH connection to a server: opens channels, lets the server listen, keeps itself alive,
// says why it ended.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/client/listen_requests.hpp"
#include "ssh/client/remote_listener.hpp"
#include "ssh/session/connection.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string_view>

namespace towline::ssh {

// What a session tells while it lives; called on its io_context.
class SessionObserver : public ConnectionObserver {
 public:
  virtual void on_unmatched(const UnmatchedChannel& channel) = 0;
};

// The client's role of a Connection, which see. Channels and listeners must be given up before it is
// destroyed.
class Session final : private Connection::Role {
 public:
  // `packets` have finished their handshake and authentication; `observer` outlives the session. What the
  // server owes (the end of a key exchange, an answer) it has to give within `answer_timeout`, whatever else
  // it says.
  Session(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets,
          const KeepaliveOptions& keepalive, std::chrono::milliseconds answer_timeout,
          SessionObserver& observer);

  Task<Failure> run() { return connection_.run(); }
  Task<Result<Channel>> open(connection::OpenRequest request, Deadline deadline,
                             Channel::Asked* asked = nullptr) {
    return connection_.open(std::move(request), deadline, asked);
  }
  // Errors: forward_refused, forward_timeout, the session's failure, operation_aborted.
  Task<Result<RemoteListener>> listen(ListenAddress address, Deadline deadline);
  Task<> wait_channels_closed(Deadline deadline) { return connection_.wait_channels_closed(deadline); }
  Task<> close(Deadline deadline) { return connection_.close(deadline); }
  void check() { connection_.check(); }

  Connection& connection() { return connection_; }
  const Packets& packets() const { return connection_.packets(); }
  std::size_t channels() const { return connection_.channels(); }

 private:
  Result<> on_offered(Channel channel, const connection::ChannelOffered& offered) override;
  void on_offer_refused(const connection::OfferRefused& refused) override;
  Result<> on_global_request(const connection::GlobalRequest& request) override;
  Result<> on_global_reply(const connection::GlobalReply& reply) override;
  void on_end(const Failure& why) override;

  void deliver(Channel channel, const IncomingChannel& incoming);
  void on_reply(const ListenReply& reply);
  void on_reply(const ListenCancelled& reply);

  SessionObserver& observer_;
  Connection connection_;
  ListenRequests requests_;
  std::map<ListenId, std::shared_ptr<ListenState>> listens_;
};

}  // namespace towline::ssh
