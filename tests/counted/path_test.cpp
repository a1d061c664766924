// What a byte costs on its way, counted and not timed: a number that grows by a tenth is looked at. Ciphers
// are not in it, nor is what the server's side asks of the system.
#include "counted/workload.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <regex>
#include <string>

namespace towline::counted {
namespace {

constexpr std::size_t megabyte = 1'000'000;
constexpr std::size_t warm_up = 8 * megabyte;
constexpr std::size_t long_run = 64 * megabyte;

// Of a transfer that has found its pace, for each megabyte.
struct Spent {
  Spent(Workload::Direction direction) {
    workload.connect();
    workload.transfer(direction, warm_up);
    workload.forget_spent();
    workload.transfer(direction, long_run);
  }
  double each(std::uint64_t Calls::* what) const { return each(workload.spent().*what); }
  double each(std::uint64_t count) const { return static_cast<double>(count) * megabyte / long_run; }

  Workload workload;
};

TEST(Download, asks_the_system_seldom) {
  const Spent spent(Workload::Direction::down);
  EXPECT_LE(spent.each(&Calls::sends), 5);
  EXPECT_LE(spent.each(spent.workload.wire_reads()), 5);
  EXPECT_LE(spent.each(&Calls::options), 0.1);
  EXPECT_LE(spent.each(&Calls::controls), 0.1);
}

TEST(Upload, asks_the_system_seldom) {
  const Spent spent(Workload::Direction::up);
  EXPECT_LE(spent.each(&Calls::receives), 37);
  EXPECT_LE(spent.each(spent.workload.wire_writes()), 12);
  EXPECT_LE(spent.each(&Calls::options), 0.1);
  EXPECT_LE(spent.each(&Calls::controls), 0.1);
}

TEST(Packet, takes_next_to_nothing_from_the_heap) {
  constexpr double packets_per_megabyte = static_cast<double>(megabyte) / Workload::packet;
  EXPECT_LE(Spent(Workload::Direction::down).each(&Calls::allocations) / packets_per_megabyte, 0.5);
  EXPECT_LE(Spent(Workload::Direction::up).each(&Calls::allocations) / packets_per_megabyte, 0.5);
}

// With both ends of its socket, of which one is the test's.
TEST(IdleConnection, holds_little_memory) {
  constexpr int many = 1000;
  Workload workload;
  workload.connect();
  workload.transfer(Workload::Direction::down, megabyte);
  const auto before = calls();
  for (int i = 0; i < many; ++i) workload.connect();
  EXPECT_LE((calls() - before).bytes_held / many, 8'100U);
}

// That valgrind has seen in this program doing `megabytes` of work.
double instructions(const std::string& direction, int megabytes) {
  // Else glibc copies with one instruction, which valgrind counts once for each byte.
  const auto command =
      "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000 valgrind --tool=callgrind "
      "--callgrind-out-file=/dev/null '" +
      std::string(::testing::internal::GetArgvs().front()) + "' --work " + direction + ' ' +
      std::to_string(megabytes) + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string said;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), part.size(), pipe.get())) said += part.data();
  std::smatch found;
  if (!std::regex_search(said, found, std::regex("Collected : ([0-9]+)"))) {
    ADD_FAILURE() << said;
    return 0;
  }
  return std::stod(found[1]);
}

// Of towline itself, of Asio, and of the parts of libssh2 that are not ciphers.
double instructions_per_packet(const std::string& direction) {
  constexpr int few = 4, many = 20;
  constexpr double packets = static_cast<double>(many - few) * megabyte / Workload::packet;
  return (instructions(direction, many) - instructions(direction, few)) / packets;
}

TEST(Packet, takes_few_instructions_down) { EXPECT_LE(instructions_per_packet("down"), 17'500); }

TEST(Packet, takes_few_instructions_up) { EXPECT_LE(instructions_per_packet("up"), 17'500); }

}  // namespace
}  // namespace towline::counted
