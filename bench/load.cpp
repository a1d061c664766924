// The load of bench/run: a server that is source, sink and echo on one port, and the clients that measure
// what is between them and that server. Results are printed as one line of JSON.
//
// The first byte of a connection says what the server does with it: 's' counts bytes until EOF and answers
// the count, 'd' and four bytes (milliseconds) sends for so long, 'o' is sent back and the connection closed,
// anything else is sent back, as is all that follows.
#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr char sink_request = 's';
constexpr char source_request = 'd';
constexpr char echo_request = 'e';
constexpr char once_request = 'o';
// Large enough that the generator's own system calls do not count.
constexpr std::size_t piece = 1024 * 1024;

std::system_error failed(const char* what) { return {errno, std::generic_category(), what}; }

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Fd {
 public:
  explicit Fd(int fd, const char* what) : fd_(fd) {
    if (fd < 0) throw failed(what);
  }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }

 private:
  int fd_;
};

// PORT of the loopback device, or ADDRESS:PORT.
sockaddr_in parse_place(const std::string& text) {
  const auto colon = text.find(':');
  const auto host = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1))));  // npos + 1 is 0
  if (::inet_pton(AF_INET, host.c_str(), &place.sin_addr) != 1) throw std::invalid_argument(text);
  return place;
}

void send_at_once(const Fd& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Data to send without copying it: pages of a file that is only in memory.
class Pages {
 public:
  Pages() : file_(::memfd_create("load", MFD_CLOEXEC), "memfd_create") {
    if (::ftruncate(file_.get(), piece) != 0) throw failed("ftruncate");
  }

  ssize_t send(const Fd& socket) const {
    off_t from = 0;
    return ::sendfile(socket.get(), file_.get(), &from, piece);
  }

 private:
  Fd file_;
};

// Takes what is there without copying it: > 0 bytes, 0 at EOF, < 0 an error.
ssize_t discard(const Fd& socket) { return ::recv(socket.get(), nullptr, piece, MSG_TRUNC); }

// --- server
// ---------------------------------------------------------------------------------------------------

struct Connection {
  enum class Duty { unknown, echo, sink, source };

  Fd socket;
  Duty duty = Duty::unknown;
  std::string request{};      // the bytes of a source's request so far
  std::uint64_t taken = 0;    // by a sink
  Clock::time_point until{};  // a source's end
};

// One thread, one small step for each ready socket, so that a bulk connection does not delay an echo.
class Server {
 public:
  explicit Server(sockaddr_in address)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"),
        poll_(::epoll_create1(0), "epoll") {
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, length) != 0) throw failed("bind");
    if (::listen(listener_.get(), 4096) != 0) throw failed("listen");
    if (::getsockname(listener_.get(), generic, &length) != 0) throw failed("getsockname");
    port_ = ntohs(address.sin_port);
    watch(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
  }

  std::uint16_t port() const { return port_; }

  [[noreturn]] void run() {
    for (;;) {
      epoll_event events[64];
      const int ready = ::epoll_wait(poll_.get(), events, 64, -1);
      for (int i = 0; i < ready; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_.get()) {
          accept();
        } else if (!step(connections_.at(fd))) {
          connections_.erase(fd);
        }
      }
    }
  }

 private:
  void watch(int how, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(poll_.get(), how, fd, &event) != 0) throw failed("epoll_ctl");
  }

  void accept() {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept");
    send_at_once(socket);
    const int fd = socket.get();
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    connections_.emplace(fd, Connection{std::move(socket)});
  }

  // False: the connection is over.
  bool step(Connection& connection) {
    switch (connection.duty) {
      case Connection::Duty::unknown: return learn(connection);
      case Connection::Duty::echo: return echo(connection);
      case Connection::Duty::sink: return sink(connection);
      case Connection::Duty::source: return source(connection);
    }
    return false;
  }

  bool learn(Connection& connection) {
    char bytes[5];
    const auto wanted = connection.request.empty() ? 1 : sizeof bytes - connection.request.size();
    const auto n = ::recv(connection.socket.get(), bytes, wanted, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    connection.request.append(bytes, static_cast<std::size_t>(n));
    if (connection.request[0] == sink_request) {
      connection.duty = Connection::Duty::sink;
    } else if (connection.request[0] != source_request) {
      connection.duty = Connection::Duty::echo;
      const bool sent = ::send(connection.socket.get(), connection.request.data(), 1, MSG_NOSIGNAL) == 1;
      return sent && connection.request[0] != once_request;
    } else if (connection.request.size() == sizeof bytes) {
      std::uint32_t time = 0;
      std::memcpy(&time, &connection.request[1], sizeof time);
      connection.until = Clock::now() + milliseconds(time);
      connection.duty = Connection::Duty::source;
      watch(EPOLL_CTL_MOD, connection.socket.get(), EPOLLOUT);
    }
    return true;
  }

  bool echo(Connection& connection) {
    char bytes[4096];
    const auto n = ::recv(connection.socket.get(), bytes, sizeof bytes, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    return ::send(connection.socket.get(), bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) == n;
  }

  bool sink(Connection& connection) {
    const auto n = discard(connection.socket);
    if (n > 0) connection.taken += static_cast<std::uint64_t>(n);
    if (n != 0) return n > 0 || errno == EAGAIN;
    ::send(connection.socket.get(), &connection.taken, sizeof connection.taken, MSG_NOSIGNAL);
    return false;
  }

  bool source(Connection& connection) {
    if (Clock::now() >= connection.until) return false;
    return pages_.send(connection.socket) > 0 || errno == EAGAIN;
  }

  Pages pages_;
  Fd listener_;
  Fd poll_;
  std::uint16_t port_ = 0;
  std::unordered_map<int, Connection> connections_;
};

// --- clients
// --------------------------------------------------------------------------------------------------

Fd connect_to(const sockaddr_in& place) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    throw failed("connect");
  send_at_once(socket);
  return socket;
}

