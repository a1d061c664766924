// The place that a connection takes: of those its forward has, of the process's descriptors, and on the
// session that carries it.
#pragma once

#include "net/descriptors.hpp"
#include "observe/forward_metrics.hpp"

#include <boost/system/result.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace towline::forward {

// What keeps another connection out.
enum class Limit {
  connections,  // ForwardSpec::max_connections
  descriptors,  // of the process: all forwards share them
};

// The connections that a session carries of one forward.
using Load = std::atomic<std::size_t>;

// Those that a forward has, on all of its sessions. Thread-safe, but for one thread at a time to take them.
class Places {
 public:
  // What it refers to outlives it.
  Places(std::size_t most, net::Descriptors& descriptors, observe::ForwardMetrics& metrics)
      : most_(most), descriptors_(descriptors), metrics_(metrics) {}

 private:
  friend class Place;

  const std::size_t most_;
  net::Descriptors& descriptors_;
  observe::ForwardMetrics& metrics_;
  std::atomic<std::size_t> taken_{0};
};

// Taken from here to its end, on whichever thread that is.
class Place {
 public:
  static boost::system::result<Place, Limit> take(const std::shared_ptr<Places>& of);

  Place() = default;
  Place(Place&&) noexcept = default;
  Place& operator=(Place&& other) noexcept {
    std::swap(forward_, other.forward_);
    std::swap(session_, other.session_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Place();

  // The session that has the connection now. Once.
  void count_for(std::shared_ptr<Load> session);

 private:
  std::shared_ptr<Places> forward_;
  std::shared_ptr<Load> session_;
  std::optional<net::Descriptors::Taken> descriptor_;
};

}  // namespace towline::forward
