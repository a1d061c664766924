#include "forward/local_forward.hpp"

#include <gtest/gtest.h>

#include <variant>

namespace towline::forward {
namespace {

using ssh::connection::DirectStreamlocal;
using ssh::connection::DirectTcpip;

const Arrival from_tcp{.originator = {"10.0.0.7", 4711}};
const Arrival from_unix{};

TEST(LocalForward, asks_for_a_host_and_port_and_says_who_came) {
  const ForwardSpec spec{.mode = Mode::local, .connect = {"db", 5432}};
  const auto request = std::get<DirectTcpip>(open_request(spec, from_tcp));
  EXPECT_EQ(request.target, (net::HostPort{"db", 5432}));
  EXPECT_EQ(request.originator, (net::HostPort{"10.0.0.7", 4711}));
}

TEST(LocalForward, a_client_of_a_unix_socket_is_given_an_address_for_the_server) {
  const ForwardSpec spec{.mode = Mode::local, .connect = {"db", 5432}};
  EXPECT_EQ(std::get<DirectTcpip>(open_request(spec, from_unix)).originator,
            (net::HostPort{"127.0.0.1", 65535}));
}

TEST(LocalForward, asks_for_a_path_where_the_target_is_one) {
  const ForwardSpec spec{.mode = Mode::local, .connect_path = "/run/db.sock"};
  EXPECT_EQ(std::get<DirectStreamlocal>(open_request(spec, from_tcp)).path, "/run/db.sock");
}

TEST(LocalForward, asks_for_what_the_client_of_a_dynamic_forward_has_asked_for) {
  const ForwardSpec spec{.mode = Mode::dynamic};
  const Arrival arrival{.originator = {"10.0.0.7", 4711},
                        .request = socks::Request{socks::Version::v5, {"web", 443}}};
  const auto request = std::get<DirectTcpip>(open_request(spec, arrival));
  EXPECT_EQ(request.target, (net::HostPort{"web", 443}));
  EXPECT_EQ(request.originator, (net::HostPort{"10.0.0.7", 4711}));
}

}  // namespace
}  // namespace towline::forward
