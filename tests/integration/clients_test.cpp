// The programs that people put behind a tunnel, through -L, -R and -D.
#include "integration/fixtures/forwards.hpp"
#include "integration/fixtures/postgres.hpp"

#include <filesystem>
#include <unistd.h>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;

bool installed(const std::string& program) { return ::access(program.c_str(), X_OK) == 0; }

enum class Way { local, remote, socks4, socks5 };

const char* to_string(Way way) {
  switch (way) {
    case Way::local: return "local";
    case Way::remote: return "remote";
    case Way::socks4: return "socks4";
    case Way::socks5: return "socks5";
  }
  return "";
}

// A server of somebody else's behind one forward of each kind.
class Clients : public Forwards, public testing::WithParamInterface<Way> {
 protected:
  // Starts `server` on backend_ and towline before it.
  void begin(Command server) {
    server.output_file = dir_.fresh_path("server", ".log");
    backend_process_ = std::make_unique<Process>(server);
    ASSERT_TRUE(eventually(30s, [this] { return Socket::connect(backend_.number(), 1s).has_value(); }))
        << read_file(server.output_file);
    forward_to_backend();
  }

  void forward_to_backend() {
    const auto backend = loopback(backend_.number());
    towline_ = start(environment("local=-L " + loopback(local_.number()) + ":" + backend +     //
                                 ";remote=-R " + loopback(remote_.number()) + ":" + backend +  //
                                 ";socks=-D " + loopback(socks_.number())));
  }

  bool with_socks() const { return GetParam() == Way::socks4 || GetParam() == Way::socks5; }

  // The port that a client of today's way is told.
  std::uint16_t port() const {
    return GetParam() == Way::local    ? local_.number()
           : GetParam() == Way::remote ? remote_.number()
                                       : backend_.number();
  }

  // What a client prints. Those that know no SOCKS are taught by proxychains.
  std::string output_of_client(std::vector<std::string> argv) {
    if (with_socks()) {
      const auto config = dir_.fresh_path("proxychains", ".conf");
      write_file(config, std::string("strict_chain\n[ProxyList]\n") + to_string(GetParam()) + " 127.0.0.1 " +
                             text(socks_.number()) + "\n");
      argv.insert(argv.begin(), {"/usr/bin/proxychains4", "-q", "-f", config});
    }
    return output_of(argv);
  }

  // Every connection went through the forward that was meant, and none failed.
  void expect_carried() const {
    const auto* name = with_socks() ? "socks" : to_string(GetParam());
    EXPECT_GE(towline_->metric("towline_connections_opened_total", {{"forward", name}}), 1);
    EXPECT_EQ(towline_->metric("towline_connections_failed_total"), 0);
  }

  FreePort backend_, local_, remote_, socks_;
  std::unique_ptr<Process> backend_process_;
  std::unique_ptr<Towline> towline_;
};

#define NEEDS(program) \
  if (!installed(program)) GTEST_SKIP() << "needs " << (program)

Command python_web_server(const std::string& folder, std::uint16_t port) {
  return {{"/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "--protocol", "HTTP/1.1",
           "--directory", folder, text(port)},
          {},
          {}};
}

class WebClients : public Clients {
 protected:
  void begin_web() {
    std::filesystem::create_directory(path("web"));
    for (int i = 0; i < 3000; ++i) page_ += "line " + std::to_string(i) + "\n";
    write_file(path("web/page"), page_);
    begin(python_web_server(path("web"), backend_.number()));
  }
  std::string url(const std::string& name) const { return "http://127.0.0.1:" + text(port()) + "/" + name; }

  std::string page_;
};

TEST_P(WebClients, wget_gets_a_page) {
  NEEDS("/usr/bin/wget");
  NEEDS("/usr/bin/proxychains4");
  begin_web();
  EXPECT_EQ(output_of_client({"/usr/bin/wget", "-q", "-T", "20", "-t", "1", "-O", "-", url("page")}), page_);
  expect_carried();
}

TEST_P(WebClients, curl_gets_a_page_with_every_kind_of_proxy_it_has) {
  begin_web();
  std::vector<std::vector<std::string>> proxies{{}};
  const auto proxy = loopback(socks_.number());
  if (GetParam() == Way::socks4) proxies = {{"--socks4", proxy}, {"--socks4a", proxy}};
  if (GetParam() == Way::socks5) proxies = {{"--socks5", proxy}, {"--socks5-hostname", proxy}};
  for (const auto& options : proxies) {
    // Several requests on one connection, and several connections at a time.
    std::vector<std::string> argv{"/usr/bin/curl", "-sS", "--max-time", "20"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), {url("page"), url("page")});
    EXPECT_EQ(output_of(argv), page_ + page_) << (options.empty() ? "" : options[0]);
  }
  expect_carried();
}

class SocksClients : public WebClients {};

TEST_P(SocksClients, leave_names_to_the_server) {
  begin_web();
  const auto scheme = GetParam() == Way::socks4 ? "socks4a://" : "socks5h://";
  EXPECT_EQ(output_of({"/usr/bin/curl", "-sS", "--max-time", "20", "-x", scheme + loopback(socks_.number()),
                       "http://localhost:" + text(port()) + "/page"}),
            page_);
  expect_carried();
}

