// A client of the entrance after its login: what it offers, what it asks for, what it is told.
#pragma once

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "expose/names/directory.hpp"
#include "expose/names/words.hpp"
#include "expose/session.hpp"
#include "expose/told.hpp"
#include "observe/endpoint_slot.hpp"
#include "ssh/auth/server/permissions.hpp"
#include "ssh/client/listens.hpp"
#include "ssh/server/login.hpp"
#include "ssh/session/connection.hpp"

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::expose {

class Client;

// Does what clients ask for. On their io_context.
class Host {
 public:
  virtual ~Host() = default;

  // A forward, or its end. With an id: answer() it.
  virtual void offer(std::shared_ptr<Client> client, net::HostPort asked,
                     std::optional<ssh::connection::RequestId> id) = 0;
  virtual void withdraw(Client& client, const net::HostPort& asked,
                        std::optional<ssh::connection::RequestId> id) = 0;
  // A channel to what another client offers (-L, -W, -J).
  virtual void call(std::shared_ptr<Client> client, ssh::Channel offered, net::HostPort target) = 0;
  // Its words have come: what it has offered before is to be served by them.
  virtual void reword(std::shared_ptr<Client> client) = 0;
  // What it can be reached by now.
  virtual std::vector<Told> exposed(const Client& client) const = 0;
};

// Shared by what carries its channels, which it outlives. Not thread-safe; use on its io_context.
class Client final : public std::enable_shared_from_this<Client>,
                     private ssh::Connection::Role,
                     private ssh::ConnectionObserver,
                     private Session::Owner {
 public:
  // `packets` have logged in as `user`; `host` outlives the client. `slot`: where it is seen.
  Client(const asio::any_io_executor& executor, std::unique_ptr<ssh::Packets> packets,
         const ssh::Connection::Options& options, const ssh::LoggedIn& user,
         std::shared_ptr<observe::ClientSlot> slot, Host& host);

  // Until it has gone, or close(). Its sessions have ended then. Once.
  Task<Failure> run();
  Task<> close(Deadline deadline, std::string words = "towline is leaving");
  // The same, by an order from here, in these words.
  Task<> send_away(Deadline deadline, std::string words);
  bool is_sent_away() const { return sent_away_; }
  bool gone() const { return connection_.end().has_value(); }

  // Asks for a sign of life, and whether there was one since, by then.
  using Sign = std::uint64_t;
  Sign ask_for_sign();
  Task<bool> is_there(Sign since, Deadline deadline);

  ClientNumber number() const { return slot_->traits().id; }
  const Account& account() const { return account_; }
  const ssh::ClientAddress& address() const { return address_; }
  const Words& words() const { return words_; }
  ssh::Connection& connection() { return connection_; }
  observe::ClientSlot& slot() { return *slot_; }

  // Connections that are carried to it.
  std::size_t visits = 0;

  void answer(std::optional<ssh::connection::RequestId> id, ssh::connection::Answer answer);
  // On each of its sessions; what went wrong is kept for the first one.
  void tell(const Told& told);

 private:
  Result<> on_offered(ssh::Channel channel, const ssh::connection::ChannelOffered& offered) override;
  void on_offer_refused(const ssh::connection::OfferRefused&) override {}
  Result<> on_global_request(const ssh::connection::GlobalRequest& request) override;
  Result<> on_global_reply(const ssh::connection::GlobalReply&) override { return {}; }
  void on_end(const Failure&) override { heard_.notify_all(); }
  void on_received(std::chrono::steady_clock::time_point) override;
  void on_keepalive_sent() override {}
  void on_keepalive_missed() override {}
  void on_round_trip(std::chrono::steady_clock::duration) override {}

  std::string take_words(std::string_view words) override;
  bool may_have_terminal() const override { return permissions_.pty; }
  void on_started(Session& session) override;

  Result<> on_forward(const ssh::connection::GlobalRequest& request, bool cancels);
  void on_call(ssh::Channel channel, const ssh::connection::ChannelOffered& offered);
  Task<> run_session(std::shared_ptr<Session> session);

  asio::any_io_executor executor_;
  Account account_;
  ssh::Permissions permissions_;
  ssh::ClientAddress address_;
  std::shared_ptr<observe::ClientSlot> slot_;
  Host& host_;
  Words words_{};
  bool has_words_ = false;
  bool no_more_sessions_ = false;  // as the client has asked
  bool sent_away_ = false;
  std::uint64_t heard_count_ = 0;
  Event heard_;
  std::list<std::shared_ptr<Session>> sessions_;
  std::deque<Told> untold_;  // until there is one
  TaskGroup tasks_;          // run() of each
  ssh::Connection connection_;
};

}  // namespace towline::expose
