// -L and -D: we listen, with -D the client says where to, and the server connects there.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "forward/connection.hpp"
#include "forward/local_entry.hpp"
#include "forward/site.hpp"
#include "net/stream.hpp"

namespace towline::forward {

// One session's part in a -L or -D. Not thread-safe; use on the session's executor. What `site` refers to
// outlives its time with the entry.
class LocalForward final : public Carrier {
 public:
  LocalForward(LocalEntry& entry, Site site);

  // The session is up: connections are taken until leave().
  void start();

  // Connections are no longer given back: the process ends.
  void keep_all() { keeps_all_ = true; }

 private:
  void on_listening(std::uint16_t port) override;
  void on_unbound(const Explanation& why) override;
  void on_accepted(net::Stream socket, Arrival arrival) override;

  Task<> serve(net::Stream socket, Arrival arrival);
  Task<bool> hear_request(net::Stream& socket, Arrival& arrival);
  Task<> not_opened(net::Stream& socket, Arrival& arrival, const Failure& failure);

  Site site_;
  bool keeps_all_ = false;
};

// The request for a channel to what the client has asked for, or else to `spec`'s target. Pure.
ssh::connection::OpenRequest open_request(const ForwardSpec& spec, const Arrival& arrival);

}  // namespace towline::forward
