#include "admin/server.hpp"

#include "admin/door.hpp"
#include "admin/http_server.hpp"
#include "async/start_thread.hpp"
#include "async/task_group.hpp"
#include "net/error.hpp"
#include "net/listen.hpp"
#include "net/unix_socket.hpp"
#include "observe/board.hpp"
#include "observe/failure_fields.hpp"
#include "observe/metrics.hpp"
#include "observe/traffic.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace towline::admin {

using observe::Steady;

namespace {

constexpr std::chrono::seconds resolve_timeout{5};
constexpr std::chrono::seconds review_interval{1};
// "trace" and a newline fit, and so does JSON's string of it.
constexpr std::uint64_t control_body_bytes_max = 64;

Limits control_limits(Limits limits) {
  limits.body_bytes_max = control_body_bytes_max;
  return limits;
}

bool only_loopback(const net::Listening& listening) {
  for (const auto& acceptor : listening.acceptors) {
    error_code gone;
    if (!acceptor.local_endpoint(gone).address().is_loopback()) return false;
  }
  return true;
}

Door door_of(const net::Listening& listening, const net::HostPort& where) {
  return {only_loopback(listening) ? Reach::loopback : Reach::others, where.host};
}

}  // namespace

class Server::Loop {
 public:
  explicit Loop(Server& server);

  Result<> bind();
  Result<> run();
  void stop();
  std::uint16_t port() const { return port_; }
  std::uint16_t control_port() const { return control_port_; }

 private:
  Result<> bind_health(const net::HostPort& where);
  Result<> bind_control(const ControlOptions& where);
  Result<net::Listening> listen(const net::HostPort& where);
  Task<> try_listen(net::HostPort where, Result<net::Listening>& result);
  Task<> review();
  Task<> watch_traffic();
  void not_accepted(const error_code& why);
  View look() const;

  Server& server_;
  asio::io_context io_{1};
  TaskGroup tasks_;
  net::Resolver resolver_;
  std::uint16_t port_ = 0;
  std::uint16_t control_port_ = 0;
  Door health_door_;
  Door control_door_;
  net::SocketFile socket_file_;
  std::vector<Acceptor> health_acceptors_;
  std::vector<Acceptor> control_acceptors_;
  HttpServer health_;
  HttpServer control_;
  observe::TrafficHistory traffic_;
  bool stopping_ = false;
  std::thread thread_;
};

Server::Loop::Loop(Server& server)
    : server_(server),
      tasks_(io_.get_executor()),
      health_(
          io_.get_executor(), server.limits_,
          [this](const Request& asked) {
            return is_foreign(asked, health_door_) ? refuse_foreign() : respond(asked, look());
          },
          [this](observe::HttpHandler handler, unsigned status) {
            server_.metrics_.http_answered(handler, status);
          },
          [this](const error_code& why) { not_accepted(why); }),
      control_(
          io_.get_executor(), control_limits(server.limits_),
          [this](const Request& asked) {
            return is_foreign(asked, control_door_) ? refuse_foreign()
                                                    : respond_control(asked, server_.orders_);
          },
          {}, [this](const error_code& why) { not_accepted(why); }) {}

Result<> Server::Loop::bind() {
  if (const auto& where = server_.options_.listen) {
    if (auto bound = bind_health(*where); !bound) return bound;
  }
  return bind_control(server_.control_);
}

Result<> Server::Loop::bind_health(const net::HostPort& where) {
  auto listening = listen(where);
  if (!listening) return listening.error();
  port_ = listening->port;
  health_door_ = door_of(*listening, where);
  for (auto& acceptor : listening->acceptors) health_acceptors_.emplace_back(std::move(acceptor));
  return {};
}

Result<> Server::Loop::bind_control(const ControlOptions& where) {
  if (!where.path.empty()) {
    control_door_ = {Reach::unix_socket};
    auto listening = net::listen_unix(io_.get_executor(), where.path, {});
    // Left by one that was killed; nobody listens there.
    if (!listening && listening.error().code == net::errc::stale_socket)
      listening = net::listen_unix(io_.get_executor(), where.path, {.unlink = true});
    if (!listening) return listening.error();
    socket_file_ = std::move(listening->file);
    control_acceptors_.emplace_back(std::move(listening->acceptor));
  } else if (where.listen) {
    auto listening = listen(*where.listen);
    if (!listening) return listening.error();
    control_door_ = door_of(*listening, *where.listen);
    if (control_door_.reach != Reach::loopback) {
      return Failure(asio::error::access_denied,
                     net::to_string(*where.listen) + " is not a loopback address");
    }
    control_port_ = listening->port;
    for (auto& acceptor : listening->acceptors) control_acceptors_.emplace_back(std::move(acceptor));
  }
  return {};
}

