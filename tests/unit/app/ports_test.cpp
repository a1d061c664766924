#include "app/ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::app {
namespace {

using testing::ElementsAre;

TEST(Ports, stand_in_the_order_of_the_configuration_and_are_replaced_by_newer_ones) {
  const std::vector<std::string> names{"web", "none", "db"};
  auto ports = with_port({}, {"db", 40001}, names);
  ports = with_port(ports, {"web", 40002}, names);
  EXPECT_THAT(ports, ElementsAre(Port{"web", 40002}, Port{"db", 40001}));
  ports = with_port(ports, {"web", 5}, names);
  EXPECT_THAT(ports, ElementsAre(Port{"web", 5}, Port{"db", 40001}));
}

TEST(Ports, are_written_as_each_reader_wants_them) {
  const std::vector<Port> ports{{"db", 40001}, {"web-1.x_y", 40002}};
  EXPECT_EQ(port_lines(ports), "db=40001\nweb-1.x_y=40002\n");
  EXPECT_EQ(github_output_lines(ports), "port-db=40001\nport-web-1-x_y=40002\n");
  EXPECT_EQ(github_env_lines(ports), "TUNNEL_PORT_DB=40001\nTUNNEL_PORT_WEB_1_X_Y=40002\n");
}

TEST(Ports, give_no_name_that_could_end_a_line) {
  EXPECT_EQ(port_variable("a\nPATH=/evil"), "TUNNEL_PORT_A_PATH__EVIL");
  EXPECT_EQ(github_output_lines({{"a\nb=c", 1}}), "port-a-b-c=1\n");
}

TEST(Ports, a_file_of_ours_is_told_from_another) {
  for (const auto* text : {"", "db=1\n", "db=40001\nweb-1.x=65535\n"})
    EXPECT_TRUE(are_port_lines(text)) << text;
  for (const auto* text : {"\n", "db=1", "db=0\n", "db=65536\n", "db=\n", "=1\n", "db = 1\n", "db=1 # mine\n",
                           "db=1\nprecious\n", "PORT=1\r\n"})
    EXPECT_FALSE(are_port_lines(text)) << text;
}

}  // namespace
}  // namespace towline::app
