#include "config/loopback_only.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::config {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(Env::Values values) {
  values["SSH_REMOTE_HOST"] = "h";
  values["SSH_PASSWORD"] = "p";
  const auto loaded = load(Env(std::move(values)), [](const std::string&) { return FileFacts(); });
  if (!loaded) return {to_string(loaded.error().problems.front())};
  Lines lines;
  for (const auto& warning : loaded->loopback_only) lines.push_back(to_string(warning));
  return lines;
}

TEST(LoopbackOnly, says_what_to_write_where_the_forward_is_written) {
  const std::pair<Env::Values, Lines> rows[] = {
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}},
       {"SSH_BIND_IP: only this container can reach 127.0.0.1:8080; for others set SSH_BIND_IP=0.0.0.0"}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "::1"}},
       {"SSH_BIND_IP: only this container can reach [::1]:8080; for others set SSH_BIND_IP=::"}},
      {{{"SSH_MODE", "-D"}, {"SSH_TUNNEL_PORT", "1080"}, {"SSH_BIND_IP", "localhost"}},
       {"SSH_BIND_IP: only this container can reach localhost:1080; for others set SSH_BIND_IP=0.0.0.0"}},
      {{{"SSH_MODE", "-D 1080"}},
       {"SSH_MODE: only this container can reach localhost:1080; for others set SSH_MODE=\"-D "
        "0.0.0.0:1080\""}},
      {{{"SSH_FORWARDS", "db=-L 5432:db:5432; -D 127.0.0.1:1080; -L 127.8.8.8:1:[2001:db8::1]:2"}},
       {"SSH_FORWARDS: only this container can reach localhost:5432; for others write -L "
        "0.0.0.0:5432:db:5432",
        "SSH_FORWARDS: only this container can reach 127.0.0.1:1080; for others write -D 0.0.0.0:1080",
        "SSH_FORWARDS: only this container can reach 127.8.8.8:1; for others write -L "
        "0.0.0.0:1:[2001:db8::1]:2"}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "80"}, {"SSH_FORWARDS", "-L 81:a:1"}},
       {"SSH_BIND_IP: only this container can reach 127.0.0.1:80; for others set SSH_BIND_IP=0.0.0.0",
        "SSH_FORWARDS: only this container can reach localhost:81; for others write -L 0.0.0.0:81:a:1"}},
      {{{"SSH_MODE", "-R"}, {"SSH_TUNNEL_PORT", "8080"}}, {}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "0.0.0.0"}}, {}},
      {{{"SSH_MODE", "-L"}, {"SSH_TUNNEL_PORT", "8080"}, {"SSH_BIND_IP", "10.0.0.7"}}, {}},
      {{{"SSH_FORWARDS", "-L /run/db.sock:db:1; -L *:2:a:1; -R 80:a:1; -D [::]:1080"}}, {}},
  };
  for (const auto& [values, lines] : rows) EXPECT_EQ(lines_of(values), lines);
}

}  // namespace
}  // namespace towline::config
