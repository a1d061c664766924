#include "share/listens.hpp"

#include "async/wait.hpp"
#include "endpoint/asked.hpp"
#include "forward/bind_retry.hpp"
#include "ssh/wire/error.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace towline::share {

using std::chrono::steady_clock;

namespace {

// As for a -R of ours: for the server to say that it has stopped.
constexpr std::chrono::seconds cancel_timeout{2};

// Of one client. Those that it no longer wants count until the server has given them back, or whoever asks
// and takes back without end would fill us while a server does not answer.
constexpr std::size_t listens_max = 256;

std::string text_of(const Held& held) {
  if (held.address.is_unix()) return held.address.path;
  return net::to_string({held.address.tcp.host.empty() ? "*" : held.address.tcp.host,
                         held.port != 0 ? held.port : held.address.tcp.port});
}

}  // namespace

Listens::Listens(asio::any_io_executor executor, Join join)
    : executor_(std::move(executor)), join_(std::move(join)) {}

void Listens::ask(std::shared_ptr<Client> client, ssh::ListenAddress address,
                  std::optional<ssh::connection::RequestId> id, Deadline until) {
  if (client->listens >= listens_max || is_taken(address)) return client->answer(id, {});
  const auto held =
      all_.emplace_back(std::make_shared<Held>(executor_, std::move(client), std::move(address), id, until));
  begin(held);
}

void Listens::cancel(const Client& client, const ssh::ListenAddress& address,
                     std::optional<ssh::connection::RequestId> id) {
  const auto held = find(client, address);
  if (!held) return const_cast<Client&>(client).answer(id, {});
  held->cancel = id;
  end(held);
}

void Listens::drop(const Client& client) {
  const auto all = all_;
  for (const auto& held : all) {
    if (held->client.get() == &client) end(held);
  }
}

std::optional<Deadline> Listens::expire(Deadline now, bool everything) {
  std::optional<Deadline> next;
  const auto all = all_;
  for (const auto& held : all) {
    if (!held->asking || held->over || current_) continue;
    if (everything || held->until <= now) {
      refused(held);
    } else {
      next = next ? std::min(*next, held->until) : held->until;
    }
  }
  return next;
}

Task<> Listens::keep(forward::Ride ride) {
  Keeping now{ride, TaskGroup(executor_)};
  current_ = &now;
  for (const auto& held : all_) begin(held);
  Event nothing_more(executor_);
  if (!co_await cancelled()) co_await nothing_more.wait();
  // Who takes over is told when this one has given everything back.
  if (current_ == &now) current_ = nullptr;
  now.tasks.cancel();
  while (now.tasks.size() > 0) co_await now.tasks.join();
}

void Listens::begin(const Request& held) {
  if (current_ && !held->over) current_->tasks.spawn(keep_one(current_->ride, held));
}

Task<> Listens::keep_one(forward::Ride ride, Request held) {
  co_await try_until_had(ride, held);
  if (held->over) held->client->answer(std::exchange(held->cancel, {}), {.success = true});
}

// A port that was granted once is asked for until it is had: most often our own lost session has it still.
Task<> Listens::try_until_had(forward::Ride ride, Request held) {
  for (int failures = 0; !held->over && !co_await cancelled();) {
    auto address = held->address;
    if (held->port != 0) address.tcp.port = held->port;
    const auto deadline = steady_clock::now() + ride.listen_timeout;
    auto listener = co_await ride.session.listen(std::move(address), deadline);
    if (listener) co_return co_await listen(ride, held, std::move(*listener));
    const auto& code = listener.error().code;
    if (code != ssh::errc::forward_refused && code != ssh::errc::forward_timeout) co_return;
    if (held->asking) co_return refused(held);
    ride.report.log().repeatable().warn(
        "share.refused", "the server refused to listen for a client again",
        {{"listen", text_of(*held)},
         {"hint", "it is asked again; the session before may hold the port still"}});
    const auto again = steady_clock::now() + forward::bind_retry_delay(++failures);
    while (!held->over && !co_await cancelled() && steady_clock::now() < again)
      co_await held->changed.wait_until(again);
  }
}

Task<> Listens::listen(forward::Ride ride, Request held, ssh::RemoteListener listener) {
  granted(*held, listener.bound_port());
  ++listening_;
  TaskGroup taking(executor_);
  taking.spawn(accept(ride, held, listener));
  while (!held->over && taking.size() > 0 && !co_await cancelled()) co_await held->changed.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  --listening_;
  taking.spawn(listener.cancel(steady_clock::now() + cancel_timeout));
  while (taking.size() > 0) co_await taking.join();
}

Task<> Listens::accept(forward::Ride ride, Request held, ssh::RemoteListener& listener) {
  for (;;) {
    auto incoming = co_await listener.accept();
    if (!incoming) break;
    ride.connections.spawn(join_(held, *std::move(incoming)));
  }
  held->changed.notify_all();
}

void Listens::granted(Held& held, std::uint16_t port) {
  held.port = port;
  if (!std::exchange(held.asking, false)) return;
  held.client->slot().listens(text_of(held));
  const bool was_free = !held.address.is_unix() && held.address.tcp.port == 0;
  held.client->answer(std::exchange(held.request, {}),
                      was_free ? endpoint::port_answer(port) : ssh::connection::Answer{.success = true});
}

void Listens::refused(const Request& held) {
  held->client->answer(std::exchange(held->request, {}), {});
  end(held);
}

// The answer to a cancel comes from the task that gives the listener back, if there is one.
void Listens::end(const Request& held) {
  held->over = true;
  if (!held->asking) held->client->slot().listens_no_more(text_of(*held));
  held->changed.notify_all();
  std::erase(all_, held);
  if (!current_) held->client->answer(std::exchange(held->cancel, {}), {.success = true});
}

auto Listens::find(const Client& client, const ssh::ListenAddress& address) const -> Request {
  const auto it = std::ranges::find_if(all_, [&](const Request& held) {
    if (held->client.get() != &client || held->over) return false;
    if (held->address == address) return true;
    // A port of the server's choice is cancelled by its number.
    auto granted = held->address;
    granted.tcp.port = held->port;
    return !held->address.is_unix() && granted == address;
  });
  return it == all_.end() ? nullptr : *it;
}

// As it is written: what else may be the same listener is for the server to say.
bool Listens::is_taken(const ssh::ListenAddress& address) const {
  if (!address.is_unix() && address.tcp.port == 0) return false;
  return std::ranges::any_of(all_, [&](const Request& held) {
    if (held->address == address) return true;
    return !address.is_unix() && held->address.tcp.host == address.tcp.host && held->port == address.tcp.port;
  });
}

}  // namespace towline::share
