// Which public address is which forward's, by what a service has said so far and the order in which it was
// asked. Pure.
#pragma once

#include "publish/dialect.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace towline::publish {

// A forward as the service was asked for it.
struct AskedForward {
  std::string forward;  // its name
  std::string host;
  std::uint16_t port = 0;
  std::uint16_t bound = 0;  // once it listens, which port that is
  bool refused = false;
};

class AddressBook {
 public:
  // Further ones are not taken, or push out the oldest.
  static constexpr std::size_t addresses_max = 8;  // of a forward
  static constexpr std::size_t announcements_max = 64;

  // In the order in which they are asked for. `renews`: see Dialect.
  AddressBook(std::vector<AskedForward> forwards, bool renews);

  void take(Announcement said);
  // True where there is such a forward.
  bool listens(std::string_view forward, std::uint16_t port);
  bool refused(std::string_view forward);

  const std::vector<AskedForward>& forwards() const { return forwards_; }
  // https first, then as they came.
  std::vector<std::string> addresses(std::string_view forward) const;

 private:
  struct Entries;

  std::vector<AskedForward> forwards_;
  bool renews_;
  std::vector<Announcement> said_;
};

// What is to be made of a forward's addresses.
struct Judgement {
  enum class Verdict { none_yet, other, right };
  Verdict verdict = Verdict::none_yet;
  std::vector<std::string> addresses{};  // that may be shown; of `other` those that are not wanted

  bool operator==(const Judgement&) const = default;
};

// `expected`: empty where any address will do. What is at another place than that is never right.
Judgement judge(std::vector<std::string> addresses, std::string_view expected);

}  // namespace towline::publish
