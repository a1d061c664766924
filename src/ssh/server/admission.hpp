// Who is let in to log in, and who is turned away at the door: too many are there, or the source has failed
// too often.
#pragma once

#include "ssh/auth/server/source_penalties.hpp"
#include "ssh/auth/server/start_limit.hpp"
#include "ssh/server/options.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace towline::ssh {

enum class TurnedAway { too_many, too_many_of_source, too_many_logins, penalty };

// "too_many_logins": one of a closed set, for metrics and logs.
std::string_view label_of(TurnedAway why);
// "too many others are logging in"
std::string_view sentence_of(TurnedAway why);

// A stranger's source: its IPv4 address, or the network of its IPv6 one. A unix socket has none.
using SourceAddress = std::optional<boost::asio::ip::address>;

// Of one endpoint; not thread-safe. No clock: the time is an argument.
class Admission {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // One client that is there, from the moment it has connected.
  class Guest {
   public:
    Guest(Guest&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)),
          source_(std::move(other.source_)),
          is_logging_in_(other.is_logging_in_) {}
    Guest& operator=(Guest&&) = delete;
    ~Guest();

    void logged_in();

   private:
    friend class Admission;
    Guest(Admission& admission, const SourceAddress& source) : admission_(&admission), source_(source) {}

    Admission* admission_;
    SourceAddress source_;
    bool is_logging_in_ = true;
  };

  explicit Admission(const EndpointOptions& options) : options_(options), penalties_(options.penalties) {}

  // `chance`: as is_turned_away() takes it. The guest must not outlive this.
  std::optional<TurnedAway> judge(const SourceAddress& source, Time now, unsigned chance) const;
  Guest enter(const SourceAddress& source);

  // What a login that came to nothing costs its source. True: it is left out from now on.
  bool punish(const SourceAddress& source, Misdeed misdeed, Time now);

  std::size_t guests() const { return guests_; }
  std::size_t logging_in() const { return logging_in_; }

 private:
  EndpointOptions options_;
  SourcePenalties penalties_;
  std::size_t guests_ = 0;
  std::size_t logging_in_ = 0;
  std::map<boost::asio::ip::address, std::size_t> of_source_;
};

}  // namespace towline::ssh
