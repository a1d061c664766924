// A thread, or the reason why the machine has none left: pids of a container engine, ulimit -u.
#pragma once

#include "async/result.hpp"

#include <boost/system/errc.hpp>

#include <system_error>
#include <thread>
#include <utility>

namespace towline {

// What start_thread() fails with, and how it is helped.
inline constexpr auto no_thread = boost::system::errc::resource_unavailable_try_again;
inline constexpr auto no_thread_hint =
    "raise the limit of processes and threads: pids of the container engine, ulimit -u, TasksMax of systemd";

template <class Run>
Result<std::thread> start_thread(Run run) {
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error& refused) {
    // Named, as a std::thread can be made from anything that can be called, and a Failure looks like it.
    return {boost::system::in_place_error, make_error_code(no_thread), "no thread can be started"};
  }
}

}  // namespace towline