void send_all(const Fd& socket, const void* data, std::size_t size) {
  if (::send(socket.get(), data, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) throw failed("send");
}

void receive_all(const Fd& socket, void* data, std::size_t size) {
  const auto n = ::recv(socket.get(), data, size, MSG_WAITALL);
  if (n < 0) throw failed("recv");
  if (n != static_cast<ssize_t>(size)) throw std::runtime_error("the connection ended early");
}

void exchange_byte(const Fd& socket, char byte = echo_request) {
  send_all(socket, &byte, 1);
  receive_all(socket, &byte, 1);
}

// One byte there and back; then the client closes, or waits until the target has.
void visit(const sockaddr_in& place, bool target_closes) {
  const auto socket = connect_to(place);
  exchange_byte(socket, target_closes ? once_request : echo_request);
  if (target_closes && discard(socket) != 0) throw std::runtime_error("no EOF");
}

// Sends for `time`; the clock stops when the far end has said how much it took, and that must be all.
void up(const sockaddr_in& place, milliseconds time) {
  const Pages pages;
  const auto socket = connect_to(place);
  const auto start = Clock::now();
  send_all(socket, &sink_request, 1);
  std::uint64_t sent = 0;
  while (Clock::now() < start + time) {
    const auto n = pages.send(socket);
    if (n < 0) throw failed("sendfile");
    sent += static_cast<std::uint64_t>(n);
  }
  ::shutdown(socket.get(), SHUT_WR);
  std::uint64_t taken = 0;
  receive_all(socket, &taken, sizeof taken);
  if (taken != sent)
    throw std::runtime_error("sent " + std::to_string(sent) + ", arrived " + std::to_string(taken));
  std::printf("{\"bytes\": %llu, \"seconds\": %.6f}\n", static_cast<unsigned long long>(sent),
              seconds_since(start));
}

void down(const sockaddr_in& place, milliseconds time) {
  const auto socket = connect_to(place);
  char request[5] = {source_request};
  const auto count = static_cast<std::uint32_t>(time.count());
  std::memcpy(&request[1], &count, sizeof count);
  const auto start = Clock::now();
  send_all(socket, request, sizeof request);
  std::uint64_t taken = 0;
  for (;;) {
    const auto n = discard(socket);
    if (n < 0) throw failed("recv");
    if (n == 0) break;
    taken += static_cast<std::uint64_t>(n);
  }
  std::printf("{\"bytes\": %llu, \"seconds\": %.6f}\n", static_cast<unsigned long long>(taken),
              seconds_since(start));
}

void ping(const sockaddr_in& place, milliseconds time) {
  const auto socket = connect_to(place);
  exchange_byte(socket);
  std::vector<double> took;
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    const auto start = Clock::now();
    exchange_byte(socket);
    took.push_back(seconds_since(start) * 1e6);
  }
  std::sort(took.begin(), took.end());
  const auto at = [&took](double part) {
    return took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))];
  };
  std::printf("{\"count\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", took.size(), at(0.50), at(0.99));
}

// `width` threads, each of which makes one connection after another.
void connections(const sockaddr_in& place, milliseconds time, unsigned width, bool target_closes) {
  std::atomic<unsigned> count = 0;
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < width; ++i) {
      threads.emplace_back([&] {
        for (; Clock::now() < start + time; ++count) visit(place, target_closes);
      });
    }
  }
  std::printf("{\"count\": %u, \"seconds\": %.6f}\n", count.load(), seconds_since(start));
}

// Holds connections, each used once, until standard input ends. Many are opened at a time: one after the
// other would take minutes where each waits for all before.
void hold(const sockaddr_in& place, unsigned count) {
  constexpr std::size_t at_a_time = 100;
  std::vector<Fd> held;
  while (held.size() < count) {
    const auto first = held.size();
    while (held.size() < std::min<std::size_t>(count, first + at_a_time)) {
      held.push_back(connect_to(place));
      send_all(held.back(), &echo_request, 1);
    }
    for (auto i = first; i < held.size(); ++i) {
      char byte = 0;
      receive_all(held[i], &byte, 1);
    }
  }
  std::printf("{\"held\": %zu}\n", held.size());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) continue;
}

void serve(const sockaddr_in& place) {
  Server server(place);
  std::printf("{\"port\": %u}\n", server.port());
  std::fflush(stdout);
  server.run();
}

void run(const std::vector<std::string>& words) {
  const auto number = [&words](std::size_t i) { return std::stoul(words.at(i)); };
  const auto place = [&words] { return parse_place(words.at(1)); };
  const auto time = [&] { return milliseconds(number(2)); };
  const auto& command = words.at(0);
  if (command == "serve") return serve(place());
  if (command == "up") return up(place(), time());
  if (command == "down") return down(place(), time());
  if (command == "ping") return ping(place(), time());
  if (command == "connections")
    return connections(place(), time(), static_cast<unsigned>(number(3)), words.at(4) == "target");
  if (command == "hold") return hold(place(), static_cast<unsigned>(number(2)));
  throw std::out_of_range(command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const std::logic_error&) {
    std::fputs(
        "usage: towline_load serve PLACE | up|down|ping PLACE MS | connections PLACE MS WIDTH client|target "
        "| "
        "hold PLACE COUNT\n"
        "PLACE is a PORT of the loopback device or ADDRESS:PORT\n",
        stderr);
    return 64;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "towline_load: %s\n", error.what());
    return 1;
  }
}
