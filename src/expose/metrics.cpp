#include "expose/metrics.hpp"

#include "observe/family_set.hpp"

#include <string_view>

namespace towline::expose {

namespace {

constexpr std::string_view turned_away_name = "towline_visitors_refused_total";
constexpr std::string_view turned_away_help = "Connections of visitors that were not carried to a client.";

template <class E, class Counts>
void tell_turned_away(observe::FamilySet& families, const Counts& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i)
    families.counter(turned_away_name, turned_away_help, {{"reason", label_of(static_cast<E>(i))}},
                     counts[i]);
}

}  // namespace

std::string_view label_of(NotCarried why) {
  switch (why) {
    case NotCarried::not_opened: return "not_opened";
    case NotCarried::timed_out: return "timed_out";
    case NotCarried::no_descriptor: return "no_descriptor";
  }
  return "unknown";
}

void Metrics::requested(unsigned status, std::chrono::steady_clock::duration took) {
  requests_.at(status / 100 < requests_.size() ? status / 100 : 0).add();
  duration_.observe(std::chrono::duration<double>(took).count());
}

std::string_view sentence_of(NotCarried why) {
  switch (why) {
    case NotCarried::not_opened:
      return "your client did not take the visitor: is there a service at its target?";
    case NotCarried::timed_out: return "your client did not take the visitor in time";
    case NotCarried::no_descriptor: break;
  }
  return "there are too many connections here";
}

void Metrics::certificates(std::vector<Expiry> loaded) {
  const std::lock_guard lock(certificates_mutex_);
  certificates_.swap(loaded);
}

void Metrics::collect_http(observe::FamilySet& families) const {
  constexpr auto classes = std::to_array<std::string_view>({"none", "1xx", "2xx", "3xx", "4xx", "5xx"});
  for (std::size_t i = 0; i < requests_.size(); ++i)
    families.counter("towline_exposed_http_requests_total",
                     "Requests of visitors, by the class of the answer's code.",
                     {{"code_class", classes.at(i)}}, requests_[i]);
  families.histogram("towline_exposed_http_request_duration_seconds",
                     "From a request's first byte to the end of its answer.", {}, duration_);
  for (const auto& text : web::no_ways)
    families.counter("towline_exposed_http_refused_total", "Answers of our own in the place of a client's.",
                     {{"reason", text.label}}, no_way_.at(static_cast<std::size_t>(text.why)));
  families.counter("towline_exposed_http_refused_total", "Answers of our own in the place of a client's.",
                   {{"reason", "handshake"}}, not_shaken_);
  const std::lock_guard lock(certificates_mutex_);
  for (const auto& [name, file, when] : certificates_) {
    const auto seconds = std::chrono::duration<double>(when.time_since_epoch()).count();
    families.gauge("towline_certificate_expiry_timestamp_seconds",
                   "When a certificate of TOWLINE_TLS_DIR ends.", {{"name", name}, {"file", file}}, seconds);
  }
}

void Metrics::collect(observe::FamilySet& families) const {
  for (std::size_t i = 0; i < exposed_.size(); ++i) {
    const auto kind = label_of(static_cast<Kind>(i));
    families.gauge("towline_exposed", "What clients offer at the entrance.", {{"kind", kind}},
                   static_cast<double>(exposed_[i].value()));
    families.counter("towline_visitor_connections_total", "Connections of visitors that came for something.",
                     {{"kind", kind}}, visits_[i]);
    families.gauge("towline_visitors", "Connections of visitors that are carried now.", {{"kind", kind}},
                   static_cast<double>(visitors_[i].value()));
  }
  for (std::size_t i = 0; i < refused_.size(); ++i) {
    families.counter("towline_exposed_refused_total", "What clients wanted to offer and could not.",
                     {{"reason", label_of(static_cast<NotHad>(i))}}, refused_[i]);
  }
  tell_turned_away<Barred>(families, barred_);
  tell_turned_away<NotFound>(families, not_found_);
  tell_turned_away<NotCarried>(families, not_carried_);
  collect_http(families);
}

}  // namespace towline::expose
