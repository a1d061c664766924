#include "ssh/server/admission.hpp"

#include <algorithm>

namespace towline::ssh {

namespace {

using boost::asio::ip::address;

// Who has one IPv6 address has its network.
address network_of(const address& source) {
  if (!source.is_v6()) return source;
  auto octets = source.to_v6().to_bytes();
  std::ranges::fill(octets.begin() + 8, octets.end(), std::uint8_t{0});
  return boost::asio::ip::address_v6(octets);
}

}  // namespace

std::string_view label_of(TurnedAway why) {
  switch (why) {
    case TurnedAway::too_many: return "too_many";
    case TurnedAway::too_many_of_source: return "too_many_of_source";
    case TurnedAway::too_many_logins: return "too_many_logins";
    case TurnedAway::penalty: break;
  }
  return "penalty";
}

std::string_view sentence_of(TurnedAway why) {
  switch (why) {
    case TurnedAway::too_many: return "there are as many clients as there may be";
    case TurnedAway::too_many_of_source: return "its address has as many clients as it may have";
    case TurnedAway::too_many_logins: return "too many others are logging in";
    case TurnedAway::penalty: break;
  }
  return "its address has failed too often, and is left out for a while";
}

Admission::Guest::~Guest() {
  if (!admission_) return;
  --admission_->guests_;
  if (is_logging_in_) --admission_->logging_in_;
  if (!source_) return;
  const auto it = admission_->of_source_.find(*source_);
  if (--it->second == 0) admission_->of_source_.erase(it);
}

void Admission::Guest::logged_in() {
  if (std::exchange(is_logging_in_, false)) --admission_->logging_in_;
}

std::optional<TurnedAway> Admission::judge(const SourceAddress& source, Time now, unsigned chance) const {
  const auto& limits = options_.limits;
  if (source && penalties_.find(*source, now)) return TurnedAway::penalty;
  if (guests_ >= limits.clients_max) return TurnedAway::too_many;
  if (source) {
    const auto it = of_source_.find(network_of(*source));
    if (it != of_source_.end() && it->second >= limits.per_source_max) return TurnedAway::too_many_of_source;
  }
  // Programs of this machine start many at once, and do not expect to be refused by chance.
  const bool is_local = !source || source->is_loopback();
  const auto waiting = static_cast<unsigned>(logging_in_);
  if (is_local ? waiting >= options_.starts.full : is_turned_away(options_.starts, waiting, chance))
    return TurnedAway::too_many_logins;
  return std::nullopt;
}

Admission::Guest Admission::enter(const SourceAddress& source) {
  ++guests_;
  ++logging_in_;
  const auto network = source ? SourceAddress(network_of(*source)) : source;
  if (network) ++of_source_[*network];
  return {*this, network};
}

bool Admission::punish(const SourceAddress& source, Misdeed misdeed, Time now) {
  return source && penalties_.add(*source, misdeed, now);
}

}  // namespace towline::ssh
