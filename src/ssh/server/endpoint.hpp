// Where clients come in: each is let in or turned away at the door, shakes hands, logs in, and is served.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "net/stream.hpp"
#include "ssh/server/admission.hpp"
#include "ssh/server/login.hpp"
#include "ssh/server/options.hpp"
#include "ssh/transport/server/server_keys.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace towline::ssh {

// Counts the clients of all endpoints of a process, so that a number is one client's. Thread-safe.
class ClientNumbers {
 public:
  std::uint64_t next() { return ++last_; }

 private:
  std::atomic<std::uint64_t> last_{0};
};

// Somebody who has connected.
struct Newcomer {
  std::uint64_t number = 0;  // of this process, from 1
  net::HostPort address{};   // empty: over a unix socket
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
};

// Why a client that had logged in is no longer served.
struct Gone {
  bool by_order = false;  // somebody has sent it away
  Failure why;
};

// What is told of clients; called on the endpoint's io_context.
class EndpointObserver {
 public:
  virtual ~EndpointObserver() = default;
  virtual void on_turned_away(const Newcomer& who, TurnedAway why) = 0;
  virtual void on_connected(const Newcomer& who) = 0;
  virtual void on_refused(const Newcomer& who, const std::string& user, const RefusedAttempt& attempt) = 0;
  // It has gone, or was sent away, before it was anybody.
  virtual void on_no_login(const Newcomer& who, const std::string& user, const NoLogin& end) = 0;
  virtual void on_login(const Newcomer& who, const LoggedIn& user, const ServerTransport& transport) = 0;
  virtual void on_gone(const Newcomer& who, const LoggedIn& user, const Gone& gone) = 0;
};

// Not thread-safe; use on one io_context. What it refers to outlives it. Cancel and join what runs before it
// goes.
class Endpoint {
 public:
  // Until the client has gone; returns why.
  using Serve =
      std::function<Task<Gone>(Newcomer who, const LoggedIn& user, std::unique_ptr<Packets> packets)>;
  // Who may log in, as the files say now.
  using Users = std::function<std::shared_ptr<const KnownUsers>()>;

  Endpoint(asio::any_io_executor executor, const EndpointOptions& options, ServerKeys& keys, Users users,
           std::string banner, LoginHelp& help, ClientNumbers& numbers, EndpointObserver& observer,
           Serve serve);

  // Takes clients in until it is cancelled. Errors of one connection are no end: they are waited out.
  Task<> accept(net::Acceptor& acceptor);

  // Those who have not logged in are sent away; ends when nobody is left.
  Task<> close();

  std::size_t guests() const { return admission_.guests(); }

 private:
  void arrived(net::Stream socket);
  Task<> receive(net::Stream socket, Newcomer who, SourceAddress source);
  Task<> keep(Admission::Guest guest, Newcomer who, LoggedIn user,
              std::unique_ptr<ServerTransport> transport);
  Task<std::optional<LoggedIn>> admit(ServerTransport& transport, const Newcomer& who,
                                      const SourceAddress& source);
  void not_admitted(const Newcomer& who, const SourceAddress& source, const std::string& user, bool attempted,
                    const NoLogin& end);

  asio::any_io_executor executor_;
  EndpointOptions options_;
  std::shared_ptr<const LoginOptions> login_;
  ServerKeys& keys_;
  Users users_;
  std::string banner_;
  LoginHelp& help_;
  ClientNumbers& numbers_;
  EndpointObserver& observer_;
  Serve serve_;
  Admission admission_;
  std::random_device random_;
  TaskGroup logins_;
  TaskGroup clients_;
};

}  // namespace towline::ssh
