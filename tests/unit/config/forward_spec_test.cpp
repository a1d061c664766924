#include "config/forward_spec.hpp"

#include "config/forwards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::config {
namespace {

using forward::Mode;
using net::HostPort;
using testing::HasSubstr;

struct Case {
  std::string_view text;
  HostPort listen;
  std::string listen_path;
  HostPort connect;
  std::string connect_path;
};

TEST(ForwardSpec, of_remote_without_an_address_means_both_loopback_addresses) {
  EXPECT_TRUE(parse_forward_spec(Mode::remote, "8080:db:5432")->both_loopbacks);
  EXPECT_TRUE(parse_forward_spec(Mode::remote, "8080/db/5432")->both_loopbacks);
  for (const auto* text :
       {"localhost:8080:db:5432", "127.0.0.1:8080:db:5432", ":8080:db:5432", "*:8080:db:5432"})
    EXPECT_FALSE(parse_forward_spec(Mode::remote, text)->both_loopbacks) << text;
  EXPECT_FALSE(parse_forward_spec(Mode::local, "8080:db:5432")->both_loopbacks);
}

TEST(ForwardSpec, everything_ssh_takes) {
  const Case table[] = {
      {"8080:db:5432", {"localhost", 8080}, "", {"db", 5432}, ""},
      {"0:db:1", {"localhost", 0}, "", {"db", 1}, ""},
      {"127.0.0.1:8080:db:5432", {"127.0.0.1", 8080}, "", {"db", 5432}, ""},
      {"*:8080:db:5432", {"", 8080}, "", {"db", 5432}, ""},
      {":8080:db:5432", {"", 8080}, "", {"db", 5432}, ""},
      {"[::]:8080:db:5432", {"::", 8080}, "", {"db", 5432}, ""},
      {"8080:[2001:db8::1]:5432", {"localhost", 8080}, "", {"2001:db8::1", 5432}, ""},
      {"[::1]:8080:[2001:db8::1]:5432", {"::1", 8080}, "", {"2001:db8::1", 5432}, ""},
      {"8080:/run/db.sock", {"localhost", 8080}, "", {"", 0}, "/run/db.sock"},
      {"0.0.0.0:8080:/run/db.sock", {"0.0.0.0", 8080}, "", {"", 0}, "/run/db.sock"},
      {"/run/a.sock:db:5432", {"", 0}, "/run/a.sock", {"db", 5432}, ""},
      {"/run/a.sock:[::1]:5432", {"", 0}, "/run/a.sock", {"::1", 5432}, ""},
      {"/run/a.sock:/run/b.sock", {"", 0}, "/run/a.sock", {"", 0}, "/run/b.sock"},
      {"8080/db/5432", {"localhost", 8080}, "", {"db", 5432}, ""},
      {"::1/8080/2001:db8::1/5432", {"::1", 8080}, "", {"2001:db8::1", 5432}, ""},
      {"*/8080/db/5432", {"", 8080}, "", {"db", 5432}, ""},
  };
  for (const auto mode : {Mode::local, Mode::remote}) {
    for (const auto& row : table) {
      const auto spec = parse_forward_spec(mode, row.text);
      ASSERT_TRUE(spec) << row.text << ' ' << spec.error().wrong;
      EXPECT_EQ(spec->mode, mode);
      EXPECT_EQ(spec->name, "");
      EXPECT_EQ(spec->listen, row.listen) << row.text;
      EXPECT_EQ(spec->listen_path, row.listen_path) << row.text;
      EXPECT_EQ(spec->connect, row.connect) << row.text;
      EXPECT_EQ(spec->connect_path, row.connect_path) << row.text;
    }
  }
}

TEST(ForwardSpec, dynamic_has_only_a_listener) {
  const std::pair<std::string_view, HostPort> table[] = {
      {"1080", {"localhost", 1080}}, {"0.0.0.0:1080", {"0.0.0.0", 1080}}, {"*:1080", {"", 1080}},
      {":1080", {"", 1080}},         {"[::1]:1080", {"::1", 1080}},       {"::1/1080", {"::1", 1080}},
  };
  for (const auto& [text, listen] : table) {
    const auto spec = parse_forward_spec(Mode::dynamic, text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->listen, listen) << text;
    EXPECT_EQ(spec->connect, HostPort()) << text;
  }
  for (const auto text : {"", "x", "1:2:3", "/run/socks", "a:/run/socks", "::1:1080", "65536"}) {
    EXPECT_FALSE(parse_forward_spec(Mode::dynamic, text)) << text;
  }
}

TEST(ForwardSpec, share_has_only_a_listener_which_may_be_a_socket) {
  const std::pair<std::string_view, HostPort> table[] = {
      {"2222", {"localhost", 2222}},
      {"0.0.0.0:2222", {"0.0.0.0", 2222}},
      {"*:0", {"", 0}},
      {"[::1]:22", {"::1", 22}},
  };
  for (const auto& [text, listen] : table) {
    const auto spec = parse_forward_spec(Mode::share, text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->mode, Mode::share) << text;
    EXPECT_EQ(spec->listen, listen) << text;
    EXPECT_EQ(spec->connect, HostPort()) << text;
  }
  const auto socket = parse_forward_spec(Mode::share, "/run/s.sock");
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->listen_path, "/run/s.sock");
  EXPECT_EQ(socket->listen, HostPort());
  for (const auto text : {"", "x", "1:2:3", "a:/run/s.sock", "/run/s.sock:22", "2222:host:22", "65536"}) {
    const auto spec = parse_forward_spec(Mode::share, text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().right, "write [bind:]port, or the path of a socket") << text;
  }
}

