#include "relay/global_requests.hpp"

#include <utility>

namespace towline::relay {

using ssh::connection::Answer;

void GlobalRequests::ask(ssh::Connection& here, const ssh::connection::GlobalRequest& request) {
  if (request.name == "keepalive@openssh.com") {
    if (request.id) here.answer(*request.id, {});  // as OpenSSH does: it does not know it either
    return;
  }
  const auto id = there_.global_request(request.name, request.id.has_value(), request.payload);
  if (id) asked_.push_back({*id, &here, *request.id});
}

bool GlobalRequests::on_reply(const ssh::connection::GlobalReply& reply) {
  if (asked_.empty() || asked_.front().there != reply.id) return false;
  const auto asked = asked_.front();
  asked_.pop_front();
  if (asked.here)
    asked.here->answer(asked.id, Answer{reply.success, {reply.payload.begin(), reply.payload.end()}});
  return true;
}

void GlobalRequests::forget(const ssh::Connection& here) {
  for (auto& asked : asked_) {
    if (asked.here == &here) asked.here = nullptr;
  }
}

void GlobalRequests::refuse_all() {
  for (const auto& asked : std::exchange(asked_, {})) {
    if (asked.here) asked.here->answer(asked.id, {});
  }
}

}  // namespace towline::relay