Result<net::Listening> Server::Loop::listen(const net::HostPort& where) {
  Result<net::Listening> result;
  tasks_.spawn(try_listen(where, result));
  io_.run();
  io_.restart();
  return result;
}

Task<> Server::Loop::try_listen(net::HostPort where, Result<net::Listening>& result) {
  const auto deadline = Steady::now() + resolve_timeout;
  result = co_await net::listen(std::move(where), resolver_, deadline);
}

Result<> Server::Loop::run() {
  for (auto& acceptor : health_acceptors_) health_.serve(std::move(acceptor));
  for (auto& acceptor : control_acceptors_) control_.serve(std::move(acceptor));
  tasks_.spawn(review());
  tasks_.spawn(watch_traffic());
  auto thread = start_thread([this] { io_.run(); });
  if (!thread) return thread.error();
  thread_ = std::move(*thread);
  return {};
}

void Server::Loop::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    stopping_ = true;
    tasks_.cancel();
    health_.stop();
    control_.stop();
  });
  thread_.join();
}

// A deadline can pass without any session publishing it.
Task<> Server::Loop::review() {
  asio::steady_timer timer(io_);
  while (!stopping_) {
    server_.board_.attend();
    server_.board_.review();
    timer.expires_after(review_interval);
    co_await timer.async_wait(as_result);
  }
}

Task<> Server::Loop::watch_traffic() {
  asio::steady_timer timer(io_);
  while (!stopping_) {
    traffic_.note(Steady::now(), server_.metrics_.totals());
    timer.expires_after(observe::traffic_interval);
    co_await timer.async_wait(as_result);
  }
}

void Server::Loop::not_accepted(const error_code& why) {
  server_.metrics_.http_accept_failed();
  const bool shortage = net::is_resource_shortage(why);
  std::vector<observe::Field> reason;
  if (shortage) reason.emplace_back("reason", to_string(observe::SetupFailure::resource_shortage));
  server_.log_.repeatable().write(
      observe::Level::warn, "admin.not_accepted",
      "could not accept a client of the admin or the control port",
      observe::FailureFields(std::move(reason), Failure(why), shortage ? net::resource_shortage_hint : ""));
}

View Server::Loop::look() const {
  View seen;
  seen.facts = server_.board_.snapshot();
  seen.build = server_.metrics_.build();
  for (const auto& forward : seen.facts.forwards) {
    const std::string& name = forward.traits->name;
    seen.totals.emplace(name, server_.metrics_.forward(name).totals());
  }
  seen.traffic = traffic_.rates();
  seen.metrics = [this, facts = seen.facts](observe::Exposition format) {
    return server_.metrics_.expose(facts, format);
  };
  return seen;
}

Server::Server(Options options, observe::Board& board, observe::Metrics& metrics, const observe::Log& log,
               Limits limits)
    : options_(std::move(options)), board_(board), metrics_(metrics), log_(log), limits_(limits) {}

Server::~Server() { stop(); }

void Server::take_orders(ControlOptions where, ControlOrders orders) {
  control_ = std::move(where);
  orders_ = std::move(orders);
}

Result<> Server::start() {
  const bool controlled = control_.listen || !control_.path.empty();
  if (!options_.listen && !controlled) return {};
  auto loop = std::make_unique<Loop>(*this);
  if (auto bound = loop->bind(); !bound) return bound.error();
  loop_ = std::move(loop);
  return loop_->run();
}

void Server::stop() {
  if (!loop_) return;
  loop_->stop();
  loop_.reset();
}

std::uint16_t Server::port() const { return loop_ ? loop_->port() : 0; }
std::uint16_t Server::control_port() const { return loop_ ? loop_->control_port() : 0; }

}  // namespace towline::admin
