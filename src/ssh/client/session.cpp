#include "ssh/client/session.hpp"

#include <boost/asio/error.hpp>

#include <utility>
#include <variant>

namespace towline::ssh {

Session::Session(const asio::any_io_executor& executor, std::unique_ptr<Packets> packets,
                 const KeepaliveOptions& keepalive, std::chrono::milliseconds answer_timeout,
                 SessionObserver& observer)
    : observer_(observer),
      connection_(executor, std::move(packets), {.keepalive = keepalive, .answer_timeout = answer_timeout},
                  *this, observer),
      requests_(connection_.link().mux()) {}

Result<> Session::on_offered(Channel channel, const connection::ChannelOffered& offered) {
  const auto offer = requests_.on_offered(offered);
  if (!offer) return offer.error();
  if (const auto* incoming = std::get_if<IncomingChannel>(&*offer)) {
    deliver(std::move(channel), *incoming);
  } else {
    observer_.on_unmatched(std::get<UnmatchedChannel>(*offer));
  }
  return {};
}

void Session::deliver(Channel channel, const IncomingChannel& incoming) {
  const auto listen = listens_.find(incoming.listen);
  if (listen == listens_.end()) return;  // the Channel refuses
  if (incoming.unmatched) observer_.on_unmatched(*incoming.unmatched);
  listen->second->arrived.push_back({std::move(channel), incoming.originator});
  listen->second->changed.notify_all();
}

void Session::on_offer_refused(const connection::OfferRefused& refused) {
  observer_.on_unmatched(requests_.on_refused(refused));
}

// keepalive@openssh.com, hostkeys-00@openssh.com and whatever else: we offer nothing.
Result<> Session::on_global_request(const connection::GlobalRequest& request) {
  if (request.id) connection_.link().mux().answer(*request.id, {});
  return {};
}

Result<> Session::on_global_reply(const connection::GlobalReply& reply) {
  const auto meaning = requests_.on_reply(reply);
  if (!meaning) return meaning.error();
  if (*meaning) std::visit([this](const auto& r) { on_reply(r); }, **meaning);
  return {};
}

void Session::on_reply(const ListenReply& reply) {
  const auto found = listens_.find(reply.listen);
  if (found == listens_.end()) {
    if (reply.success) requests_.abandon(reply.listen);  // nobody waits for it any more
    return;
  }
  auto listen = found->second;
  if (!reply.success) {
    listens_.erase(found);
    listen->on_end(errc::forward_refused);
    return;
  }
  listen->phase = ListenState::Phase::listening;
  listen->bound_port = reply.bound_port;
  listen->changed.notify_all();
}

void Session::on_reply(const ListenCancelled& reply) {
  const auto found = listens_.find(reply.listen);
  if (found == listens_.end()) return;
  auto listen = found->second;
  listens_.erase(found);
  listen->on_end(errc::session_closed);
}

void Session::on_end(const Failure& why) {
  for (auto& [id, listen] : std::exchange(listens_, {})) listen->on_end(why);
}

Task<Result<RemoteListener>> Session::listen(ListenAddress address, Deadline deadline) {
  if (const auto& end = connection_.end()) co_return *end;
  auto state = std::make_shared<ListenState>(connection_.executor(), connection_.link(), requests_);
  state->id = requests_.listen(std::move(address));
  listens_[state->id] = state;
  connection_.link().commit();
  while (state->phase == ListenState::Phase::requested) {
    if (auto ec = co_await state->changed.wait_before(deadline)) {
      listens_.erase(state->id);
      if (ec != asio::error::timed_out) co_return ec;
      connection_.doubt();
      co_return errc::forward_timeout;
    }
  }
  if (state->phase == ListenState::Phase::over) co_return state->end;
  co_return RemoteListener(std::move(state));
}

}  // namespace towline::ssh
