#include "admin/server.hpp"

#include "admin/routes.hpp"
#include "async/start_thread.hpp"
#include "net/error.hpp"
#include "observe/board.hpp"
#include "observe/failure_fields.hpp"
#include "observe/metrics.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
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

}  // namespace

Server::Server(Options options, observe::Board& board, observe::Metrics& metrics, const observe::Log& log,
               Limits limits)
    : options_(std::move(options)),
      board_(board),
      metrics_(metrics),
      log_(log),
      tasks_(io_.get_executor()),
      health_{.http = {io_.get_executor(), limits,
                       [this](const Request& asked) {
                         return is_foreign(asked, health_.door) ? refuse_foreign() : respond(asked, look());
                       },
                       [this](observe::HttpHandler handler, unsigned status) {
                         metrics_.http_answered(handler, status);
                       },
                       [this](const error_code& why) { not_accepted(why); }}},
      control_{.http = {io_.get_executor(),
                        control_limits(limits),
                        [this](const Request& asked) {
                          return is_foreign(asked, control_.door) ? refuse_foreign()
                                                                  : respond_control(asked, orders_);
                        },
                        {},
                        [this](const error_code& why) { not_accepted(why); }}} {}

Server::~Server() { stop(); }

void Server::take_orders(ControlOptions where, ControlOrders orders) {
  control_options_ = std::move(where);
  orders_ = std::move(orders);
}

Result<> Server::start() {
  if (options_.listen) {
    if (auto bound = bind(health_, *options_.listen); !bound) return bound;
  }
  if (auto bound = bind_control(); !bound) return bound;
  if (health_.acceptors.empty() && control_.acceptors.empty()) return {};
  for (auto* listener : {&health_, &control_}) {
    for (auto& acceptor : listener->acceptors) listener->http.serve(std::move(acceptor));
  }
  tasks_.spawn(review());
  tasks_.spawn(watch_traffic());
  auto thread = start_thread([this] { io_.run(); });
  if (!thread) return thread.error();
  thread_ = std::move(*thread);
  return {};
}

void Server::stop() {
  socket_file_ = {};
  health_.port = control_.port = 0;
  asio::post(io_, [this] {
    stopping_ = true;
    tasks_.cancel();
    health_.http.stop();
    control_.http.stop();
  });
  if (thread_.joinable())
    thread_.join();
  else
    io_.run();  // what start() has begun
}

Result<> Server::bind(Listener& listener, const net::HostPort& where) {
  Result<net::Listening> listening;
  tasks_.spawn(listen(where, listening));
  io_.run();
  io_.restart();
  if (!listening) return listening.error();
  listener.door = {only_loopback(*listening) ? Reach::loopback : Reach::others, where.host};
  listener.port = listening->port;
  for (auto& acceptor : listening->acceptors) listener.acceptors.emplace_back(std::move(acceptor));
  return {};
}

Task<> Server::listen(net::HostPort where, Result<net::Listening>& result) {
  result = co_await net::listen(std::move(where), resolver_, Steady::now() + resolve_timeout);
}

Result<> Server::bind_control() {
  const auto& [where, path] = control_options_;
  if (where) {
    if (auto bound = bind(control_, *where); !bound) return bound;
    if (control_.door.reach == Reach::loopback) return {};
    return Failure(asio::error::access_denied, net::to_string(*where) + " is not a loopback address");
  }
  if (path.empty()) return {};
  auto listening = net::listen_unix(io_.get_executor(), path, {});
  // Left by one that was killed; nobody listens there.
  if (!listening && listening.error().code == net::errc::stale_socket)
    listening = net::listen_unix(io_.get_executor(), path, {.unlink = true});
  if (!listening) return listening.error();
  control_.door = {Reach::unix_socket};
  socket_file_ = std::move(listening->file);
  control_.acceptors.emplace_back(std::move(listening->acceptor));
  return {};
}

// A deadline can pass without any session publishing it.
Task<> Server::review() {
  asio::steady_timer timer(io_);
  while (!stopping_) {
    board_.attend();
    board_.review();
    timer.expires_after(review_interval);
    co_await timer.async_wait(as_result);
  }
}

Task<> Server::watch_traffic() {
  asio::steady_timer timer(io_);
  while (!stopping_) {
    traffic_.note(Steady::now(), metrics_.totals());
    timer.expires_after(observe::traffic_interval);
    co_await timer.async_wait(as_result);
  }
}

void Server::not_accepted(const error_code& why) {
  metrics_.http_accept_failed();
  const bool shortage = net::is_resource_shortage(why);
  std::vector<observe::Field> reason;
  if (shortage) reason.emplace_back("reason", to_string(observe::SetupFailure::resource_shortage));
  log_.repeatable().write(
      observe::Level::warn, "admin.not_accepted",
      "could not accept a client of the admin or the control port",
      observe::FailureFields(std::move(reason), Failure(why), shortage ? net::resource_shortage_hint : ""));
}

View Server::look() const {
  View seen;
  seen.facts = board_.snapshot();
  seen.build = metrics_.build();
  for (const auto& forward : seen.facts.forwards) {
    const std::string& name = forward.traits->name;
    seen.totals.emplace(name, metrics_.forward(name).totals());
  }
  seen.endpoints = board_.endpoints();
  seen.traffic = traffic_.rates();
  seen.metrics = [this, facts = seen.facts](observe::Exposition format) {
    return metrics_.expose(facts, format);
  };
  return seen;
}

}  // namespace towline::admin
