#include "expose/exposure.hpp"

#include "async/deadline.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace towline::expose {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds goodbye_timeout{1};

}  // namespace

Exposure::Exposure(asio::any_io_executor executor, const forward::ForwardSpec& spec,
                   const Surroundings& around)
    : connection_(around.connection),
      stage_{.executor = executor,
             .options = around.options,
             .spec = spec,
             .metrics = around.metrics,
             .client_metrics = around.clients,
             .counts = around.counts,
             .resolver = around.resolver,
             .log = around.log},
      visits_(stage_, around.descriptors),
      hosts_(stage_, visits_),
      forwards_(stage_,
                [this](net::Stream socket, std::uint16_t port) { visits_.arrived(std::move(socket), port); }),
      goodbyes_(executor) {}

Task<> Exposure::run() {
  Event nothing_more(stage_.executor);
  if (!co_await cancelled()) co_await nothing_more.wait();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  forwards_.close();
  visits_.cancel();
  co_await visits_.join();
  co_await forwards_.join();
  goodbyes_.cancel();
  while (goodbyes_.size() > 0) co_await goodbyes_.join();
}

Task<> Exposure::run_client(std::shared_ptr<Client> client, std::optional<Failure>& why) {
  why = co_await client->run();
  forwards_.drop(*client);
  hosts_.forget_gone();
  stage_.changed.notify_all();
}

Task<ssh::Gone> Exposure::serve(std::unique_ptr<ssh::Packets> packets, const ssh::LoggedIn& user,
                                std::shared_ptr<observe::ClientSlot> slot) {
  const auto client = std::make_shared<Client>(stage_.executor, std::move(packets), connection_, user,
                                               std::move(slot), static_cast<Host&>(*this));
  stage_.clients[client->number()] = client;
  std::optional<Failure> why;
  TaskGroup life(stage_.executor);
  life.spawn(run_client(client, why));
  while (!client->gone() && !stopping_ && !co_await cancelled()) co_await stage_.changed.wait();
  if (!client->gone() && stopping_) co_await until_visitors_have_gone(*client, *stopping_);
  if (!client->gone()) co_await client->close(steady_clock::now() + goodbye_timeout);
  while (life.size() > 0) co_await life.join();
  stage_.clients.erase(client->number());
  stage_.changed.notify_all();
  co_return ssh::Gone{.by_order = client->is_sent_away(),
                      .why = why.value_or(Failure(asio::error::operation_aborted))};
}

Task<> Exposure::until_visitors_have_gone(Client& client, Deadline deadline) {
  while (client.visits > 0 && !client.gone() && !co_await cancelled() && steady_clock::now() < deadline)
    co_await stage_.changed.wait();
}

Task<> Exposure::send_away(std::shared_ptr<Client> client) {
  co_await client->send_away(steady_clock::now() + goodbye_timeout, "disconnected by an operator");
}

void Exposure::disconnect(ClientNumber number) {
  const auto client = stage_.client(number);
  if (client && !client->gone()) goodbyes_.spawn(send_away(client));
}

Task<> Exposure::wake_at(Deadline deadline) {
  co_await sleep_until(deadline);
  stage_.changed.notify_all();
}

void Exposure::stop(Deadline deadline) {
  if (std::exchange(stopping_, deadline)) return;
  forwards_.close();
  goodbyes_.spawn(wake_at(deadline));
  for (const auto& [number, client] : stage_.clients) client->tell({.event = ToldEvent::leaving});
  stage_.changed.notify_all();
}

void Exposure::offer(std::shared_ptr<Client> client, net::HostPort asked,
                     std::optional<ssh::connection::RequestId> id) {
  forwards_.offer(std::move(client), std::move(asked), id);
}

void Exposure::withdraw(Client& client, const net::HostPort& asked,
                        std::optional<ssh::connection::RequestId> id) {
  forwards_.withdraw(client, asked, id);
}

void Exposure::call(std::shared_ptr<Client> client, ssh::Channel offered, net::HostPort target) {
  if (stopping_) return offered.refuse(ssh::errc::open_connect_failed, "towline is leaving");
  visits_.call(std::move(client), std::move(offered), target);
}

}  // namespace towline::expose
