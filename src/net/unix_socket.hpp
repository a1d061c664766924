// Unix sockets: listening at a path, and connecting to one.
#pragma once

#include "async/deadline.hpp"
#include "async/result.hpp"
#include "async/task.hpp"
#include "net/stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>
#include <sys/types.h>
#include <utility>

namespace towline::net {

// OpenSSH's StreamLocalBindUnlink and StreamLocalBindMask.
struct UnixListenOptions {
  // A socket that is there already is removed first, and only a socket. Whoever listens on it, as with ssh:
  // asked for by name, it lets a successor take the path over while the one before still serves what it has.
  bool unlink = false;
  mode_t mask = 0177;  // bits that the new socket's mode has not got
};

// The path of a unix socket that we have bound; removed with this, unless somebody has put another there.
class SocketFile {
 public:
  SocketFile() = default;
  explicit SocketFile(std::string path);
  ~SocketFile();
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})), inode_(other.inode_) {}
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(inode_, other.inode_);
    return *this;
  }

 private:
  std::string path_;  // empty: none
  ino_t inode_ = 0;   // the kernel does not use it again as long as the socket is open
};

struct UnixListening {
  asio::local::stream_protocol::acceptor acceptor;
  SocketFile file;  // goes before the acceptor does
};

// Binds at `path`: who connects is refused until listen() is called. Errors: stale_socket (nobody listens on
// the one that is there), address_in_use, not_a_socket, the system's (access_denied,
// no_such_file_or_directory, name_too_long …); the detail is the path.
Result<UnixListening> bind_unix(const asio::any_io_executor& executor, const std::string& path,
                                const UnixListenOptions& options);

// The same, and listens; nobody can connect before the socket has its mode.
Result<UnixListening> listen_unix(const asio::any_io_executor& executor, const std::string& path,
                                  const UnixListenOptions& options);

// Errors: the system's (connection_refused, no_such_file_or_directory, access_denied …), connect_timed_out
// when the listener's queue stays full, operation_aborted; the detail is the path.
Task<Result<Stream>> connect_unix(std::string path, Deadline deadline);

}  // namespace towline::net
