#include "forward/kept_listener.hpp"

#include "async/deadline.hpp"
#include "async/task_group.hpp"
#include "async/wait.hpp"
#include "forward/bind_retry.hpp"
#include "forward/explain.hpp"
#include "observe/failure_fields.hpp"

#include <chrono>
#include <utility>

namespace towline::forward {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kept_bind_timeout{5};

}  // namespace

std::vector<std::string> places_of(const ForwardSpec& spec, const LocalListener& listener) {
  if (!spec.listen_path.empty()) return {spec.listen_path};
  std::vector<std::string> places;
  for (const auto& acceptor : listener.acceptors) places.push_back(net::to_string(net::local_of(acceptor)));
  return places;
}

KeptListener::KeptListener(asio::any_io_executor executor, const ForwardSpec& spec,
                           const net::Resolver& resolver, observe::ForwardMetrics& metrics,
                           const observe::Log& log, Accept accept, News news)
    : executor_(executor),
      spec_(spec),
      resolver_(resolver),
      metrics_(metrics),
      log_(log),
      accept_(std::move(accept)),
      news_(std::move(news)),
      changed_(executor) {}

Task<> KeptListener::run() {
  for (int failures = 0; !stopping_ && !co_await cancelled();) {
    if (co_await bind_and_accept(failures)) continue;
    const auto again = steady_clock::now() + bind_retry_delay(++failures);
    while (!stopping_ && !co_await cancelled() && steady_clock::now() < again)
      co_await changed_.wait_until(again);
  }
}

void KeptListener::stop() {
  stopping_ = true;
  changed_.notify_all();
}

// False: the address could not be had.
Task<bool> KeptListener::bind_and_accept(int& failures) {
  const auto began = steady_clock::now();
  const auto port = port_to_ask(spec_.listen.port, last_port_, failures);
  metrics_.setup_attempted();
  auto listener = co_await LocalListener::bind(spec_, port, resolver_, began + kept_bind_timeout);
  if (listener) {
    if (const auto ec = listener->open()) listener = Failure(ec);
  }
  if (!listener) {
    if (co_await cancelled()) co_return true;
    const auto why = bind_refusal(spec_, listener.error());
    metrics_.setup_failed(setup_failure(listener.error().code));
    log_.repeatable().write(
        observe::Level::warn, "forward.refused", "could not bind the local listener",
        observe::FailureFields({{"reason", why.reason.label()}}, listener.error(), why.hint));
    news_.not_listening(why);
    if (!was_bound_ && news_.hopeless && is_hopeless(setup_failure(listener.error().code), failures + 1))
      news_.hopeless();
    co_return false;
  }
  was_bound_ = true;
  failures = 0;
  last_port_ = listener->port;
  metrics_.setup_succeeded(steady_clock::now() - began);
  news_.listening(&*listener);
  co_await accept_all(listener->acceptors);
  news_.listening(nullptr);
  co_return true;
}

Task<> KeptListener::accept_all(std::vector<net::Acceptor>& acceptors) {
  TaskGroup accepting(executor_);
  for (auto& acceptor : acceptors) accepting.spawn(accept_(acceptor));
  while (!stopping_ && !co_await cancelled()) co_await changed_.wait();
  accepting.cancel();
  while (accepting.size() > 0) co_await accepting.join();
}

}  // namespace towline::forward
