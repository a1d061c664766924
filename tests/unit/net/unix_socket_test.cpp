#include "net/unix_socket.hpp"

#include "net/error.hpp"
#include "unit/net/drive.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace towline::net {
namespace {

using Unix = asio::local::stream_protocol;
namespace fs = std::filesystem;

struct UnixSocket : testing::Test {
  UnixSocket() {
    std::string pattern = testing::TempDir() + "towline-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    path = folder + "/here.sock";
  }
  ~UnixSocket() override { fs::remove_all(folder); }

  Result<UnixListening> listen(const UnixListenOptions& options = {}) {
    return listen_unix(io.get_executor(), path, options);
  }
  Result<Stream> connect(std::chrono::steady_clock::time_point deadline = soon()) {
    return run(io, connect_unix(path, deadline));
  }
  mode_t mode() const {
    struct stat found{};
    EXPECT_EQ(::lstat(path.c_str(), &found), 0);
    return found.st_mode & 0777U;
  }

  asio::io_context io;
  std::string folder;
  std::string path;
};

TEST_F(UnixSocket, is_listened_on_and_connected_to) {
  auto listening = listen();
  ASSERT_TRUE(listening) << listening.error().message();
  auto near = connect();
  ASSERT_TRUE(near) << near.error().message();
  auto far = listening->acceptor.accept();
  far.send(asio::buffer("x", 1));
  char byte = 0;
  EXPECT_EQ(near->receive(asio::buffer(&byte, 1)), 1U);
  EXPECT_EQ(byte, 'x');
}

TEST_F(UnixSocket, is_the_owners_alone_unless_the_mask_says_otherwise) {
  {
    const auto listening = listen();
    EXPECT_EQ(mode(), 0600U);
  }
  const auto listening = listen({.mask = 0117});
  EXPECT_EQ(mode(), 0660U);
}

TEST_F(UnixSocket, that_we_made_goes_with_its_listener) {
  {
    auto listening = listen();
    ASSERT_TRUE(listening);
    const auto moved = std::move(*listening);
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(UnixSocket, that_somebody_else_has_put_in_our_place_stays) {
  {
    const auto first = listen();
    const auto second = listen({.unlink = true});
    ASSERT_TRUE(second) << second.error().message();
    const auto other = folder + "/other.sock";
    fs::rename(path, other);
    Unix::acceptor theirs(io, Unix::endpoint(path));
  }
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(UnixSocket, that_is_listened_on_is_not_taken_over) {
  const auto first = listen();
  const auto second = listen();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, asio::error::address_in_use);
  EXPECT_EQ(second.error().detail, path);
  EXPECT_TRUE(connect());
}

TEST_F(UnixSocket, that_was_left_behind_is_an_error_unless_unlinking_is_asked_for) {
  {
    const Unix::acceptor left(io, Unix::endpoint(path));
  }
  ASSERT_TRUE(fs::exists(path));
  EXPECT_EQ(listen().error().code, errc::stale_socket);
  EXPECT_TRUE(fs::exists(path));
  const auto listening = listen({.unlink = true});
  ASSERT_TRUE(listening) << listening.error().message();
  EXPECT_TRUE(connect());
}

TEST_F(UnixSocket, never_replaces_a_file_that_is_none) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(listen({.unlink = true}).error().code, errc::not_a_socket);
  EXPECT_EQ(fs::file_size(path), 8U);
}

TEST_F(UnixSocket, in_a_folder_that_is_missing_or_with_a_name_too_long_is_refused) {
  path = folder + "/missing/here.sock";
  EXPECT_EQ(listen().error().code, boost::system::errc::no_such_file_or_directory);
  path = folder + "/" + std::string(108, 'x');
  EXPECT_EQ(listen().error().code, boost::system::errc::filename_too_long);
  EXPECT_EQ(connect().error().code, boost::system::errc::filename_too_long);
}

TEST_F(UnixSocket, that_nobody_listens_on_refuses) {
  EXPECT_EQ(connect().error().code, boost::system::errc::no_such_file_or_directory);
  {
    const Unix::acceptor left(io, Unix::endpoint(path));
  }
  const auto refused = connect();
  EXPECT_EQ(refused.error().code, asio::error::connection_refused);
  EXPECT_EQ(refused.error().detail, path);
}

TEST_F(UnixSocket, whose_queue_is_full_is_waited_for_and_not_taken_for_connected) {
  Unix::acceptor busy(io, Unix());
  busy.bind(Unix::endpoint(path));
  busy.listen(0);
  std::vector<Stream> waiting;
  std::optional<Failure> full;
  while (!full && waiting.size() < 100) {
    auto stream = connect(in(std::chrono::milliseconds(50)));
    if (stream) {
      waiting.push_back(std::move(*stream));
    } else {
      full = stream.error();
    }
  }
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, errc::connect_timed_out);

  Running<Result<Stream>> one_more(io, connect_unix(path, soon()));
  one_more.until_it_waits();
  EXPECT_FALSE(one_more.ended());
  busy.accept();
  EXPECT_TRUE(one_more.result());
}

}  // namespace
}  // namespace towline::net
