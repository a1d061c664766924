#include "admin/routes.hpp"

#include "unit/admin/sample_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::HttpHandler;
using testing::Contains;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

Response get(std::string_view target, const View& view, std::string_view accept = "") {
  return respond({.method = "GET", .target = target, .accept = accept}, view);
}

TEST(Routes, every_path_and_alias_answers) {
  struct Row {
    const char* target;
    HttpHandler handler;
    unsigned when_ready;
    unsigned when_not;
  };
  const Row rows[] = {
      {"/livez", HttpHandler::livez, 200, 200},
      {"/healthz", HttpHandler::livez, 200, 200},
      {"/liveness", HttpHandler::livez, 200, 200},
      {"/readyz", HttpHandler::readyz, 200, 503},
      {"/readyz/", HttpHandler::readyz, 200, 503},
      {"/readiness", HttpHandler::readyz, 200, 503},
      {"/ready", HttpHandler::readyz, 200, 503},
      {"/readyz?verbose", HttpHandler::readyz, 200, 503},
      {"/startupz", HttpHandler::startupz, 200, 503},
      {"/startup", HttpHandler::startupz, 200, 503},
      {"/readyz/db", HttpHandler::readyz, 200, 200},
      {"/readyz/nope", HttpHandler::readyz, 404, 404},
      {"/statusz", HttpHandler::statusz, 200, 200},
      {"/metrics", HttpHandler::metrics, 200, 200},
      {"/", HttpHandler::index, 200, 200},
      {"/nope", HttpHandler::other, 404, 404},
      {"/Livez", HttpHandler::other, 404, 404},
      {"/metrics/x", HttpHandler::other, 404, 404},
      {"livez", HttpHandler::other, 400, 400},
      {"/%zz", HttpHandler::other, 400, 400},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(get(row.target, ready_view()).status, row.when_ready) << row.target;
    EXPECT_EQ(get(row.target, sample_view()).status, row.when_not) << row.target;
    EXPECT_EQ(get(row.target, ready_view()).handler, row.handler) << row.target;
  }
}

TEST(Routes, only_reading_is_allowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const Response response = respond({.method = method, .target = "/readyz", .accept = ""}, ready_view());
    EXPECT_EQ(response.status, 405U) << method;
    EXPECT_THAT(response.headers, Contains(Pair("Allow", "GET, HEAD")));
  }
  EXPECT_EQ(respond({.method = "HEAD", .target = "/readyz", .accept = ""}, ready_view()).status, 200U);
}

TEST(Routes, no_answer_is_kept_or_taken_for_something_else) {
  for (const char* target : {"/livez", "/readyz", "/statusz", "/metrics", "/", "/nope", "bad"}) {
    const Response response = get(target, sample_view());
    EXPECT_THAT(response.headers, Contains(Pair("Cache-Control", "no-store"))) << target;
    EXPECT_THAT(response.headers, Contains(Pair("X-Content-Type-Options", "nosniff"))) << target;
    EXPECT_FALSE(response.content_type.empty());
    EXPECT_FALSE(response.body.empty());
  }
  EXPECT_THAT(get("/", sample_view()).headers,
              Contains(Pair("Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; img-src data:")));
}

TEST(Routes, a_refusal_names_its_reason) {
  EXPECT_EQ(get("/readyz", sample_view()).body, "not ready: reason=auth forward=cache\n");
  EXPECT_EQ(get("/startupz", sample_view()).body, "not started: reason=auth forward=cache\n");
  EXPECT_EQ(get("/readyz/cache", sample_view()).body, "not ready: reason=auth forward=cache\n");
  EXPECT_EQ(get("/readyz", ready_view()).body, "ok\n");

  View draining = ready_view();
  draining.facts.draining = true;
  EXPECT_EQ(get("/readyz", draining).body, "not ready: reason=draining\n");

  View stuck = ready_view();
  stuck.facts.loops[0].last_beat -= 1min;
  EXPECT_EQ(get("/livez", stuck).status, 503U);
  EXPECT_EQ(get("/livez", stuck).body, "not live: reason=internal loop=main\n");
}

TEST(Routes, verbose_has_a_line_for_each_forward) {
  EXPECT_EQ(get("/readyz?verbose", sample_view()).body,
            "[+]forward/db up 42s\n[-]forward/cache backoff reason=auth next=12s\n"
            "not ready: reason=auth forward=cache\n");
  EXPECT_EQ(get("/livez?verbose", sample_view()).body, "[+]loop/main turning\nok\n");
}

TEST(Routes, an_excluded_forward_does_not_count_and_a_misspelt_one_is_named) {
  const Response response = get("/readyz?verbose&exclude=cache&exclude=cahce", sample_view());
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body,
            "[+]forward/db up 42s\n[ ]forward/cache excluded\n[?]forward/cahce excluded but unknown\nok\n");
}

TEST(Routes, an_unknown_path_or_forward_lists_the_known_ones) {
  EXPECT_EQ(get("/health", sample_view()).body,
            "not found; there are: /livez /readyz /readyz/<forward> /startupz /statusz /metrics /\n");
  EXPECT_EQ(get("/readyz/x", sample_view()).body, "no such forward; there are: db cache\n");
}

TEST(Routes, json_is_there_for_those_who_ask) {
  const Response response = get("/readyz", sample_view(), "application/json");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_THAT(response.body, StartsWith(R"({"check":"readyz","ok":false,"reason":"auth","subject":"cache")"));
  EXPECT_EQ(get("/statusz", sample_view()).content_type, "application/json");
}

TEST(Routes, metrics_come_in_the_format_asked_for) {
  const Response text = get("/metrics", sample_view(), "*/*");
  EXPECT_EQ(text.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(text.body, "text\n");
  const Response open = get("/metrics", sample_view(), "application/openmetrics-text;version=1.0.0");
  EXPECT_EQ(open.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(open.body, "open\n");
}

TEST(Routes, a_forward_may_have_any_name) {
  View view = ready_view();
  observe::configure(view.facts.forwards[0], [](observe::ForwardTraits& traits) { traits.name = "a/b c"; });
  EXPECT_EQ(get("/readyz/a%2Fb%20c", view).status, 200U);
}

}  // namespace
}  // namespace towline::admin