TEST_P(WebClients, git_clones_over_http) {
  NEEDS("/usr/bin/git");
  std::filesystem::create_directory(path("web"));
  const auto work = path("work");
  const auto git = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"/usr/bin/git", "-c", "user.name=t", "-c", "user.email=t@example.org"});
    return output_of(arguments);
  };
  git({"init", "-q", work});
  for (int i = 0; i < 6; ++i) {
    write_file(work + "/file-" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 20000, 'x'));
    git({"-C", work, "add", "."});
    git({"-C", work, "commit", "-q", "-m", "change " + std::to_string(i)});
  }
  git({"clone", "-q", "--bare", work, path("web/repo.git")});
  git({"-C", path("web/repo.git"), "update-server-info"});
  begin(python_web_server(path("web"), backend_.number()));

  std::vector<std::string> clone{"clone", "-q", "http://localhost:" + text(port()) + "/repo.git",
                                 path("clone")};
  if (with_socks()) {
    const auto scheme = GetParam() == Way::socks4 ? "socks4a://" : "socks5h://";
    clone.insert(clone.begin(), {"-c", "http.proxy=" + (scheme + loopback(socks_.number()))});
  }
  git(clone);
  EXPECT_EQ(git({"-C", path("clone"), "rev-parse", "HEAD"}), git({"-C", work, "rev-parse", "HEAD"}));
  EXPECT_EQ(git({"-C", path("clone"), "fsck", "--strict", "--no-progress"}), "");
  expect_carried();
}

class Browser : public WebClients {};

TEST_P(Browser, keeps_many_connections_and_websockets) {
  const std::string script = std::string(TOWLINE_TESTS_DIR) + "/integration/browser.py";
  begin({{"/usr/bin/python3", script, "serve", text(backend_.number())}, {}, {}});
  std::vector<std::string> argv{"/usr/bin/python3", script, "browse", text(port())};
  if (GetParam() == Way::socks5) argv.push_back(text(socks_.number()));
  EXPECT_EQ(output_of(argv), "ok 720 requests 360 messages\n");
  expect_carried();
  const auto* name = with_socks() ? "socks" : to_string(GetParam());
  EXPECT_EQ(towline_->metric("towline_connections_opened_total", {{"forward", name}}), 30);
}

class RedisClient : public Clients {};

TEST_P(RedisClient, stores_and_reads_a_big_value) {
  NEEDS("/usr/bin/redis-server");
  NEEDS("/usr/bin/redis-cli");
  NEEDS("/usr/bin/proxychains4");
  begin({{"/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", text(backend_.number()), "--save", "",
          "--appendonly", "no", "--dir", dir_.path(".")},
         {},
         {}});
  const auto redis = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/usr/bin/redis-cli", "-h", "127.0.0.1", "-p", text(port())});
    return output_of_client(std::move(arguments));
  };
  EXPECT_EQ(redis({"ping"}), "PONG\n");
  EXPECT_EQ(redis({"eval", "return redis.call('set', 'big', string.rep('towline ', 100000)).ok", "0"}),
            "OK\n");
  std::string big;
  for (int i = 0; i < 100'000; ++i) big += "towline ";
  EXPECT_EQ(redis({"get", "big"}), big + "\n");
  EXPECT_EQ(redis({"-r", "500", "incr", "counter"}).substr(0, 4), "1\n2\n");
  EXPECT_EQ(redis({"get", "counter"}), "500\n");
  expect_carried();
}

class PostgresClient : public Clients {
 protected:
  std::string psql(const std::string& sql) { return output_of_client(Postgres::psql(text(port()), sql)); }
};

TEST_P(PostgresClient, asks_and_copies) {
  if (!Postgres::installed()) GTEST_SKIP() << "needs postgresql";
  NEEDS("/usr/bin/proxychains4");
  const Postgres server(backend_.number());
  ASSERT_TRUE(server.answers_within(60s)) << server.log();
  forward_to_backend();
  EXPECT_EQ(psql("select 'carried'"), "carried\n");
  psql("create table t as select n, repeat('x', 500) as text from generate_series(1, 5000) n");
  EXPECT_EQ(psql("select count(*), sum(n) from t"), "5000|12502500\n");
  EXPECT_EQ(psql("copy t to stdout").size(), 5000U * 502 + 18893U);
  expect_carried();
}

std::string way_name(const testing::TestParamInfo<Way>& info) { return to_string(info.param); }

const auto every_way = testing::Values(Way::local, Way::remote, Way::socks4, Way::socks5);

INSTANTIATE_TEST_SUITE_P(Ways, WebClients, every_way, way_name);
INSTANTIATE_TEST_SUITE_P(Ways, SocksClients, testing::Values(Way::socks4, Way::socks5), way_name);
// Browsers use SOCKS 5 only.
INSTANTIATE_TEST_SUITE_P(Ways, Browser, testing::Values(Way::local, Way::remote, Way::socks5), way_name);
INSTANTIATE_TEST_SUITE_P(Ways, RedisClient, every_way, way_name);
INSTANTIATE_TEST_SUITE_P(Ways, PostgresClient, every_way, way_name);

}  // namespace

}  // namespace towline::fixtures
