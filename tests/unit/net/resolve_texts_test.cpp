#include "net/error.hpp"
#include "net/resolve.hpp"
#include "unit/net/drive.hpp"
#include "unit/net/name_server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::net {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct ResolveTexts : testing::Test {
  asio::io_context io;
  NameServer server{
      io,
      {{"_towline.web.test", {.addresses = {"192.0.2.1"}, .texts = {{"SHA256:a"}, {"one ", "record"}}}},
       {"none.test", {.addresses = {"192.0.2.1"}}},
       {"broken.test", {NameServer::Says::server_failure, {}}},
       {"silent.test", {NameServer::Says::nothing, {}}}}};
  Resolver resolver{server.options()};

  Result<std::vector<std::string>> texts(const char* name, Deadline deadline = soon()) {
    return run(io, resolver.texts(name, deadline));
  }
};

TEST_F(ResolveTexts, each_record_is_put_together_from_its_strings) {
  EXPECT_THAT(texts("_towline.web.test").value(), UnorderedElementsAre("SHA256:a", "one record"));
  EXPECT_THAT(server.asked(), ElementsAre("_towline.web.test TXT"));
}

TEST_F(ResolveTexts, what_is_not_there_is_told_apart) {
  EXPECT_EQ(texts("none.test").error().code, errc::no_address);
  EXPECT_EQ(texts("nosuch.test").error().code, errc::name_not_found);
  EXPECT_EQ(texts("broken.test").error().code, errc::name_server_failed);
  EXPECT_EQ(texts("silent.test", in(std::chrono::milliseconds(100))).error().code, errc::resolve_timed_out);
}

TEST_F(ResolveTexts, can_be_cancelled_while_the_name_server_is_silent) {
  Running running(io, resolver.texts("silent.test", soon()));
  running.until_it_waits();
  running.cancel();
  EXPECT_EQ(running.result().error().code, asio::error::operation_aborted);
}

}  // namespace
}  // namespace towline::net
