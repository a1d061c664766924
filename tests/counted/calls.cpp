#include "counted/calls.hpp"

#include <cstddef>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc's, behind the names that a program may take for itself.
extern "C" {
void* __libc_malloc(std::size_t size);                 // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t n, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* old, std::size_t size);     // NOLINT(bugprone-reserved-identifier)
}

namespace towline::counted {

// One thread's: a test of these has one.
static constinit Calls counted;

Calls calls() {
  auto now = counted;
  now.bytes_held = ::mallinfo2().uordblks;
  return now;
}

Calls operator-(const Calls& now, const Calls& before) {
  return {.sends = now.sends - before.sends,
          .receives = now.receives - before.receives,
          .options = now.options - before.options,
          .controls = now.controls - before.controls,
          .allocations = now.allocations - before.allocations,
          .bytes_held = now.bytes_held - before.bytes_held};
}

Calls& operator+=(Calls& sum, const Calls& more) {
  sum.sends += more.sends;
  sum.receives += more.receives;
  sum.options += more.options;
  sum.controls += more.controls;
  sum.allocations += more.allocations;
  sum.bytes_held += more.bytes_held;
  return sum;
}

}  // namespace towline::counted

using towline::counted::counted;

extern "C" {

void* malloc(std::size_t size) {
  ++counted.allocations;
  return __libc_malloc(size);
}

void* calloc(std::size_t n, std::size_t size) {
  ++counted.allocations;
  return __libc_calloc(n, size);
}

void* realloc(void* old, std::size_t size) {
  ++counted.allocations;
  return __libc_realloc(old, size);
}

ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  ++counted.sends;
  return ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  ++counted.sends;
  return ::syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  ++counted.receives;
  return ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  ++counted.receives;
  return ::syscall(SYS_recvmsg, fd, message, flags);
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t size) noexcept {
  ++counted.options;
  return static_cast<int>(::syscall(SYS_setsockopt, fd, level, option, value, size));
}

int epoll_ctl(int epoll, int what, int fd, epoll_event* event) noexcept {
  ++counted.controls;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, what, fd, event));
}
}