TEST(ForwardSpec, anything_else_says_what_is_wrong) {
  const std::pair<std::string_view, const char*> table[] = {
      {"", "names no target"},
      {"8080", "names no target"},
      {"8080:5432", "names no target"},
      {"/run/a.sock", "names no target"},
      {"/run/a.sock:80", "names no target"},
      {"x:db:5432", "listens on \"x\", which is not a port"},
      {"65536:db:5432", "which is not a port"},
      {"8080:db:0", "connects to port \"0\""},
      {"8080:db:x", "connects to port \"x\""},
      {"8080::5432", "connects to \"\", which is not a host"},
      {"8080:d b:5432", "which is not a host"},
      {"a b:8080:db:5432", "binds \"a b\""},
      {"[::1:8080:db:80", "bracket"},
      {"[::1]x:8080:db:80", "bracket"},
      {"::1:8080:db:80", "too many parts"},
      {"1:2:3:4:5", "too many parts"},
      {"8080:db:5432:", "which is not a"},
  };
  for (const auto& [text, wrong] : table) {
    const auto spec = parse_forward_spec(Mode::local, text);
    ASSERT_FALSE(spec) << text;
    EXPECT_THAT(spec.error().wrong, HasSubstr(wrong)) << text;
    EXPECT_THAT(spec.error().right, HasSubstr("host:hostport")) << text;
  }
  const auto long_path = parse_forward_spec(Mode::local, "8080:/" + std::string(107, 'a'));
  ASSERT_FALSE(long_path);
  EXPECT_THAT(long_path.error().wrong, HasSubstr("too long"));
}

TEST(ForwardSpec, a_socks_server_on_the_other_side_is_refused_by_name) {
  for (const auto text : {"1080", "0.0.0.0:1080"}) {
    const auto spec = parse_forward_spec(Mode::remote, text);
    ASSERT_FALSE(spec) << text;
    EXPECT_THAT(spec.error().wrong, HasSubstr("SOCKS server")) << text;
    EXPECT_THAT(spec.error().right, HasSubstr("use -D")) << text;
  }
}

