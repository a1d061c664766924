// A share between clients and servers, all of them in memory.
#pragma once

#include "doubles/packets_pair.hpp"
#include "observe/metrics.hpp"
#include "share/share.hpp"
#include "unit/ssh/session/both_roles.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace towline::share {

// A server, and a session with it.
struct Upstreaming {
  explicit Upstreaming(Turns& t)
      : turns(t),
        pair(t.io.get_executor()),
        session(t.io.get_executor(), pair.client(), ssh::never_asks, std::chrono::hours(1), observer),
        server(t.io.get_executor(), pair.server(),
               {.keepalive = ssh::never_asks, .answer_timeout = std::chrono::hours(1)}, role, observer),
        connections(t.io.get_executor()),
        alone(t.io.get_executor()) {
    t.begin(session.run(), session_ended);
    t.begin(server.run(), server_ended);
  }

  Turns& turns;
  doubles::PacketsPair pair;
  ssh::Unobserved observer;
  ssh::ServerRole role;
  ssh::Session session;
  ssh::Connection server;
  TaskGroup connections;
  TaskGroup alone;
  std::size_t answered = 0;
  std::optional<bool> closed;
  std::optional<Failure> session_ended;
  std::optional<Failure> server_ended;
};

// A client of the endpoint that has logged in.
struct Guest {
  Guest(Turns& t, Share& share, std::uint64_t id, ssh::Permissions permissions = {})
      : slot(std::make_shared<observe::ClientSlot>(observe::ClientTraits{
            .id = id, .user = {}, .address = {}, .method = {}, .fingerprint = {}, .since = {}})),
        pair(t.io.get_executor()),
        session(std::in_place, t.io.get_executor(), pair.client(), ssh::never_asks, std::chrono::hours(1),
                observer) {
    t.begin(share.serve(pair.server(), std::move(permissions), slot), served);
    t.begin(session->run(), ended);
  }

  std::shared_ptr<observe::ClientSlot> slot;  // where it is seen
  doubles::PacketsPair pair;
  ssh::Unobserved observer;
  std::optional<ssh::Session> session;
  std::optional<ssh::Gone> served;
  std::optional<bool> closed;
  std::optional<Failure> ended;
};

class ShareTest : public testing::Test, protected Turns {
 protected:
  explicit ShareTest(const Options& options = {})
      : share_(io.get_executor(), spec_, options, connection_, metrics_.forward("share"), clients_, log_) {
    begin(run(share_), ran_);
  }
  ~ShareTest() override { stop(); }

  void stop() {
    asio::post(io, [this] {
      for (auto& upstream : upstreams_) {
        upstream.connections.cancel();
        upstream.alone.cancel();
      }
    });
    Turns::stop();
  }

  static Task<bool> run(Share& share) {
    co_await share.run();
    co_return true;
  }

  forward::Ride ride(Upstreaming& upstream) {
    return {upstream.session, upstream.connections, report_, std::chrono::hours(1)};
  }
  Upstreaming& board() {
    auto& upstream = upstreams_.emplace_back(static_cast<Turns&>(*this));
    share_.board(ride(upstream), [this] { return another(); });
    upstream.alone.spawn(share_.run_alone(ride(upstream)));
    turn();
    return upstream;
  }
  Task<ssh::Attempt> another() {
    ++others_;
    co_return ssh::Attempt{{}, Failure(ssh::errc::connect_timeout)};
  }

  Guest& join() { return guests_.emplace_back(static_cast<Turns&>(*this), share_, guests_.size() + 1); }

  // Its session is over, as by a network that is gone.
  void lose(Upstreaming& upstream) {
    begin(close(upstream.session), upstream.closed);
    turn();
    share_.leave(ride(upstream));
    asio::post(io, [&] {
      upstream.connections.cancel();
      upstream.alone.cancel();
    });
    turn();
  }
  template <class Session>
  static Task<bool> close(Session& session) {
    co_await session.close(ssh::much_later());
    co_return true;
  }
  // The server says yes to the oldest request to listen that it has not answered.
  static void answer_listen(Upstreaming& upstream, std::optional<std::uint16_t> port) {
    ssh::connection::Answer answer{.success = true};
    if (port)
      answer.payload = {0, 0, static_cast<std::uint8_t>(*port >> 8U), static_cast<std::uint8_t>(*port)};
    upstream.server.answer(*upstream.role.requests.at(upstream.answered++).id, answer);
  }
  void grant(Upstreaming& upstream, std::optional<std::uint16_t> port) {
    answer_listen(upstream, port);
    turn();
  }

  std::optional<Result<ssh::Channel>>& open(Guest& guest, ssh::connection::OpaqueChannel what) {
    auto& opened = channels_.emplace_back();
    begin(guest.session->open(std::move(what), ssh::much_later()), opened);
    turn();
    return opened;
  }
  void leave(Guest& guest) {
    begin(close(*guest.session), guest.closed);
    turn();
    guest.session.reset();
    turn();
  }

  const forward::ForwardSpec spec_{.name = "share"};
  const ssh::Connection::Options connection_{.keepalive = ssh::never_asks,
                                             .answer_timeout = std::chrono::hours(1)};
  const observe::ForwardTraits traits_{
      .name = "share", .mode = "share", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
  observe::Log log_{observe::Options{}, [](std::string_view) {}};
  observe::Metrics metrics_{observe::BuildInfo{}, {traits_}, log_};
  endpoint::ClientMetrics clients_;
  observe::Board board_;
  observe::ForwardSlot& slot_ = board_.add_forward(traits_, board_.add_pulse("session"));
  forward::Report report_{spec_, metrics_.forward("share"), slot_, log_};
  std::deque<Upstreaming> upstreams_;
  Share share_;
  std::deque<Guest> guests_;
  std::deque<std::optional<Result<ssh::Channel>>> channels_;
  std::deque<std::optional<Result<ssh::RemoteListener>>> listens_;
  std::optional<std::optional<Result<ssh::Incoming>>> incoming_;
  std::optional<bool> ran_;
  int others_ = 0;
};

}  // namespace towline::share
