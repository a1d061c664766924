// Prints a full exposition, "text" or "openmetrics", with awkward values in it; or the table of
// docs/metrics.md, "page".
#include "endpoint/client_metrics.hpp"
#include "observe/metrics.hpp"
#include "unit/observe/sample_facts.hpp"
#include "unit/observe/series.hpp"

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  using namespace towline::observe;
  if (argc > 1 && std::string_view(argv[1]) == "page") {
    std::cout << metrics_table();
    return 0;
  }
  const bool open = argc > 1 && std::string_view(argv[1]) == "openmetrics";
  ForwardTraits probed = sample_traits("db");
  probed.probed = probed.published = true;
  Metrics metrics({.version = "0", .revision = "r\"\\\n", .libssh2 = "1", .crypto = "o"},
                  {probed, sample_traits("a \"b\"\\")}, Log(Options{}));
  const towline::endpoint::ClientMetrics clients;
  metrics.also([&clients](FamilySet& families) { clients.collect(families); });
  ForwardMetrics& db = metrics.forward("db");
  db.connection_opened(12ms);
  db.connection_closed(90s);
  db.bytes_sent(123'456'789'012'345);
  db.backpressured(1ns);
  db.probes().failed(ProbeFailure::tls, 2s);
  db.session_up({.dns = 1ms, .tcp = 20ms, .handshake = 300ms, .auth = 40s});

  ForwardFacts forward = sample_forward("db", ForwardState::up);
  change(forward, [](ForwardStatus& status) {
    status.session = SessionInfo{"OpenSSH\xff", sample_algorithms()};
    status.next_attempt = sample_now();
    status.public_addresses = {"https://a.example", "https://\"b\\\xff"};
    status.key = KeyInfo{"ssh-ed25519", "SHA256:\n\"", sample_now().wall, sample_now().wall};
  });
  const Facts facts = sample_facts({forward, sample_forward("a \"b\"\\", ForwardState::failed)});
  std::cout << metrics.expose(facts, open ? Exposition::openmetrics_1_0_0 : Exposition::text_0_0_4);
}
