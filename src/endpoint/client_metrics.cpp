#include "endpoint/client_metrics.hpp"

#include "observe/family_set.hpp"

#include <cstddef>

namespace towline::endpoint {

void ClientMetrics::logged_in(ssh::LoginMethod method) {
  of(logins_, method).add();
  clients_.add();
}

void ClientMetrics::collect(observe::FamilySet& families) const {
  families.gauge("towline_clients", "SSH clients that are logged in.", {},
                 static_cast<double>(clients_.value()));
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
