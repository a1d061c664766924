// A long way for bench/run: packets that leave by a TUN device come back by it with their two addresses
// exchanged, later. So a program that connects to PEER, an address that nobody has, meets a server of this
// machine, and both keep their own TCP over a path with a delay, a rate and a queue in each direction. The
// exchange leaves the checksums right.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t packet_max = 65536;
// A queue holds what the path does in a round trip, and at least this.
constexpr double queue_bytes_min = 100 * 1500.0;

std::system_error failed(const char* what) { return {errno, std::generic_category(), what}; }

using Packet = std::vector<char>;

// One direction: packets are sent one after another at the rate, and arrive half a round trip later.
class Way {
 public:
  Way(double bits_per_second, nanoseconds round_trip)
      : bits_per_second_(bits_per_second),
        delay_(round_trip / 2),
        queue_max_(std::max(round_trip, time_of(queue_bytes_min))) {}

  // Drops what finds the queue full.
  void enter(Packet packet, Clock::time_point now) {
    free_ = std::max(free_, now);
    if (free_ - now > queue_max_) return;
    free_ += time_of(static_cast<double>(packet.size()));
    under_way_.emplace_back(free_ + delay_, std::move(packet));
  }

  Clock::time_point next() const {
    return under_way_.empty() ? Clock::time_point::max() : under_way_.front().first;
  }

  Packet leave() {
    auto packet = std::move(under_way_.front().second);
    under_way_.pop_front();
    return packet;
  }

 private:
  nanoseconds time_of(double bytes) const {
    return nanoseconds(static_cast<std::int64_t>(bytes * 8e9 / bits_per_second_));
  }

  double bits_per_second_;
  nanoseconds delay_;
  nanoseconds queue_max_;
  Clock::time_point free_{};  // when everything before has been sent
  std::deque<std::pair<Clock::time_point, Packet>> under_way_;
};

int open_device(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw failed("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (::ioctl(fd, TUNSETIFF, &request) != 0) throw failed(name);
  return fd;
}

class Path {
 public:
  Path(int device, const Way& way, std::set<std::uint16_t> ports)
      : device_(device), up_(way), down_(way), ports_(std::move(ports)) {}

  [[noreturn]] void run() {
    for (;;) {
      wait();
      take();
      give(up_);
      give(down_);
    }
  }

 private:
  void wait() const {
    const auto next = std::min(up_.next(), down_.next());
    const auto left = std::max<nanoseconds>(next - Clock::now(), nanoseconds(0));
    const timespec until{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    pollfd ready{device_, POLLIN, 0};
    ::ppoll(&ready, 1, next == Clock::time_point::max() ? nullptr : &until, nullptr);
  }

  void take() {
    for (;;) {
      const auto size = ::read(device_, buffer_.data(), buffer_.size());
      if (size < static_cast<ssize_t>(sizeof(iphdr))) return;
      Packet packet(buffer_.begin(), buffer_.begin() + size);
      iphdr header{};
      std::memcpy(&header, packet.data(), sizeof header);
      const auto port_at = header.ihl * 4u + 2;  // the destination's, of TCP and UDP
      if (header.version != 4 || packet.size() < port_at + 2) continue;
      std::uint16_t port = 0;
      std::memcpy(&port, &packet[port_at], sizeof port);
      std::swap(header.saddr, header.daddr);
      std::memcpy(packet.data(), &header, sizeof header);
      (ports_.contains(ntohs(port)) ? up_ : down_).enter(std::move(packet), Clock::now());
    }
  }

  void give(Way& way) const {
    for (const auto now = Clock::now(); way.next() <= now;) {
      const auto packet = way.leave();
      if (::write(device_, packet.data(), packet.size()) < 0 && errno != EAGAIN) throw failed("write");
    }
  }

  int device_;
  Way up_;
  Way down_;
  std::set<std::uint16_t> ports_;
  Packet buffer_ = Packet(packet_max);
};

void run(const std::vector<std::string>& words) {
  const auto rate = std::stod(words.at(1)) * 1e6;
  const auto round_trip = nanoseconds(static_cast<std::int64_t>(std::stod(words.at(2)) * 1e6));
  std::set<std::uint16_t> ports;
  for (auto i = words.begin() + 3; i != words.end(); ++i)
    ports.insert(static_cast<std::uint16_t>(std::stoul(*i)));
  Path path(open_device(words.at(0).c_str()), Way(rate, round_trip), std::move(ports));
  // A busy machine is not to look like a slower path.
  ::prctl(PR_SET_TIMERSLACK, 1);
  ::setpriority(PRIO_PROCESS, 0, -10);
  std::puts("ready");
  std::fflush(stdout);
  path.run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const std::logic_error&) {
    std::fputs("usage: towline_path DEVICE MBIT_PER_SECOND ROUND_TRIP_MS SERVER_PORT...\n", stderr);
    return 64;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "towline_path: %s\n", error.what());
    return 1;
  }
}
