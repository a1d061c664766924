#include "endpoint/client_metrics.hpp"

#include "observe/family_set.hpp"

#include <cstddef>

namespace towline::endpoint {

void ClientMetrics::logged_in(ssh::LoginMethod method, const observe::SessionAlgorithms& agreed) {
  of(logins_, method).add();
  clients_.add();
  sessions_.add(agreed);
}

void ClientMetrics::gone(observe::Disconnect reason, const observe::SessionAlgorithms& agreed) {
  clients_.subtract();
  gone_.add(reason);
  sessions_.remove(agreed);
}

void ClientMetrics::collect(observe::FamilySet& families) const {
  families.gauge("towline_clients", "SSH clients that are logged in.", {},
                 static_cast<double>(clients_.value()));
  for (const auto& [agreed, count] : sessions_.counts()) {
    families.gauge("towline_client_sessions",
                   "SSH clients that are logged in, by what their key exchange agreed on.",
                   {{"cipher", agreed.cipher},
                    {"cipher_to_client", agreed.cipher_to_client},
                    {"host_key_algorithm", agreed.host_key_algorithm},
                    {"kex", agreed.kex},
                    {"mac", agreed.mac},
                    {"mac_to_client", agreed.mac_to_client}},
                   static_cast<double>(count));
  }
  families.counter("towline_clients_total", "SSH clients that have connected and were let in to log in.", {},
                   connected_);
  families.counter("towline_client_received_bytes_total", "Payload from SSH clients.", {}, received_bytes_);
  families.counter("towline_client_sent_bytes_total", "Payload to SSH clients.", {}, sent_bytes_);
  for (std::size_t i = 0; i < logins_.size(); ++i) {
    families.counter("towline_logins_total", "Logins of SSH clients.",
                     {{"method", ssh::label_of(static_cast<ssh::LoginMethod>(i))}}, logins_[i]);
  }
  for (std::size_t i = 1; i < refused_.size(); ++i) {  // 0 is none
    families.counter("towline_login_failures_total", "Attempts to log in that were refused.",
                     {{"reason", ssh::label_of(static_cast<ssh::Refusal>(i))}}, refused_[i]);
  }
  for (std::size_t i = 0; i < turned_away_.size(); ++i) {
    families.counter("towline_clients_refused_total", "SSH clients that were turned away at the door.",
                     {{"reason", ssh::label_of(static_cast<ssh::TurnedAway>(i))}}, turned_away_[i]);
  }
  for (const auto reason : observe::all<observe::Disconnect>()) {
    families.counter("towline_client_disconnects_total", "SSH clients that had logged in and have gone.",
                     {{"reason", to_string(reason)}}, static_cast<double>(gone_.value(reason)));
  }
  for (const auto kind : observe::all<observe::ChannelKind>()) {
    families.gauge("towline_client_channels", "Channels of SSH clients that are open.",
                   {{"kind", to_string(kind)}}, static_cast<double>(channels_.value(kind)));
  }
}

}  // namespace towline::endpoint
