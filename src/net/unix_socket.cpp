#include "net/unix_socket.hpp"

#include "net/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/errc.hpp>

#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace towline::net {

namespace {

using Unix = asio::local::stream_protocol;

// A listener whose queue is full is asked again this often: a unix socket cannot be waited for.
constexpr std::chrono::milliseconds queue_full_pause{20};
// What a socket is given at most; bind() takes the umask off, and we the mask.
constexpr mode_t mode_max = 0777;

error_code last_error() { return {errno, boost::system::system_category()}; }

// One byte of sun_path is the end of the string.
bool fits(const std::string& path) { return path.size() < sizeof(sockaddr_un{}.sun_path); }

bool is_socket(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode);
}

// Not Asio's connect(): it would wait for a full queue as for a network, and take the wait's end for success.
error_code connect_now(Unix::socket& socket, const std::string& path) {
  error_code ec;
  socket.open(Unix(), ec);
  if (!ec) socket.native_non_blocking(true, ec);
  if (ec) return ec;
  const Unix::endpoint endpoint(path);
  return ::connect(socket.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0
             ? error_code{}
             : last_error();
}

// Why nobody can listen at `path`, where a socket is there.
error_code found_at(const asio::any_io_executor& executor, const std::string& path) {
  Unix::socket probe(executor);
  const auto ec = connect_now(probe, path);
  if (ec == asio::error::connection_refused) return errc::stale_socket;
  return is_resource_shortage(ec) ? ec : asio::error::address_in_use;
}

// Makes room for bind(), or says why there is none.
error_code clear(const asio::any_io_executor& executor, const std::string& path, bool unlink) {
  if (!is_socket(path)) return errc::not_a_socket;
  if (unlink) return ::unlink(path.c_str()) == 0 || errno == ENOENT ? error_code{} : last_error();
  return found_at(executor, path);
}

Failure too_long(const std::string& path) {
  return {make_error_code(boost::system::errc::filename_too_long), path};
}

ino_t inode_of(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)), inode_(inode_of(path_)) {}

SocketFile::~SocketFile() {
  if (!path_.empty() && inode_of(path_) == inode_) ::unlink(path_.c_str());
}

Result<UnixListening> bind_unix(const asio::any_io_executor& executor, const std::string& path,
                                const UnixListenOptions& options) {
  if (!fits(path)) return too_long(path);
  const Unix::endpoint endpoint(path);
  Unix::acceptor acceptor(executor);
  error_code ec;
  acceptor.open(Unix(), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (ec == asio::error::address_in_use) {
    ec = clear(executor, path, options.unlink);
    if (!ec) acceptor.bind(endpoint, ec);
  }
  if (ec) return Failure(ec, path);
  UnixListening bound{std::move(acceptor), SocketFile(path)};
  if (::chmod(path.c_str(), mode_max & ~options.mask) != 0) return Failure(last_error(), path);
  bound.acceptor.non_blocking(true, ec);
  if (ec) return Failure(ec, path);
  return bound;
}

Result<UnixListening> listen_unix(const asio::any_io_executor& executor, const std::string& path,
                                  const UnixListenOptions& options) {
  auto bound = bind_unix(executor, path, options);
  if (!bound) return bound;
  error_code ec;
  bound->acceptor.listen(Unix::acceptor::max_listen_connections, ec);
  if (ec) return Failure(ec, path);
  return bound;
}

Task<Result<Stream>> connect_unix(std::string path, Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (!fits(path)) co_return too_long(path);
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    Unix::socket socket(executor);
    const auto ec = connect_now(socket, path);
    if (!ec) co_return Stream(std::move(socket));
    if (ec != asio::error::would_block) co_return Failure(ec, path);
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) co_return Failure(errc::connect_timed_out, path);
    if (auto cancelled = co_await sleep_until(now + queue_full_pause)) co_return Failure(cancelled);
  }
}

}  // namespace towline::net
