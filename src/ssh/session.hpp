// An authenticated SSH connection: opens channels, lets the server listen, keeps itself alive, says why it
// ended.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/channel.hpp"
#include "ssh/channel_state.hpp"
#include "ssh/connection/keepalive.hpp"
#include "ssh/link.hpp"
#include "ssh/options.hpp"
#include "ssh/remote_listener.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// What a session tells while it lives; called on its io_context.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void on_received(std::chrono::steady_clock::time_point when) = 0;  // once for each turn with bytes
  virtual void on_keepalive_sent() = 0;
  virtual void on_keepalive_missed() = 0;
  virtual void on_round_trip(std::chrono::steady_clock::duration time) = 0;
  // Messages to be shown to people (ServerWords::quoted()); what comes with the end of the session is in its
  // failure.
  virtual void on_words(const std::string& /*said*/) {}
  virtual void on_unmatched(const connection::UnmatchedChannel& channel) = 0;
};

// Not thread-safe; everything runs on one io_context. Channels and listeners must be given up before it is
// destroyed.
class Session final : private Transport::Receiver {
 public:
  // `transport` has finished its handshake and authentication; `observer` outlives the session.
  Session(const asio::any_io_executor& executor, std::unique_ptr<Transport> transport,
          const KeepaliveOptions& keepalive, SessionObserver& observer);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Carries the traffic until the session is over and returns why: errc::session_closed after close(), or the
  // failure. Channels, listeners and open() fail with the same reason. Run it once, and for the whole life of
  // the session.
  Task<Failure> run();

  // Errors: open_*, open_timeout, the session's failure, operation_aborted; the detail has the server's
  // words.
  Task<Result<Channel>> open(connection::OpenRequest request, Deadline deadline);

  // Errors: forward_refused, forward_timeout, the session's failure, operation_aborted.
  Task<Result<RemoteListener>> listen(connection::ListenAddress address, Deadline deadline);

  // Waits until the server has closed every channel: it does so only when it has handed on what it was sent.
  // Returns at `deadline` or the end of the session as well.
  Task<> wait_channels_closed(Deadline deadline);

  // Says goodbye to the server; run() returns when that is sent, or at `deadline`.
  Task<> close(Deadline deadline);

  // Asks the server for a sign of life now: after a change of the network, a path that is gone shows itself
  // when something is sent.
  void check();

  const Transport& transport() const { return link_.transport(); }
  std::size_t channels() const { return link_.mux().channels(); }

 private:
  void on_message(connection::Bytes message, std::uint32_t sequence) override;
  void handle(const connection::IncomingChannel& event);
  void handle(const connection::UnmatchedChannel& event) { observer_.on_unmatched(event); }
  void handle(const connection::ChannelOpened& event);
  void handle(const connection::ChannelRefused& event);
  void handle(const connection::ChannelData& event);
  void handle(const connection::ChannelExtendedData& event);
  void handle(const connection::ChannelWindow& event);
  void handle(const connection::ChannelEof& event);
  void handle(const connection::ChannelClosed& event);
  void handle(const connection::ListenReply& event);
  void handle(const connection::ListenCancelled& event);
  void handle(const connection::KeepaliveReply& event);
  void handle(const connection::Ignored&) {}
  void handle(const connection::ChannelExit&) {}
  void handle(const connection::ChannelReply&) {}

  ChannelState* find(connection::ChannelId id);
  Task<Failure> read_loop();
  Task<Failure> watch_loop();
  Task<Failure> until_closed();
  void look_at_path();
  void end_turn();
  void end(const Failure& why);

  asio::any_io_executor executor_;
  mutable Link link_;
  KeepaliveOptions keepalive_options_;
  SessionObserver& observer_;
  ChannelTable channels_;
  std::vector<ChannelState*> in_turn_;  // given data since the turn began; empty between two turns
  std::map<connection::ListenId, std::shared_ptr<ListenState>> listens_;
  connection::PathTime path_;
  std::chrono::steady_clock::time_point path_due_{};  // to be asked for again
  std::optional<Failure> violation_;                  // the peer broke the connection protocol
  std::optional<Failure> end_;
  std::chrono::steady_clock::time_point keepalive_sent_;
  Event last_channel_closed_;
  bool closing_ = false;
  Event closed_;
};

}  // namespace towline::ssh
