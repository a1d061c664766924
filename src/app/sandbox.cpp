#include "app/sandbox.hpp"

#include <boost/system/error_code.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace towline::app {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_ARM;
#else
constexpr std::uint32_t own_architecture = 0;
#endif

#ifdef SYS_mmap2
constexpr long memory_mapping = SYS_mmap2;
#else
constexpr long memory_mapping = SYS_mmap;
#endif

// __X32_SYSCALL_BIT of x86-64: further numbers for the same calls.
constexpr std::uint32_t x32_calls = 0x40000000;

#define CALL(name) {SYS_##name, #name}

constexpr auto calls_of_no_tunnel = std::to_array<RefusedCall>({
#ifdef SYS_fork
    CALL(fork), CALL(vfork),
#endif
#ifdef SYS_iopl
    CALL(iopl), CALL(ioperm), CALL(modify_ldt),
#endif
#ifdef SYS_kexec_file_load
    CALL(kexec_file_load),
#endif
#ifdef SYS_clock_settime64
    CALL(clock_settime64), CALL(clock_adjtime64),
#endif
    // Another program in our place.
    CALL(execve), CALL(execveat), CALL(memfd_create),
    // The memory and the descriptors of other processes.
    CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(process_madvise), CALL(pidfd_getfd),
    CALL(kcmp),
    // Where the kernel has most often been taken over.
    CALL(bpf), CALL(perf_event_open), CALL(userfaultfd), CALL(io_uring_setup), CALL(io_uring_enter),
    CALL(io_uring_register), CALL(add_key), CALL(request_key), CALL(keyctl), CALL(remap_file_pages),
    CALL(shmat), CALL(mbind), CALL(set_mempolicy), CALL(migrate_pages), CALL(move_pages),
    // Namespaces and file systems.
    CALL(unshare), CALL(setns), CALL(chroot), CALL(pivot_root), CALL(mount), CALL(umount2), CALL(fsopen),
    CALL(fsconfig), CALL(fsmount), CALL(fspick), CALL(move_mount), CALL(open_tree), CALL(mount_setattr),
    CALL(name_to_handle_at), CALL(open_by_handle_at), CALL(fanotify_init), CALL(fanotify_mark),
    CALL(quotactl), CALL(quotactl_fd),
    // The machine.
    CALL(personality), CALL(init_module), CALL(finit_module), CALL(delete_module), CALL(kexec_load),
    CALL(reboot), CALL(swapon), CALL(swapoff), CALL(acct), CALL(syslog), CALL(settimeofday),
    CALL(clock_settime), CALL(clock_adjtime), CALL(adjtimex), CALL(sethostname), CALL(setdomainname),
    CALL(vhangup)});

#undef CALL

constexpr int socket_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

class FilterText {
 public:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  // The low half, which all flags and families are in; the three architectures are little-endian.
  void load_argument(std::size_t number) {
    load(offsetof(seccomp_data, args) + number * sizeof(std::uint64_t));
  }
  void allow() { add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
  void refuse(int error = EPERM) { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)); }
  // The next `length` instructions are for values that pass the test; others go on behind them.
  void if_equal(std::size_t value, std::uint8_t length = 1) { add(BPF_JMP | BPF_JEQ | BPF_K, value, length); }
  void if_at_least(std::size_t value) { add(BPF_JMP | BPF_JGE | BPF_K, value, 1); }
  void if_any_bit(std::size_t value) { add(BPF_JMP | BPF_JSET | BPF_K, value, 1); }

  std::vector<sock_filter> take() { return std::move(instructions_); }

 private:
  void add(int code, std::size_t value, std::uint8_t skipped_otherwise = 0) {
    instructions_.push_back(
        {static_cast<std::uint16_t>(code), 0, skipped_otherwise, static_cast<std::uint32_t>(value)});
  }

  std::vector<sock_filter> instructions_;
};

void judge_executable_memory(FilterText& filter) {
  for (const long call : {memory_mapping, long{SYS_mprotect}, long{SYS_pkey_mprotect}}) {
    filter.if_equal(static_cast<std::size_t>(call), 4);
    filter.load_argument(2);
    filter.if_any_bit(PROT_EXEC);
    filter.refuse();
    filter.allow();
  }
}

void judge_processes(FilterText& filter) {
  filter.if_equal(SYS_clone3);
  filter.refuse(ENOSYS);
  filter.if_equal(SYS_clone, 4);
  filter.load_argument(0);
  filter.if_any_bit(CLONE_THREAD);
  filter.allow();
  filter.refuse();
}

void judge_sockets(FilterText& filter) {
  filter.if_equal(SYS_socket, 2 * std::size(socket_families) + 2);
  filter.load_argument(0);
  for (const int family : socket_families) {
    filter.if_equal(static_cast<std::size_t>(family));
    filter.allow();
  }
  filter.refuse(EAFNOSUPPORT);
}

Failure seccomp_error() { return boost::system::error_code(errno, boost::system::system_category()); }

}  // namespace

std::span<const RefusedCall> refused_calls() { return calls_of_no_tunnel; }

// What is decided by the number alone comes first: the kernel (since 5.11) remembers which of these it lets
// pass, and does not run the filter for them again.
std::vector<sock_filter> sandbox_filter() {
  FilterText filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.if_equal(own_architecture, 2);
  filter.load(offsetof(seccomp_data, nr));
  filter.if_at_least(own_architecture == AUDIT_ARCH_X86_64 ? x32_calls : UINT32_MAX);
  filter.refuse();
  for (const auto& call : calls_of_no_tunnel) {
    filter.if_equal(static_cast<std::size_t>(call.number));
    filter.refuse();
  }
  judge_processes(filter);
  judge_executable_memory(filter);
  judge_sockets(filter);
  filter.allow();
  return filter.take();
}

Result<> enter_sandbox() {
  if (own_architecture == 0) return boost::system::error_code(ENOTSUP, boost::system::system_category());
  auto filter = sandbox_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return seccomp_error();
  // Without the flag, kernels before 5.16 slow the whole process down as if it ran programs of others.
  const auto flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) return seccomp_error();
  return {};
}

}  // namespace towline::app
