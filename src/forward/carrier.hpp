// One session's part in a local entry: takes connections while the session is up.
#pragma once

#include "forward/local_entry.hpp"
#include "forward/site.hpp"

#include <memory>

namespace towline::forward {

// Not thread-safe; use on the session's executor. Everything in `site` outlives it.
class Carrier final : private EntryUser {
 public:
  Carrier(LocalEntry& entry, Site site);
  ~Carrier() override;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // The session is up.
  void join();

  // No new connections from here on; the present ones are untouched. Again: nothing new.
  void leave();

  // Connections are no longer given back: the process ends.
  void keep_all() { keeps_all_ = true; }

  // A connection for which no channel could be had goes to another session, if it was this one's fault. True:
  // socket and arrival are moved from.
  bool give_back(const Failure& failure, net::Stream& socket, Arrival& arrival);

 private:
  void on_listening(std::uint16_t port) override;
  void on_unbound(const Explanation& why) override;
  void on_accepted(net::Stream socket, Arrival arrival) override;

  LocalEntry& entry_;
  Site site_;
  std::shared_ptr<Carrying> carrying_;  // while joined
  bool keeps_all_ = false;
};

}  // namespace towline::forward
