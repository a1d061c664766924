#include "app/container.hpp"

#include <gtest/gtest.h>

#include <string>

namespace towline::app {
namespace {

TEST(Container, is_one_of_an_engine_and_none_of_a_pod) {
  struct Row {
    std::string file;
    pid_t pid;
    config::Env::Values env;
    bool own_loopback;
  };
  const Row rows[] = {{"", 42, {}, false},
                      {"/.dockerenv", 42, {}, true},
                      {"/run/.containerenv", 42, {}, true},
                      {"/etc/passwd", 42, {}, false},
                      {"", 1, {}, true},
                      {"/.dockerenv", 1, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}, false},
                      {"/run/.containerenv", 1, {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}}, false}};
  for (const auto& row : rows) {
    const config::InspectFile inspect = [&](const std::string& path) {
      config::FileFacts facts;
      facts.kind = path == row.file ? config::FileKind::regular : config::FileKind::absent;
      return facts;
    };
    EXPECT_EQ(has_loopback_of_its_own(config::Env(row.env), inspect, row.pid), row.own_loopback)
        << row.file << ' ' << row.pid;
  }
}

}  // namespace
}  // namespace towline::app
