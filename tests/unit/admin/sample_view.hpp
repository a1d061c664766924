// A view for tests: one forward that is up, one that waits to be tried again.
#pragma once

#include "admin/view.hpp"
#include "unit/observe/sample_facts.hpp"

namespace towline::admin {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline View sample_view() {
  auto db = observe::sample_forward("db", observe::ForwardState::up);
  observe::change(db, [](observe::ForwardStatus& status) {
    status.attempts = 1;
    status.bound_port = 5432;
    status.session = observe::SessionInfo{"OpenSSH_9.2p1", observe::sample_algorithms()};
  });
  auto cache =
      observe::sample_forward("cache", observe::ForwardState::backoff, observe::ConnectFailure::auth);
  observe::change(cache, [](observe::ForwardStatus& status) {
    status.detail = "the server offers publickey";
    status.hint = "add the public key to authorized_keys of me";
    status.attempts = 7;
    status.consecutive_failures = 7;
    status.backoff = 30s;
    status.next_attempt = observe::before(-12s);
  });
  View view;
  view.facts = observe::sample_facts({db, cache});
  view.build = {.version = "1.2.3", .revision = "abc", .libssh2 = "1.11.1", .crypto = "OpenSSL 3.0"};
  view.totals["db"] = {.connections_opened = 9,
                       .connections_failed = 2,
                       .connections_aborted = 1,
                       .connections_active = 3,
                       .received_bytes = 5 << 20,
                       .sent_bytes = 1000,
                       .reconnects = 4};
  view.metrics = [](observe::Exposition format) {
    return std::string(format == observe::Exposition::text_0_0_4 ? "text\n" : "open\n");
  };
  return view;
}

// Of -S, with clients 1 to `clients` that came 42 s ago.
inline observe::EndpointFacts sample_endpoint(std::size_t clients) {
  observe::EndpointFacts endpoint;
  endpoint.forward = "tools";
  endpoint.listen = {"127.0.0.1:2222", "[::1]:2222"};
  endpoint.host_keys = {{"ssh-ed25519", "SHA256:hostkey", "* ssh-ed25519 AAAA"}};
  for (std::size_t id = 1; id <= clients; ++id) {
    observe::ClientFacts client;
    client.traits = std::make_shared<const observe::ClientTraits>(observe::ClientTraits{
        id, "user", "192.0.2.1:4711", "publickey", "SHA256:userkey", observe::before(42s)});
    endpoint.clients.push_back(std::move(client));
  }
  return endpoint;
}

// The same with everything up.
inline View ready_view() {
  View view = sample_view();
  view.facts.forwards.pop_back();
  return view;
}

}  // namespace towline::admin
