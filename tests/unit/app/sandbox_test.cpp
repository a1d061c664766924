#include "app/sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace towline::app {
namespace {

// What `look` finds wrong in a process of its own, once that is in the sandbox.
template <class Look>
std::string wrong_in_sandbox(Look look) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const auto entered = enter_sandbox();
    const auto seen = entered ? look() : "no sandbox: " + entered.error().message();
    const bool told = ::write(ends[1], seen.data(), seen.size()) == static_cast<ssize_t>(seen.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  std::string wrong;
  char part[4096];
  for (ssize_t n = 0; (n = ::read(ends[0], part, sizeof part)) > 0;)
    wrong.append(part, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? wrong : wrong + " and the process died";
}

// No call takes such arguments, should one get through.
bool is_refused(long number) {
  return ::syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == EPERM;
}

TEST(Sandbox, refuses_each_of_its_calls) {
  EXPECT_EQ(wrong_in_sandbox([] {
              std::string passed;
              for (const auto& [number, name] : refused_calls()) {
                if (!is_refused(number)) passed += ' ' + std::string(name);
              }
              return passed;
            }),
            "");
}

// A call that is taken off the list is a decision (docs/decisions/0021).
TEST(Sandbox, refuses_what_takes_a_process_or_a_machine_over) {
  std::vector<std::string_view> names;
  for (const auto& call : refused_calls()) names.push_back(call.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"execve",
                                            "execveat",
                                            "memfd_create",
                                            "ptrace",
                                            "process_vm_readv",
                                            "process_vm_writev",
                                            "process_madvise",
                                            "pidfd_getfd",
                                            "kcmp",
                                            "bpf",
                                            "perf_event_open",
                                            "userfaultfd",
                                            "io_uring_setup",
                                            "io_uring_enter",
                                            "io_uring_register",
                                            "add_key",
                                            "request_key",
                                            "keyctl",
                                            "unshare",
                                            "setns",
                                            "chroot",
                                            "pivot_root",
                                            "mount",
                                            "umount2",
                                            "fsopen",
                                            "fsconfig",
                                            "fsmount",
                                            "fspick",
                                            "move_mount",
                                            "open_tree",
                                            "mount_setattr",
                                            "open_by_handle_at",
                                            "fanotify_init",
                                            "personality",
                                            "init_module",
                                            "finit_module",
                                            "delete_module",
                                            "kexec_load",
                                            "reboot",
                                            "swapon",
                                            "swapoff",
                                            "acct",
                                            "syslog",
                                            "settimeofday",
                                            "clock_settime",
                                            "adjtimex",
                                            "sethostname",
                                            "setdomainname"}));
}

TEST(Sandbox, starts_threads_and_no_process) {
  EXPECT_EQ(wrong_in_sandbox([] {
              std::string wrong;
              pthread_t thread{};
              const auto refused_there = [](void*) -> void* {
                return is_refused(SYS_execve) ? nullptr : &errno;  // anything but nullptr
              };
              void* passed = nullptr;
              if (::pthread_create(&thread, nullptr, refused_there, nullptr) != 0)
                return std::string("no thread");
              ::pthread_join(thread, &passed);
              if (passed != nullptr) wrong += " execve in a thread";
              if (::syscall(SYS_clone3, nullptr, 0) != -1 || errno != ENOSYS) wrong += " clone3";
              const long child = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
              if (child == 0) ::_exit(0);
              if (child != -1 || errno != EPERM) wrong += " clone";
              char name[] = "true";
              char* const argv[] = {name, nullptr};
              pid_t spawned = -1;
              if (::posix_spawn(&spawned, "/bin/true", nullptr, nullptr, argv, nullptr) == 0)
                wrong += " posix_spawn";
              return wrong;
            }),
            "");
}

TEST(Sandbox, has_no_memory_that_can_be_written_and_executed) {
  EXPECT_EQ(wrong_in_sandbox([] {
              std::string wrong;
              const auto map = [](int protection) {
                return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              };
              if (map(PROT_READ | PROT_EXEC) != MAP_FAILED || errno != EPERM) wrong += " mmap";
              void* const memory = map(PROT_READ | PROT_WRITE);
              if (memory == MAP_FAILED) return std::string("no memory at all");
              if (::mprotect(memory, 4096, PROT_READ | PROT_EXEC) != -1 || errno != EPERM)
                wrong += " mprotect";
              if (::syscall(SYS_pkey_mprotect, memory, 4096, PROT_EXEC, -1) != -1 || errno != EPERM)
                wrong += " pkey_mprotect";
              if (::mprotect(memory, 4096, PROT_READ) != 0) wrong += " mprotect without PROT_EXEC";
              return wrong;
            }),
            "");
}

TEST(Sandbox, has_the_sockets_of_a_tunnel_and_no_others) {
  EXPECT_EQ(wrong_in_sandbox([] {
              std::string wrong;
              for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
                const int made = ::socket(family, family == AF_NETLINK ? SOCK_RAW : SOCK_STREAM, 0);
                if (made < 0 && errno == EPERM) wrong += " no family " + std::to_string(family);
                if (made >= 0) ::close(made);
              }
              for (const int family : {AF_ALG, AF_PACKET, AF_VSOCK, AF_KEY, AF_BLUETOOTH, 0, -1}) {
                if (::socket(family, SOCK_RAW, 0) != -1 || errno != EAFNOSUPPORT)
                  wrong += " family " + std::to_string(family);
              }
              return wrong;
            }),
            "");
}

TEST(Sandbox, is_for_good) {
  EXPECT_EQ(wrong_in_sandbox([] {
              const bool for_good = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                                    ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
              return std::string(for_good ? "" : "it is not on");
            }),
            "");
}

// What the kernel would make of the filter (Documentation/networking/filter.rst), as far as it uses that.
unsigned judged(const seccomp_data& call) {
  const auto filter = sandbox_filter();
  const auto word_at = [&](std::size_t offset) {
    std::uint32_t word = 0;
    std::memcpy(&word, reinterpret_cast<const char*>(&call) + offset, sizeof word);
    return word;
  };
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const auto& [code, if_true, if_false, k] = filter[at];
    switch (code) {
      case BPF_LD | BPF_W | BPF_ABS: value = word_at(k); break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += value == k ? if_true : if_false; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += value >= k ? if_true : if_false; break;
      case BPF_JMP | BPF_JSET | BPF_K: at += (value & k) != 0 ? if_true : if_false; break;
      case BPF_RET | BPF_K: return k;
      default: return 0;
    }
  }
  return 0;
}

#ifdef __x86_64__
TEST(Sandbox, refuses_calls_by_the_numbers_of_another_architecture) {
  constexpr unsigned refused = SECCOMP_RET_ERRNO | EPERM;
  EXPECT_EQ(judged({.nr = SYS_read, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0, .args = {}}),
            SECCOMP_RET_ALLOW);
  EXPECT_EQ(judged({.nr = SYS_read, .arch = AUDIT_ARCH_I386, .instruction_pointer = 0, .args = {}}), refused);
  const int x32_execve = 0x40000000 + 520;
  EXPECT_EQ(judged({.nr = x32_execve, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0, .args = {}}),
            refused);
}
#endif

}  // namespace
}  // namespace towline::app
