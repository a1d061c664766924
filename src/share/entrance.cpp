#include "share/entrance.hpp"

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/task_group.hpp"
#include "async/wait.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace towline::share {

Entrance::Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
                   const endpoint::Surroundings& around, observe::ForwardMetrics& metrics,
                   observe::EndpointSlot& slot, const observe::Log& log)
    : executor_(executor),
      spec_(spec),
      slot_(slot),
      log_(log.with({{"forward", spec.name}})),
      share_(executor, spec, options, endpoint::connection_options(around), metrics, around.clients, log),
      reception_(executor, around, slot, log_,
                 [this](std::unique_ptr<ssh::Packets> packets, const ssh::LoggedIn& user,
                        std::shared_ptr<observe::ClientSlot> seen) {
                   return share_.serve(std::move(packets), user.permissions, std::move(seen));
                 }),
      listener_(executor, spec, reception_.resolver(), metrics, log_,
                [this](net::Acceptor& acceptor) { return reception_.accept(acceptor); },
                {.listening = [this](const auto* listener) { listening(listener); },
                 .not_listening = [this](const auto& why) { share_.not_listening(why); }}) {}

void Entrance::listening(const forward::LocalListener* listener) {
  if (!listener) return slot_.listening({});
  share_.listening(listener->port);
  slot_.listening(forward::places_of(spec_, *listener));
}

Task<> Entrance::run() {
  TaskGroup tasks(executor_);
  tasks.spawn(share_.run());
  tasks.spawn(listener_.run());
  tasks.spawn(reception_.watch());
  Event nothing_more(executor_);
  if (!co_await cancelled()) co_await nothing_more.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  stop(std::chrono::steady_clock::now());
  co_await reception_.close();
  tasks.cancel();
  while (tasks.size() > 0) co_await tasks.join();
}

void Entrance::stop(Deadline deadline) {
  listener_.stop();
  share_.stop(deadline);
}

}  // namespace towline::share
