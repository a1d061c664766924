// An authenticated SSH connection in either role: carries its channels, keeps itself alive, says why it
// ended.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/connection/keepalive.hpp"
#include "ssh/connection/options.hpp"
#include "ssh/session/channel.hpp"
#include "ssh/session/channel_state.hpp"
#include "ssh/session/link.hpp"
#include "ssh/session/owed.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::ssh {

// What a connection tells while it lives; called on its io_context.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  virtual void on_received(std::chrono::steady_clock::time_point when) = 0;  // once for each turn with bytes
  virtual void on_keepalive_sent() = 0;
  virtual void on_keepalive_missed() = 0;
  virtual void on_round_trip(std::chrono::steady_clock::duration time) = 0;
  // Messages to be shown to people (PeerWords::quoted()); what comes with the end of the session is in its
  // failure.
  virtual void on_words(const std::string& /*said*/) {}
};

// Not thread-safe; everything runs on one io_context. Channels must be given up before it is destroyed.
class Connection final : private Packets::Receiver {
 public:
  // What a role makes of what the peer offers and asks for; called from inside run(). A failure is the peer's
  // violation of the protocol, and ends the connection.
  class Role {
   public:
    virtual ~Role() = default;
    // accept() or refuse() the channel, now or later; whoever gives it up refuses it.
    virtual Result<> on_offered(Channel channel, const connection::ChannelOffered& offered) = 0;
    // Too many, and refused already.
    virtual void on_offer_refused(const connection::OfferRefused& refused) = 0;
    // With an id: answer() it, now or later.
    virtual Result<> on_global_request(const connection::GlobalRequest& request) = 0;
    // To a global_request() of the role.
    virtual Result<> on_global_reply(const connection::GlobalReply& reply) = 0;
    virtual void on_end(const Failure& why) = 0;
  };

  struct Options {
    KeepaliveOptions keepalive{};
    // What the peer owes (the end of a key exchange, an answer) it has to give within this time, whatever
    // else it says.
    std::chrono::milliseconds answer_timeout{15'000};
    connection::WindowLimits windows{};
    std::size_t channels_max = 16384;
  };

  // `packets` are authenticated; `role` and `observer` outlive the connection.
  Connection(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets, const Options& options,
             Role& role, ConnectionObserver& observer);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Carries the traffic until the connection is over and returns why: errc::session_closed after close(), or
  // the failure. Channels and open() fail with the same reason. Run it once, and for the whole life of the
  // connection.
  Task<Failure> run();

  // `asked`, if any, hears from the first moment what the peer asks for on the channel. Errors: open_*,
  // open_timeout, the connection's failure, operation_aborted; the detail has the peer's words.
  Task<Result<Channel>> open(connection::OpenRequest request, Deadline deadline,
                             Channel::Asked* asked = nullptr);

  // As Mux's; the reply is the role's to hear.
  std::optional<connection::RequestId> global_request(std::string_view name, bool want_reply,
                                                      Bytes payload = {});
  void answer(connection::RequestId id, connection::Answer answer);

  // Waits until the peer has closed every channel: it does so only when it has handed on what it was sent.
  // Returns at `deadline` or the end of the connection as well.
  Task<> wait_channels_closed(Deadline deadline);

  // Says goodbye, in these words; run() returns when that is sent, or at `deadline`.
  Task<> close(Deadline deadline, std::string words = "towline is leaving");

  // Asks the peer for a sign of life now: after a change of the network, a path that is gone shows itself
  // when something is sent.
  void check();
  // The same, for one that has not answered a request in time: it has to answer this one within
  // answer_timeout.
  void doubt();

  // Over: nothing can be asked for any more.
  const std::optional<Failure>& end() const { return end_; }
  const asio::any_io_executor& executor() const { return executor_; }
  Link& link() { return link_; }
  const Packets& packets() const { return link_.packets(); }
  std::size_t channels() const { return link_.mux().channels(); }

 private:
  void on_message(Bytes message, std::uint32_t sequence) override;
  void on_expiry() override { hand_over(); }
  Result<> handle(const connection::ChannelOffered& event);
  Result<> handle(const connection::OfferRefused& event);
  Result<> handle(const connection::ChannelOpened& event);
  Result<> handle(const connection::ChannelRefused& event);
  Result<> handle(const connection::ChannelData& event);
  Result<> handle(const connection::ChannelExtendedData& event);
  Result<> handle(const connection::ChannelWindow& event);
  Result<> handle(const connection::ChannelEof& event);
  Result<> handle(const connection::ChannelClosed& event);
  Result<> handle(const connection::ChannelRequest& event);
  Result<> handle(const connection::ChannelReply& event);
  Result<> handle(const connection::GlobalRequest& event) { return role_.on_global_request(event); }
  Result<> handle(const connection::GlobalReply& event);
  Result<> handle(const connection::Ignored&) { return {}; }

  ChannelState* find(connection::ChannelId id);
  ChannelState* caught_up(connection::ChannelId id);
  Task<Failure> read_loop();
  Task<Failure> watch_loop();
  Task<Failure> until_closed();
  static Task<Failure> until_overdue(Owed& owed, errc otherwise);
  void look_at_path();
  void took_round_trip(std::chrono::steady_clock::duration time);
  void look_at_key_exchange();
  void hand_over();
  void finish(const Failure& why);

  asio::any_io_executor executor_;
  mutable Link link_;
  KeepaliveOptions keepalive_options_;
  Role& role_;
  ConnectionObserver& observer_;
  ChannelTable channels_;
  std::vector<connection::ChannelId>
      arrived_;  // channels whose takers have not been given all; empty between two turns
  connection::PathTime path_;
  std::chrono::steady_clock::time_point path_due_{};  // to be asked for again
  std::optional<Failure> violation_;                  // the peer broke the connection protocol
  std::optional<Failure> end_;
  std::deque<connection::RequestId> keepalives_;  // not answered yet
  std::chrono::steady_clock::time_point keepalive_sent_;
  Owed key_exchange_;
  unsigned key_exchanges_ = 0;
  Owed answer_;  // to any request: after one that was not answered in time
  Event last_channel_closed_;
  bool closing_ = false;
  Event closed_;
};

}  // namespace towline::ssh
