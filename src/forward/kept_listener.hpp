// An address of ours that is asked for until it is had, and then is ours to the end.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "forward/local_listener.hpp"
#include "forward/report.hpp"
#include "forward/spec.hpp"
#include "net/resolve.hpp"
#include "observe/forward_metrics.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace towline::forward {

// Where it listens: "127.0.0.1:2222", "/run/ssh.sock".
std::vector<std::string> places_of(const ForwardSpec& spec, const LocalListener& listener);

// Not thread-safe; use on its io_context. What it refers to outlives it.
class KeptListener {
 public:
  // Takes connections in until it is cancelled.
  using Accept = std::function<Task<>(net::Acceptor&)>;
  // What becomes of it: `listening` is called with the listener, and with nullptr when it is over.
  // `hopeless`: it was never had and will not be (is_hopeless()); empty: nobody gives up.
  struct News {
    std::function<void(const LocalListener*)> listening;
    std::function<void(const Explanation&)> not_listening;
    std::function<void()> hopeless = {};
  };

  KeptListener(asio::any_io_executor executor, const ForwardSpec& spec, const net::Resolver& resolver,
               observe::ForwardMetrics& metrics, const observe::Log& log, Accept accept, News news);

  // Until cancelled or stopped. Once.
  Task<> run();
  // Gives the address back. Who has been taken in is untouched.
  void stop();

 private:
  Task<bool> bind_and_accept(int& failures);
  Task<> accept_all(std::vector<net::Acceptor>& acceptors);

  asio::any_io_executor executor_;
  const ForwardSpec& spec_;
  const net::Resolver& resolver_;
  observe::ForwardMetrics& metrics_;
  observe::Log log_;
  Accept accept_;
  News news_;
  std::uint16_t last_port_ = 0;
  bool was_bound_ = false;
  bool stopping_ = false;
  Event changed_;  // stopping_
};

}  // namespace towline::forward
