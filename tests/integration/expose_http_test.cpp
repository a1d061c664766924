// The public entrance over HTTP and HTTPS: curl as the visitor, stock ssh as the client, a web server behind
// it.
#include "integration/fixtures/expose.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace towline::fixtures {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* domain = "example.test";

class ExposeHttp : public ExposeTest {
 protected:
  ExposeHttp()
      : server_(dir_, {"/usr/bin/python3", "-W", "ignore",
                       std::string(TOWLINE_TESTS_DIR) + "/integration/web_server.py",
                       std::to_string(web_.number())}) {}

  void begin_http(Environment changes = {}) {
    changes.insert({{"TOWLINE_EXPOSE_DOMAIN", domain},
                    {"TOWLINE_HTTP_LISTEN", "127.0.0.1:" + std::to_string(http_.number())}});
    begin(changes);
  }

  // With certificates for the domain and its names, under an authority of their own.
  void begin_https(Environment changes = {}) {
    make_certificate("tls");
    changes.insert({{"TOWLINE_HTTPS_LISTEN", "127.0.0.1:" + std::to_string(https_.number())},
                    {"TOWLINE_TLS_DIR", dir_.path("tls")}});
    begin_http(changes);
  }

  void make_certificate(const std::string& folder, const std::string& name = domain) {
    const auto files = dir_.path(folder);
    const auto made = run({"/bin/sh", "-c",
                           "mkdir -p " + files +
                               " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                               "-nodes -days 30 -subj /CN=test -addext subjectAltName=DNS:" +
                               name + ",DNS:*." + name + " -keyout " + files + "/new.key -out " + files +
                               "/new.crt && mv " + files + "/new.key " + files + "/tls.key && mv " + files +
                               "/new.crt " + files + "/tls.crt"});
    ASSERT_EQ(made.code, 0) << made.errors;
  }

  std::string to_web(const std::string& asked) const {
    return asked + ":127.0.0.1:" + std::to_string(web_.number());
  }

  // curl with these words for this URL, whose host leads here.
  Ran curl(const std::string& url, const Arguments& words = {}, Milliseconds limit = patience) {
    Arguments argv{"/usr/bin/curl", "-sS", "--max-time", "60", "--cacert", dir_.path("tls/tls.crt")};
    for (const auto* host : {"web", "other", "none"}) {
      for (const auto port : {http_.number(), https_.number()}) {
        argv.insert(argv.end(), {"--resolve", std::string(host) + '.' + domain + ':' + std::to_string(port) +
                                                  ":127.0.0.1"});
      }
    }
    argv.insert(argv.end(), words.begin(), words.end());
    argv.push_back(url);
    return run(argv, "/dev/null", limit);
  }
  std::string http(const std::string& path, const std::string& host = "web") const {
    return "http://" + host + '.' + domain + ':' + std::to_string(http_.number()) + path;
  }
  std::string https(const std::string& path, const std::string& host = "web") const {
    return "https://" + host + '.' + domain + ':' + std::to_string(https_.number()) + path;
  }
  bool serves(const std::string& url) {
    return curl(url, {"-o", "/dev/null", "-w", "%{http_code}"}).output == "200";
  }

  FreePort web_;
  FreePort http_;
  FreePort https_;
  Running server_;
};

TEST_F(ExposeHttp, a_name_leads_to_the_client_and_its_address_is_told) {
  begin_http();
  Running client(dir_, ssh({"-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  EXPECT_TRUE(has_told(client, std::string("http://web.") + domain + "\n")) << client.output();
  EXPECT_TRUE(has_told(client, "127.0.0.1 GET http://web.example.test/ 200")) << client.output();
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "http"}}), 1);
  EXPECT_GE(towline_->metric("towline_exposed_http_requests_total", {{"code_class", "2xx"}}), 1);
  const auto nobody = curl(http("/", "none"), {"-i"});
  EXPECT_THAT(nobody.output, AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("Towline-Reason: unknown_host")));
}

TEST_F(ExposeHttp, where_a_visitor_comes_from_is_said_by_us_alone) {
  begin_http();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  const auto seen =
      curl(http("/head"), {"-H", "X-Forwarded-For: 203.0.113.66", "-H", "X_Forwarded_Proto: https", "-H",
                           "X-Real-IP: 203.0.113.66", "-H", "Forwarded: for=203.0.113.66"});
  const auto port = std::to_string(http_.number());
  EXPECT_THAT(seen.output,
              AllOf(HasSubstr("X-Forwarded-For: 127.0.0.1\n"), HasSubstr("X-Forwarded-Proto: http\n"),
                    HasSubstr("X-Forwarded-Host: web.example.test:" + port + "\n"),
                    HasSubstr("X-Forwarded-Port: " + port + "\n"), Not(HasSubstr("203.0.113.66"))));
}

