// systemd's end of NOTIFY_SOCKET.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace towline::doubles {

class NotifySocket {
 public:
  // A path, or "@name" for an abstract one.
  explicit NotifySocket(std::string name)
      : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name_.starts_with('@')) address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0)
      throw std::runtime_error("cannot bind " + name_);
  }
  ~NotifySocket() { ::close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  const std::string& name() const { return name_; }

  // Each datagram that came since it was asked last.
  std::vector<std::string> heard() const {
    std::vector<std::string> all;
    std::string datagram(4096, '\0');
    for (ssize_t size = 0; (size = ::recv(socket_, datagram.data(), datagram.size(), 0)) >= 0;)
      all.emplace_back(datagram.substr(0, static_cast<std::size_t>(size)));
    return all;
  }

 private:
  std::string name_;
  int socket_ = -1;
};

}  // namespace towline::doubles