TEST(ForwardSpec, comes_back_from_its_text) {
  for (const auto text :
       {"127.0.0.1:8080:db:5432", "[::1]:8080:[::2]:80", "*:8080:/run/db.sock", "/a:/b", "/a:db:1"}) {
    EXPECT_EQ(spec_text(*parse_forward_spec(Mode::local, text)), "-L " + std::string(text));
    EXPECT_EQ(spec_text(*parse_forward_spec(Mode::remote, text)), "-R " + std::string(text));
  }
  EXPECT_EQ(spec_text(*parse_forward_spec(Mode::dynamic, "1080")), "-D localhost:1080");
  EXPECT_EQ(spec_text(*parse_forward_spec(Mode::share, "*:2222")), "-S *:2222");
  EXPECT_EQ(spec_text(*parse_forward_spec(Mode::share, "/s")), "-S /s");
}

TEST(Mode, remote_in_all_its_words) {
  for (const auto text : {"-R", "R", "r", "remote", "Remote", "reverse", "-N -R", "-NT -R", "-NR", " -R ",
                          "-g -R", "-R -N", "-R -R", "-N\t-T\n-R"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::remote) << text;
    EXPECT_EQ(parsed->ignored, "") << text;
  }
}

TEST(Mode, local_in_all_its_words) {
  for (const auto text :
       {"-L", "L", "l", "local", "LOCAL", "-Ng -L", "-g -L", "-NL", "-N -T -g -L", "-NgL"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::local) << text;
    EXPECT_EQ(parsed->ignored, "") << text;
  }
}

TEST(Mode, flags_that_mean_something_in_ssh_are_reported) {
  EXPECT_EQ(parse_mode("-4 -L")->ignored, "-4");
  EXPECT_EQ(parse_mode("-N4C -6 -L")->ignored, "-4 -C -6");
  EXPECT_EQ(parse_mode("-CR")->ignored, "-C");
}

TEST(Mode, dynamic_in_all_its_words) {
  for (const auto text : {"-D", "D", "dynamic", "-N -D", "-ND", "-D -N"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::dynamic) << text;
    EXPECT_FALSE(parsed->listen) << text;
  }
}

TEST(Mode, share_in_all_its_words) {
  for (const auto text : {"-S", "S", "s", "share", "Share", "-N -S", "-NTS", "-S -N"}) {
    const auto parsed = parse_mode(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->mode, Mode::share) << text;
    EXPECT_FALSE(parsed->listen) << text;
  }
  EXPECT_EQ(parse_mode("-S 0.0.0.0:22")->listen, (net::HostPort{"0.0.0.0", 22}));
  for (const auto text : {"-S -D", "-S /run/s.sock", "-S db", "-SN"}) EXPECT_FALSE(parse_mode(text)) << text;
}

TEST(Mode, an_address_may_follow_dynamic) {
  EXPECT_EQ(parse_mode("-D 0.0.0.0:1080")->listen, (net::HostPort{"0.0.0.0", 1080}));
  EXPECT_EQ(parse_mode("-N -D 1080")->listen, (net::HostPort{"localhost", 1080}));
  EXPECT_EQ(parse_mode("-D [::1]:1080 -N")->listen, (net::HostPort{"::1", 1080}));
  EXPECT_EQ(parse_mode("dynamic *:1080")->listen, (net::HostPort{"", 1080}));
  for (const auto text : {"1080 -D", "-D 1080 1081", "-D db", "-D 1:2:3", "-L 1080"}) {
    EXPECT_FALSE(parse_mode(text)) << text;
  }
}

TEST(Mode, anything_else_is_a_problem) {
  for (const auto text : {"", "-", "--", "-r", "-l", "-X -R", "-LN", "forward", "-R 8080:localhost:80",
                          "-o Foo=bar -R", "R,L", "--remote", "-W"}) {
    const auto parsed = parse_mode(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().right,
                HasSubstr("write -R (remote), -L (local), -D (dynamic), -S (share) or expose"))
        << text;
  }
  EXPECT_THAT(parse_mode("-R 8080:localhost:80").error().right, HasSubstr("SSH_FORWARDS"));
  EXPECT_THAT(parse_mode("-L -R").error().wrong, HasSubstr("two directions"));
  EXPECT_THAT(parse_mode("-N").error().wrong, HasSubstr("no direction"));
  EXPECT_THAT(parse_mode("-Z\x01 -R").error().wrong, HasSubstr("\"-Z\\x01\""));
}

}  // namespace
}  // namespace towline::config
