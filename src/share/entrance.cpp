#include "share/entrance.hpp"

#include "async/deadline.hpp"
#include "endpoint/host_keys.hpp"
#include "forward/bind_retry.hpp"
#include "forward/explain.hpp"
#include "forward/local_listener.hpp"
#include "observe/failure_fields.hpp"
#include "ssh/keys/text_file.hpp"

#include <boost/asio/this_coro.hpp>

#include <tuple>
#include <utility>

namespace towline::share {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds bind_timeout{5};

ssh::Connection::Options connection_options(const Surroundings& around) {
  return {.keepalive = around.endpoint.ssh.keepalive,
          .answer_timeout = around.answer_timeout,
          .windows = {},
          .channels_max = around.endpoint.ssh.limits.channels_max};
}

std::vector<std::string> places_of(const forward::ForwardSpec& spec, const forward::LocalListener& listener) {
  if (!spec.listen_path.empty()) return {spec.listen_path};
  std::vector<std::string> places;
  for (const auto& acceptor : listener.acceptors) places.push_back(net::to_string(net::local_of(acceptor)));
  return places;
}

// One that cannot be read is no reason to let nobody in.
std::string banner_of(const endpoint::Options& options) {
  const auto& source = options.ssh.login.banner;
  if (!source) return {};
  const auto text =
      ssh::read_text(source, ssh::errc::secret_file_unreadable, ssh::errc::secret_file_unreadable);
  return text ? std::string(text->reveal()) : std::string();
}

}  // namespace

Entrance::Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec,
                   const Surroundings& around, observe::ForwardMetrics& metrics, observe::EndpointSlot& slot)
    : executor_(executor),
      spec_(spec),
      metrics_(metrics),
      slot_(slot),
      options_(around.endpoint),
      client_numbers_(around.client_numbers),
      log_(around.log.with({{"forward", spec.name}})),
      users_(around.endpoint.ssh.login, log_),
      help_(executor, options_.login_url, resolver_),
      account_(around.clients, log_),
      share_(executor, spec, around.options, connection_options(around), metrics, around.clients, around.log),
      changed_(executor) {}

Result<> Entrance::prepare() {
  auto read = endpoint::read_host_keys(options_);
  if (!read) return read.error();
  auto keys = ssh::ServerKeys::import(read->keys, {}, read->certificates);
  if (!keys) return keys.error();
  keys_.emplace(std::move(*keys));
  endpoint::log_host_keys(log_, *read);
  slot_.shows(endpoint::shown(*read));
  endpoint_.emplace(
      executor_, options_.ssh, *keys_, [this] { return users_.now(); }, banner_of(options_), help_,
      client_numbers_, account_,
      [this](const ssh::Newcomer& who, const ssh::LoggedIn& user, std::unique_ptr<ssh::Packets> packets) {
        return serve(who, user, std::move(packets));
      });
  return {};
}

Task<ssh::Gone> Entrance::serve(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                                std::unique_ptr<ssh::Packets> packets) {
  const auto seen = slot_.enter(endpoint::traits_of(who, user));
  auto gone = co_await share_.serve(std::move(packets), user.permissions, seen);
  slot_.leave(*seen);
  co_return gone;
}

Task<> Entrance::run() {
  TaskGroup tasks(executor_);
  tasks.spawn(share_.run());
  tasks.spawn(listen());
  tasks.spawn(users_.watch());
  Event nothing_more(executor_);
  if (!co_await cancelled()) co_await nothing_more.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  stop(steady_clock::now());
  co_await endpoint_->close();
  tasks.cancel();
  while (tasks.size() > 0) co_await tasks.join();
}

void Entrance::stop(Deadline deadline) {
  stopping_ = true;
  changed_.notify_all();
  share_.stop(deadline);
}

Task<> Entrance::listen() {
  for (int failures = 0; !stopping_ && !co_await cancelled();) {
    if (co_await bind_and_accept(failures)) continue;
    const auto again = steady_clock::now() + forward::bind_retry_delay(++failures);
    while (!stopping_ && !co_await cancelled() && steady_clock::now() < again)
      co_await changed_.wait_until(again);
  }
}

// False: the address could not be had.
Task<bool> Entrance::bind_and_accept(int& failures) {
  const auto began = steady_clock::now();
  const auto port = forward::port_to_ask(spec_.listen.port, last_port_, failures);
  metrics_.setup_attempted();
  auto listener = co_await forward::LocalListener::bind(spec_, port, resolver_, began + bind_timeout);
  if (listener) {
    if (const auto ec = listener->open()) listener = Failure(ec);
  }
  if (!listener) {
    if (co_await cancelled()) co_return true;
    const auto why = forward::bind_refusal(spec_, listener.error());
    metrics_.setup_failed(forward::setup_failure(listener.error().code));
    log_.repeatable().write(
        observe::Level::warn, "forward.refused", "could not bind the local listener",
        observe::FailureFields({{"reason", why.reason.label()}}, listener.error(), why.hint));
    share_.not_listening(why);
    co_return false;
  }
  failures = 0;
  last_port_ = listener->port;
  metrics_.setup_succeeded(steady_clock::now() - began);
  share_.listening(listener->port);
  slot_.listening(places_of(spec_, *listener));
  co_await accept_all(listener->acceptors);
  slot_.listening({});
  co_return true;
}

Task<> Entrance::accept_all(std::vector<net::Acceptor>& acceptors) {
  TaskGroup accepting(executor_);
  for (auto& acceptor : acceptors) accepting.spawn(endpoint_->accept(acceptor));
  while (!stopping_ && !co_await cancelled()) co_await changed_.wait();
  accepting.cancel();
  while (accepting.size() > 0) co_await accepting.join();
}

}  // namespace towline::share