TEST_F(ExposeHttp, bodies_of_any_size_go_both_ways) {
  begin_http();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  const auto big = dir_.path("big");
  ASSERT_EQ(run({"/bin/sh", "-c", "head -c 100000000 /dev/urandom > " + big}).code, 0);
  const auto sum = run({"/usr/bin/sha256sum", big}).output.substr(0, 64);
  EXPECT_EQ(curl(http("/sum"), {"-T", big}, 60s).output, sum);
  EXPECT_EQ(curl(http("/sum"), {"-T", big, "-H", "Transfer-Encoding: chunked"}, 60s).output, sum);
  const auto down =
      curl(http("/bytes/100000000"), {"-o", "/dev/null", "-w", "%{http_code} %{size_download}"}, 60s);
  EXPECT_EQ(down.output, "200 100000000");
}

TEST_F(ExposeHttp, a_connection_is_used_again_and_answers_without_a_body_end) {
  begin_http();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  const auto twice =
      curl(http("/204"), {"-w", "%{http_code} %{num_connects}\n", http("/head"), "-o", "/dev/null"});
  EXPECT_THAT(twice.output, HasSubstr("204 0\n"));
  const auto head = curl(http("/head"), {"-I"});
  EXPECT_THAT(head.output, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: ")));
}

TEST_F(ExposeHttp, an_event_comes_while_its_answer_goes_on) {
  begin_http();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  auto visitor = Socket::connect(http_.number(), 5s);
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(visitor->send_all("GET /events HTTP/1.1\r\nHost: web.example.test\r\n\r\n", 5s));
  std::string heard;
  while (heard.find("data: first\n\n") == std::string::npos) {
    const auto more = visitor->receive(1, 5s);
    ASSERT_FALSE(more.empty()) << heard;
    heard += more;
  }
}

TEST_F(ExposeHttp, a_websocket_is_carried) {
  begin_http();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  auto visitor = Socket::connect(http_.number(), 5s);
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(visitor->send_all(
      "GET /echo HTTP/1.1\r\nHost: web.example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\nfirst",
      5s));
  std::string heard;
  while (heard.find("first") == std::string::npos) {
    const auto more = visitor->receive(1, 5s);
    ASSERT_FALSE(more.empty()) << heard;
    heard += more;
  }
  EXPECT_THAT(heard, AllOf(StartsWith("HTTP/1.1 101 "),
                           HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
  ASSERT_TRUE(visitor->send_all("second", 5s));
  EXPECT_EQ(visitor->receive(6, 5s), "second");
}

TEST_F(ExposeHttp, what_a_clients_server_does_wrong_is_told_by_its_reason) {
  begin_http();
  const FreePort nobody;
  Running client(dir_, ssh({"-N", "-R", to_web("web:80"), "-R",
                            "other:80:127.0.0.1:" + std::to_string(nobody.number())}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  EXPECT_THAT(curl(http("/silent"), {"-i"}).output,
              AllOf(StartsWith("HTTP/1.1 502 "), HasSubstr("Towline-Reason: no_answer")));
  EXPECT_THAT(curl(http("/wrong"), {"-i"}).output,
              AllOf(StartsWith("HTTP/1.1 502 "), HasSubstr("Towline-Reason: bad_answer")));
  EXPECT_THAT(curl(http("/", "other"), {"-i"}).output,
              AllOf(StartsWith("HTTP/1.1 502 "), HasSubstr("Towline-Reason: refused")));
}

TEST_F(ExposeHttp, two_clients_share_a_name_and_one_that_fails_is_left_out) {
  begin_http({{"TOWLINE_EXPOSE_BALANCE", "round-robin"}});
  const FreePort second;
  Running other(
      dir_, {"/usr/bin/python3", "-W", "ignore",
             std::string(TOWLINE_TESTS_DIR) + "/integration/web_server.py", std::to_string(second.number())});
  const FreePort nobody;
  Running first(dir_, ssh({"-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << first.errors();
  Running again(dir_, ssh_as(other_key_, {"-R", "web:80:127.0.0.1:" + std::to_string(second.number())}));
  EXPECT_TRUE(eventually(patience, [&] {
    return serves(http("/")) && again.output().find("GET") != std::string::npos;
  })) << again.errors();
  Running dead(dir_, ssh_as(other_key_, {"-R", "web:80:127.0.0.1:" + std::to_string(nobody.number())}));
  ASSERT_TRUE(has_told(dead, "http://web.")) << dead.errors();
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(serves(http("/"))) << i;
  EXPECT_TRUE(has_told(dead, "failed: web:80")) << dead.output();
}

TEST_F(ExposeHttp, the_newest_has_the_name_and_the_old_one_is_told) {
  begin_http({{"TOWLINE_EXPOSE_SAME_NAME", "replace"}});
  Running first(dir_, ssh({"-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << first.errors();
  Running second(dir_, ssh_as(other_key_, {"-R", to_web("web:80")}));
  EXPECT_TRUE(has_told(first, "replaced: web:80 is another client's now")) << first.output();
  EXPECT_TRUE(serves(http("/")));
  EXPECT_EQ(towline_->metric("towline_exposed", {{"kind", "http"}}), 1);
}

TEST_F(ExposeHttp, words_change_the_host_and_send_to_https) {
  begin_https();
  Running client(dir_, ssh({"-R", to_web("web:80")}, {"host=inner.local", "force-https"}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(https("/")); })) << client.errors();
  EXPECT_THAT(curl(https("/head")).output, HasSubstr("Host: inner.local\n"));
  EXPECT_EQ(curl(http("/a?b"), {"-o", "/dev/null", "-w", "%{http_code} %{redirect_url}"}).output,
            "308 " + https("/a?b"));
}

TEST_F(ExposeHttp, over_tls_the_certificate_is_verified_and_the_client_knows_it) {
  begin_https({{"TOWLINE_EXPOSE_HSTS", "31536000"}});
  Running client(dir_, ssh({"-R", to_web("web:443")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(https("/")); })) << client.errors();
  EXPECT_TRUE(has_told(client, "https://web.example.test\nhttp://web.example.test\n")) << client.output();
  const auto seen = curl(https("/head"), {"-i"});
  EXPECT_THAT(seen.output, AllOf(HasSubstr("X-Forwarded-Proto: https\n"),
                                 HasSubstr("Strict-Transport-Security: max-age=31536000\r\n")));
  for (const auto* version : {"--tlsv1.3", "--tls-max"}) {
    const bool is_max = std::string(version) == "--tls-max";
    EXPECT_THAT(curl(https("/head"), is_max ? Arguments{version, "1.2"} : Arguments{version}).output,
                StartsWith("GET "));
  }
  EXPECT_NE(curl(https("/head"), {"--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0"}).code, 0);
}

TEST_F(ExposeHttp, a_certificate_that_is_replaced_is_served_and_nobody_is_dropped) {
  begin_https();
  Running client(dir_, ssh({"-N", "-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(https("/")); })) << client.errors();
  auto held = Socket::connect(http_.number(), 5s);
  ASSERT_TRUE(held);
  const auto old = read_file(dir_.path("tls/tls.crt"));
  make_certificate("tls");
  ASSERT_NE(read_file(dir_.path("tls/tls.crt")), old);
  EXPECT_TRUE(eventually(30s, [&] { return serves(https("/")); }));
  ASSERT_TRUE(held->send_all("GET /204 HTTP/1.1\r\nHost: web.example.test\r\n\r\n", 5s));
  EXPECT_THAT(held->receive(12, 5s), StartsWith("HTTP/1.1 204"));
}

TEST_F(ExposeHttp, without_a_certificate_that_is_valid_it_is_not_ready) {
  ASSERT_EQ(run({"/bin/mkdir", dir_.path("tls")}).code, 0);
  auto variables = environment();
  variables.insert_or_assign("TOWLINE_EXPOSE_DOMAIN", domain);
  variables.insert_or_assign("TOWLINE_HTTPS_LISTEN", "127.0.0.1:" + std::to_string(https_.number()));
  variables.insert_or_assign("TOWLINE_TLS_DIR", dir_.path("tls"));
  towline_ = std::make_unique<Towline>(dir_, std::move(variables));
  EXPECT_TRUE(eventually(patience, [&] {
    return towline_->get("/readyz?verbose").body.find("certificate") != std::string::npos;
  })) << towline_->get("/readyz?verbose").body;
  make_certificate("tls");
  EXPECT_TRUE(towline_->ready_within(30s)) << towline_->get("/readyz?verbose").body;
}

TEST_F(ExposeHttp, tls_of_a_clients_own_is_passed_through) {
  make_certificate("own", "own.test");
  begin_https();
  const FreePort tls_server;
  Running server(dir_, {"/usr/bin/openssl", "s_server", "-quiet", "-www", "-accept",
                        "127.0.0.1:" + std::to_string(tls_server.number()), "-cert", dir_.path("own/tls.crt"),
                        "-key", dir_.path("own/tls.key")});
  Running client(dir_,
                 ssh({"-R", "web:443:127.0.0.1:" + std::to_string(tls_server.number())}, {"sni-proxy"}));
  ASSERT_TRUE(has_told(client, "https://web.example.test")) << client.errors();
  EXPECT_TRUE(eventually(patience, [&] {
    return curl(https("/"), {"-k", "-v", "-o", "/dev/null"}).errors.find("CN=test") != std::string::npos;
  }));
  // Its certificate, not ours.
  EXPECT_NE(curl(https("/")).code, 0);
  EXPECT_EQ(curl(https("/"),
                 {"--cacert", dir_.path("own/tls.crt"), "--resolve",
                  "web.own.test:" + std::to_string(https_.number()) + ":127.0.0.1", "-k", "-o", "/dev/null"})
                .code,
            0);
}

TEST_F(ExposeHttp, a_request_in_two_senses_is_refused_and_never_reaches_the_client) {
  begin_http();
  Running client(dir_, ssh({"-R", to_web("web:80")}));
  ASSERT_TRUE(eventually(patience, [&] { return serves(http("/")); })) << client.errors();
  auto visitor = Socket::connect(http_.number(), 5s);
  ASSERT_TRUE(visitor);
  ASSERT_TRUE(
      visitor->send_all("POST /smuggled HTTP/1.1\r\nHost: web.example.test\r\nContent-Length: 5\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        5s));
  EXPECT_THAT(visitor->receive(12, 5s), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(client.output(), Not(HasSubstr("smuggled")));
}

}  // namespace

}  // namespace towline::fixtures
