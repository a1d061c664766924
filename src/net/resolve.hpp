// Host names to addresses by c-ares: on the caller's io_context, cancellable, without threads or NSS plugins.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "net/descriptors.hpp"
#include "net/host_port.hpp"
#include "net/options.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::net {

using Deadline = std::chrono::steady_clock::time_point;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

struct ResolvConf;

struct ResolveOptions {
  std::vector<HostPort> servers{};                            // name servers; empty: those of resolv.conf
  std::optional<std::chrono::milliseconds> server_timeout{};  // instead of resolv.conf's
  AddressFamily family = AddressFamily::any;                  // the only one to ask for
  std::string resolv_conf = "/etc/resolv.conf";
  // One is taken for each socket of a look-up, and by connect() for each attempt beside another. Where there
  // is none left, both wait for one. Null: they are not counted.
  Descriptors* descriptors = nullptr;
};

// The addresses of one name. Both families are asked for at the same time, and one that is slow, silent or
// refused does not hold up the other: what comes later can be taken later. Not thread-safe.
class Lookup {
 public:
  class State;
  explicit Lookup(std::unique_ptr<State> state);
  Lookup(Lookup&&) noexcept;
  Lookup& operator=(Lookup&&) noexcept;
  ~Lookup();

  // The addresses of the family that answered first, and of the other one if it needs at most 50 ms more (RFC
  // 8305, 3); in the order in which they are to be tried, never an empty list. Takes half of the time until
  // `deadline` at most, so that a name server cannot use up what connecting needs. An address as host is
  // returned as it is and nobody is asked. Once. Errors: net::errc, the system's where
  // is_resource_shortage(), or operation_aborted when cancelled; the detail names the host. Needs a
  // single-threaded executor or a strand.
  Task<Result<Endpoints>> first(Deadline deadline);

  // After first(): whether the other family may still come; it is not asked again.
  bool may_grow() const;
  // What came of it since the last call.
  Endpoints take_late();
  // Called when take_late() may have something.
  void when_changed(std::function<void()> told);

  // ResolveOptions'.
  Descriptors* descriptors() const;

 private:
  std::unique_ptr<State> state_;
};

// Keeps nothing between two questions: /etc/hosts and resolv.conf are read anew for each. Usable from any
// thread; must outlive the coroutines it returned.
class Resolver {
 public:
  explicit Resolver(ResolveOptions options = {});

  // `family` other than any: the only one to ask for, whatever the options say.
  Lookup look_up(const asio::any_io_executor& executor, HostPort where,
                 AddressFamily family = AddressFamily::any) const;

  // Lookup::first() of that.
  Task<Result<Endpoints>> resolve(HostPort where, Deadline deadline) const;

  // The TXT records of a name, which is taken as it is. Errors: those of Lookup::first(); the name has none:
  // no_address.
  Task<Result<std::vector<std::string>>> texts(std::string name, Deadline deadline) const;

 private:
  void adjust(ResolvConf& conf) const;

  ResolveOptions options_;
  mutable std::atomic<unsigned> turn_{0};  // of resolv.conf's `rotate`
};

}  // namespace towline::net
