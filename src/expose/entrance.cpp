#include "expose/entrance.hpp"

#include "async/deadline.hpp"
#include "async/task_group.hpp"
#include "async/wait.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace towline::expose {

Entrance::Entrance(asio::any_io_executor executor, const forward::ForwardSpec& spec, const Options& options,
                   const endpoint::Surroundings& around, const Seen& seen, net::Descriptors& descriptors,
                   const observe::Log& log)
    : executor_(executor),
      metrics_(seen.metrics),
      slot_(seen.endpoint),
      log_(log.with({{"forward", spec.name}})),
      report_(spec, seen.metrics, seen.forward, log),
      reception_(executor, around, seen.endpoint, log_,
                 [this](std::unique_ptr<ssh::Packets> packets, const ssh::LoggedIn& user,
                        std::shared_ptr<observe::ClientSlot> slot) {
                   return exposure_.serve(std::move(packets), user, std::move(slot));
                 }),
      exposure_(executor, spec,
                {.options = options,
                 .connection = endpoint::connection_options(around),
                 .metrics = seen.metrics,
                 .clients = around.clients,
                 .counts = seen.counts,
                 .descriptors = descriptors,
                 .resolver = reception_.resolver(),
                 .log = log_}),
      http_(executor, options, exposure_.hosts(), seen.counts, log_, [this] { tell(); }),
      changed_(executor) {
  for (const auto& place : around.options.listen)
    add_listener(spec, place, [this](net::Acceptor& acceptor) { return reception_.accept(acceptor); });
  add_http(spec, options.http_listen, web::Door::plain);
  add_http(spec, options.https_listen, web::Door::tls);
}

void Entrance::add_http(const forward::ForwardSpec& spec, const std::optional<net::HostPort>& where,
                        web::Door door) {
  if (!where) return;
  auto& listener = add_listener(spec, {.address = *where, .path = {}}, [this, door](net::Acceptor& acceptor) {
    return http_.accept(acceptor, door);
  });
  listener.is_ssh = false;
}

Entrance::Listener& Entrance::add_listener(const forward::ForwardSpec& spec,
                                           const endpoint::ListenPlace& place,
                                           forward::KeptListener::Accept accept) {
  auto& listener = listeners_.emplace_back(Listener{.spec = spec});
  listener.spec.listen = place.address;
  listener.spec.listen_path = place.path;
  listener.kept.emplace(executor_, listener.spec, reception_.resolver(), metrics_, log_, std::move(accept),
                        forward::KeptListener::News{
                            .listening = [this, &listener](const auto* bound) { listening(listener, bound); },
                            .not_listening =
                                [this, &listener](const auto& why) {
                                  listener.unbound = why;
                                  tell();
                                },
                            .hopeless =
                                [this] {
                                  hopeless_ = true;
                                  changed_.notify_all();
                                }});
  return listener;
}

void Entrance::listening(Listener& listener, const forward::LocalListener* bound) {
  listener.unbound.reset();
  listener.places = bound ? forward::places_of(listener.spec, *bound) : std::vector<std::string>();
  listener.port = bound ? bound->port : 0;
  std::vector<std::string> all;
  for (const auto& each : listeners_)
    if (each.is_ssh) all.insert(all.end(), each.places.begin(), each.places.end());
  slot_.listening(std::move(all));
  tell();
}

// It is as well as the worst of its listeners.
void Entrance::tell() {
  if (stopping_) return;
  const auto unbound = std::ranges::find_if(listeners_, [](const auto& each) { return !!each.unbound; });
  if (unbound != listeners_.end()) return report_.down(observe::ForwardState::binding, *unbound->unbound);
  if (const auto why = http_.problem()) return report_.down(observe::ForwardState::binding, *why);
  if (std::ranges::none_of(listeners_, [](const auto& each) { return each.places.empty(); }))
    report_.up(listeners_.front().port);
}

Task<bool> Entrance::run() {
  report_.enter(observe::ForwardState::binding);
  TaskGroup tasks(executor_);
  tasks.spawn(exposure_.run());
  tasks.spawn(reception_.watch());
  tasks.spawn(http_.run());
  for (auto& listener : listeners_) tasks.spawn(listener.kept->run());
  while (!stopping_ && !hopeless_ && !co_await cancelled()) co_await changed_.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (!stopping_) stop(std::chrono::steady_clock::now());
  co_await reception_.close();
  co_await http_.close(std::chrono::steady_clock::now());
  tasks.cancel();
  while (tasks.size() > 0) co_await tasks.join();
  report_.enter(observe::ForwardState::stopped);
  co_return !hopeless_;
}

void Entrance::stop(Deadline deadline) {
  if (!std::exchange(stopping_, true)) report_.enter(observe::ForwardState::draining);
  for (auto& listener : listeners_) listener.kept->stop();
  http_.leave();
  exposure_.stop(deadline);
  changed_.notify_all();
}

}  // namespace towline::expose
