#include "net/resolve.hpp"

#include "async/wait.hpp"
#include "net/error.hpp"

#include <ares.h>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <netdb.h>
#include <optional>
#include <string>
#include <utility>

namespace towline::net {

namespace {

using Clock = std::chrono::steady_clock;
using Wait = asio::posix::descriptor_base::wait_type;

constexpr int server_tries = 3;
constexpr std::chrono::seconds retry_check{1};  // when c-ares has no retry to wait for

// One question. c-ares owns the sockets; Asio only watches them. Lives in the frame of the asking coroutine;
// what outlives it are the watches, which know when it has gone.
class Query {
 public:
  Query(asio::any_io_executor executor, const ResolveOptions& options);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Ends with an answer, whose ARES_… is `status()`; or with resolve_timed_out or operation_aborted.
  Task<error_code> ask(const std::string& host, Deadline deadline);

  int status() const { return status_.value_or(ARES_ENOTINITIALIZED); }
  Endpoints endpoints(std::uint16_t port) const;

 private:
  struct Watch {
    asio::posix::stream_descriptor socket;
    Query* query;  // null once c-ares closed the socket
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };

  static void on_socket_state(void* query, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* query, int status, int timeouts, ares_addrinfo* answer);
  static void arm(const std::shared_ptr<Watch>& watch);
  static void wait(const std::shared_ptr<Watch>& watch, Wait what, bool Watch::* waiting);

  void process(ares_socket_t readable, ares_socket_t writable);
  Clock::duration until_retry() const;

  asio::any_io_executor executor_;
  asio::steady_timer wake_;  // cancelled to wake the asking coroutine
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  ares_channel channel_ = nullptr;
  std::optional<int> status_;  // set by the answer, or by a failing start
  ares_addrinfo* answer_ = nullptr;
};

Query::Query(asio::any_io_executor executor, const ResolveOptions& options)
    : executor_(std::move(executor)), wake_(executor_) {
  ares_options ares{};
  ares.timeout = static_cast<int>(options.server_timeout.count());
  ares.tries = server_tries;
  ares.sock_state_cb = &Query::on_socket_state;
  ares.sock_state_cb_data = this;
  int status =
      ares_init_options(&channel_, &ares, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status == ARES_SUCCESS && !options.servers.empty()) {
    std::string servers;
    for (const HostPort& server : options.servers) servers += to_string(server) + ',';
    servers.pop_back();
    status = ares_set_servers_ports_csv(channel_, servers.c_str());
  }
  if (status != ARES_SUCCESS) status_ = status;
}

Query::~Query() {
  if (channel_ != nullptr)
    ares_destroy(channel_);  // reports every open socket as closed, the answer as destroyed
  if (answer_ != nullptr) ares_freeaddrinfo(answer_);
}

Task<error_code> Query::ask(const std::string& host, Deadline deadline) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  if (!status_) ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Query::on_answer, this);

  for (;;) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation)) co_return asio::error::operation_aborted;
    if (status_) co_return error_code{};
    const auto now = Clock::now();
    if (now >= deadline) co_return errc::resolve_timed_out;

    wake_.expires_at(std::min(deadline, now + until_retry()));
    const auto [woken] = co_await wake_.async_wait(as_result);
    if (!woken) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

Endpoints Query::endpoints(std::uint16_t port) const {
  Endpoints found;
  if (answer_ == nullptr) return found;
  for (const ares_addrinfo_node* node = answer_->nodes; node != nullptr; node = node->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (node->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), node->ai_addr, node->ai_addrlen);
    endpoint.resize(node->ai_addrlen);
    endpoint.port(port);
    if (std::ranges::find(found, endpoint) == found.end()) found.push_back(endpoint);
  }
  return found;
}

void Query::on_socket_state(void* query, ares_socket_t socket, int readable, int writable) {
  auto& self = *static_cast<Query*>(query);
  auto& watch = self.watches_[socket];
  if (readable == 0 && writable == 0) {
    if (watch) {
      watch->query = nullptr;
      if (watch->socket.is_open()) watch->socket.release();  // c-ares closes it
    }
    self.watches_.erase(socket);
    return;
  }
  if (!watch) {
    watch = std::make_shared<Watch>(asio::posix::stream_descriptor(self.executor_), &self);
    error_code ec;
    watch->socket.assign(socket, ec);  // if it fails, c-ares runs into its own timeout
  }
  watch->wants_read = readable != 0;
  watch->wants_write = writable != 0;
  arm(watch);
}

void Query::on_answer(void* query, int status, int /*timeouts*/, ares_addrinfo* answer) {
  auto& self = *static_cast<Query*>(query);
  self.status_ = status;
  self.answer_ = answer;
  self.wake_.cancel();
}

void Query::arm(const std::shared_ptr<Watch>& watch) {
  if (watch->query == nullptr || !watch->socket.is_open()) return;
  if (watch->wants_read && !watch->reading) wait(watch, Wait::wait_read, &Watch::reading);
  if (watch->wants_write && !watch->writing) wait(watch, Wait::wait_write, &Watch::writing);
}

void Query::wait(const std::shared_ptr<Watch>& watch, Wait what, bool Watch::* waiting) {
  (*watch).*waiting = true;
  watch->socket.async_wait(what, [watch, what, waiting](error_code ec) {
    (*watch).*waiting = false;
    if (ec || watch->query == nullptr) return;
    const ares_socket_t socket = watch->socket.native_handle();
    watch->query->process(what == Wait::wait_read ? socket : ARES_SOCKET_BAD,
                          what == Wait::wait_write ? socket : ARES_SOCKET_BAD);
    arm(watch);
  });
}

void Query::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  wake_.cancel();  // the next retry may be due at another time now
}

Clock::duration Query::until_retry() const {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) return retry_check;
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

Failure failure_of(int status, const std::string& host) {
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_EBADNAME: return {errc::name_not_found, host};
    case ARES_ENODATA: return {errc::no_address, host};
    case ARES_ETIMEOUT: return {errc::resolve_timed_out, host};
    default: return {errc::name_server_failed, host + " (" + ares_strerror(status) + ")"};
  }
}

}  // namespace

Resolver::Resolver(ResolveOptions options) : options_(std::move(options)) {}

Task<Result<Endpoints>> Resolver::resolve(HostPort where, Deadline deadline) const {
  error_code not_literal;
  const auto address = asio::ip::make_address(where.host, not_literal);
  if (!not_literal) co_return Endpoints{{address, where.port}};
  if (where.host.empty()) co_return Failure(errc::name_not_found, "the host is empty");

  Query query(co_await asio::this_coro::executor, options_);
  if (const auto ec = co_await query.ask(where.host, deadline)) co_return Failure(ec, where.host);
  if (query.status() != ARES_SUCCESS) co_return failure_of(query.status(), where.host);
  auto endpoints = query.endpoints(where.port);
  if (endpoints.empty()) co_return Failure(errc::no_address, where.host);
  co_return endpoints;
}

}  // namespace towline::net
