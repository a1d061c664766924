// How many connections visitors have, and from where they may come. No clock, no I/O.
#pragma once

#include "expose/names/options.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace towline::expose {

enum class Barred { network, too_many };

// "network": one of a closed set, for metrics.
std::string_view label_of(Barred why);

// Of one owner; not thread-safe.
class Visitors {
 public:
  using Address = boost::asio::ip::address;

  // One connection, counted while it lives; must not outlive the Visitors.
  class Visit {
   public:
    Visit(Visit&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)), address_(std::move(other.address_)) {}
    Visit& operator=(Visit&&) = delete;
    ~Visit() {
      if (all_ != nullptr) all_->leave(address_);
    }

   private:
    friend class Visitors;
    Visit(Visitors& all, const Address& address) : all_(&all), address_(address) {}

    Visitors* all_;
    Address address_;
  };

  explicit Visitors(const VisitorOptions& options) : options_(options) {}

  // Nothing: it may come.
  std::optional<Barred> judge(const Address& address) const;
  Visit enter(const Address& address);

  std::size_t size() const { return size_; }

 private:
  void leave(const Address& address);

  VisitorOptions options_;
  std::map<Address, std::size_t> of_address_;  // an IPv6 network of 64 bits is one
  std::size_t size_ = 0;
};

}  // namespace towline::expose
