// A client of the endpoint after its login: what it asks for is allowed or refused here, and handed on.
#pragma once

#include "endpoint/client_metrics.hpp"
#include "observe/endpoint_slot.hpp"
#include "observe/forward_metrics.hpp"
#include "relay/tap.hpp"
#include "share/options.hpp"
#include "share/wanted.hpp"
#include "ssh/auth/server/permissions.hpp"
#include "ssh/client/listens.hpp"
#include "ssh/session/connection.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace towline::share {

// Does what clients ask for. On their io_context.
class Host {
 public:
  virtual ~Host() = default;

  // A channel to the server.
  virtual void want(std::shared_ptr<Client> client, ssh::Channel offered,
                    ssh::connection::OpaqueChannel what) = 0;
  // A listener on the server, or its end. With an id: answer() it.
  virtual void listen(std::shared_ptr<Client> client, ssh::ListenAddress address,
                      std::optional<ssh::connection::RequestId> id) = 0;
  virtual void cancel(const Client& client, const ssh::ListenAddress& address,
                      std::optional<ssh::connection::RequestId> id) = 0;
};

// Shared by what carries its channels, which it outlives. Not thread-safe; use on its io_context.
class Client final : public std::enable_shared_from_this<Client>,
                     private ssh::Connection::Role,
                     private ssh::ConnectionObserver {
 public:
  // `packets` have logged in; `host` outlives the client. `slot`: where it is seen.
  Client(const asio::any_io_executor& executor, std::unique_ptr<ssh::Packets> packets,
         const ssh::Connection::Options& options, const Allowed& allowed, ssh::Permissions permissions,
         std::shared_ptr<observe::ClientSlot> slot, Host& host);

  // Until the client has gone, or close(). Once.
  Task<Failure> run() { return connection_.run(); }
  Task<> close(Deadline deadline) { return connection_.close(deadline); }
  // The same, by an order from here.
  Task<> send_away(Deadline deadline);
  bool is_sent_away() const { return sent_away_; }

  ssh::Connection& connection() { return connection_; }
  const ssh::Permissions& permissions() const { return permissions_; }
  observe::ClientSlot& slot() { return *slot_; }
  bool gone() const { return connection_.end().has_value(); }
  void answer(std::optional<ssh::connection::RequestId> id, ssh::connection::Answer answer);

  // Listeners that it has, waits for, or that are being given back.
  std::size_t listens = 0;

 private:
  Result<> on_offered(ssh::Channel channel, const ssh::connection::ChannelOffered& offered) override;
  void on_offer_refused(const ssh::connection::OfferRefused&) override {}
  Result<> on_global_request(const ssh::connection::GlobalRequest& request) override;
  Result<> on_global_reply(const ssh::connection::GlobalReply&) override { return {}; }
  void on_end(const Failure&) override {}
  void on_received(std::chrono::steady_clock::time_point) override {}
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(std::chrono::steady_clock::duration) override {}

  std::string refusal(const ssh::connection::ChannelOffered& offered) const;
  Result<> on_listen(const ssh::connection::GlobalRequest& request, bool is_unix, bool cancels);
  bool may_listen(const ssh::ListenAddress& address) const;

  Allowed allowed_;
  ssh::Permissions permissions_;
  std::shared_ptr<observe::ClientSlot> slot_;
  Host& host_;
  bool no_more_sessions_ = false;  // as the client has asked
  bool sent_away_ = false;
  ssh::Connection connection_;
};

// Counts what a client's channels carry, and refuses what may not be asked for on them.
class ClientTap final : public relay::Tap {
 public:
  // `is_client`: which side of the relay it is.
  ClientTap(const Client& client, relay::Side is_client, observe::ForwardMetrics& forward,
            endpoint::ClientMetrics& clients)
      : client_(client), is_client_(is_client), forward_(forward), clients_(clients) {}

  bool on_data(relay::Side from, std::uint32_t stream, ssh::Bytes data) override;
  relay::Ruling on_request(relay::Side from, std::string_view type, ssh::Bytes payload,
                           bool want_reply) override;
  std::optional<relay::OtherRequest> instead_of(relay::Side from, std::string_view type) override;

 private:
  const Client& client_;
  relay::Side is_client_;
  observe::ForwardMetrics& forward_;
  endpoint::ClientMetrics& clients_;
};

// Whether a client may ask for this on a session channel: not for X11 and an agent, whose channels come back
// without a word about whose they are. Pure.
bool may_request(std::string_view type, const ssh::Permissions& permissions);

// The command of command= or force-command, whatever was to be run: a command, a shell, a subsystem. Pure.
std::optional<relay::OtherRequest> forced(std::string_view type, const ssh::Permissions& permissions);

}  // namespace towline::share
