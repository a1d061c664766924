// What is offered and who comes for it, counted.
#pragma once

#include "expose/names/directory.hpp"
#include "expose/names/place.hpp"
#include "expose/names/visitors.hpp"
#include "expose/web/no_way.hpp"
#include "observe/count.hpp"
#include "observe/histogram.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace towline::observe {
class FamilySet;
}

namespace towline::expose {

// Why a visitor was not brought to a client, beside what the names say.
enum class NotCarried { not_opened, timed_out, no_descriptor };

std::string_view label_of(NotCarried why);
// For the client that did not take it: "the target behind it was not reached".
std::string_view sentence_of(NotCarried why);

// One for the process; thread-safe, and lock-free but for the certificates.
class Metrics {
 public:
  void exposed(Kind kind) { at(exposed_, kind).add(); }
  void ended(Kind kind) { at(exposed_, kind).subtract(); }
  void refused(NotHad why) { at(refused_, why).add(); }
  void visited(Kind kind) { at(visits_, kind).add(); }
  // Is carried, and no more.
  void entered(Kind kind) { at(visitors_, kind).add(); }
  void left(Kind kind) { at(visitors_, kind).subtract(); }
  void turned_away(Barred why) { at(barred_, why).add(); }
  void turned_away(NotFound why) { at(not_found_, why).add(); }
  void turned_away(NotCarried why) { at(not_carried_, why).add(); }

  void turned_away(web::NoWay why) { at(no_way_, why).add(); }
  void not_shaken() { not_shaken_.add(); }
  // 0: without an answer.
  void requested(unsigned status, std::chrono::steady_clock::duration took);

  // Those that are loaded now. Swapped under a mutex that nothing else is done under.
  struct Expiry {
    std::string name;  // the first of the certificate's own
    std::string file;
    std::chrono::system_clock::time_point when;
  };
  void certificates(std::vector<Expiry> loaded);

  void collect(observe::FamilySet& families) const;

 private:
  void collect_http(observe::FamilySet& families) const;
  template <class Counts, class E>
  static observe::Count& at(Counts& counts, E value) {
    return counts.at(static_cast<std::size_t>(value));
  }
  template <auto last>
  using PerValue = std::array<observe::Count, static_cast<std::size_t>(last) + 1>;

  PerValue<Kind::alias> exposed_;
  PerValue<NotHad::unix_socket> refused_;
  PerValue<Kind::alias> visits_;
  PerValue<Kind::alias> visitors_;
  PerValue<Barred::too_many> barred_;
  PerValue<NotFound::full> not_found_;
  PerValue<NotCarried::no_descriptor> not_carried_;
  PerValue<web::NoWay::too_slow> no_way_;
  observe::Count not_shaken_;
  mutable std::mutex certificates_mutex_;
  std::vector<Expiry> certificates_;
  std::array<observe::Count, 6> requests_;  // by the first digit of the status
  observe::Histogram duration_{observe::connect_seconds_bounds};
};

}  // namespace towline::expose
