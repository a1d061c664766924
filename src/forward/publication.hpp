// Whoever asks a server for more than a listener: to be told under which address strangers reach it.
#pragma once

#include "async/task.hpp"
#include "forward/report.hpp"
#include "ssh/client/session.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace towline::forward {

// What is published over one session, for all of its -R. On that session's executor.
class Publication {
 public:
  virtual ~Publication() = default;

  // What goes on beside the listeners; until cancelled, and until the last connection has ended.
  virtual Task<> run() = 0;
  // Waits until the server may be asked to listen. Errors: operation_aborted.
  virtual Task<error_code> wait_introduced() = 0;

  // The server listens for this forward, `where` as the log shows it. Whether the forward is up is the
  // publication's to say, and to tell `report`, until it is told refused() or withdrawn().
  virtual void granted(Report& report, std::uint16_t port, std::string_view where) = 0;
  virtual void refused(Report& report) = 0;
  virtual void withdrawn(Report& report) = 0;
};

// Has one for each session. Outlives them.
class Publisher {
 public:
  virtual ~Publisher() = default;

  // `renew` asks for a fresh session in place of this one.
  virtual std::unique_ptr<Publication> publish(ssh::Session& session, std::function<void()> renew) = 0;
};

}  // namespace towline::forward
