#include "admin/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace towline::admin {
namespace {

using observe::HttpHandler;
using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;

TEST(Router, a_pattern_is_a_path_or_has_a_name_at_its_end) {
  const struct {
    const char *pattern, *path;
    std::optional<std::string_view> forward;
  } rows[] = {
      {"/", "/", ""},
      {"/", "//", ""},
      {"/a", "/a", ""},
      {"/a", "/a/", ""},
      {"/a", "/a//", std::nullopt},
      {"/a", "/A", std::nullopt},
      {"/a", "/ab", std::nullopt},
      {"/a", "/a/b", std::nullopt},
      {"/a/<forward>", "/a", std::nullopt},
      {"/a/<forward>", "/a/", std::nullopt},
      {"/a/<forward>", "/a/b", "b"},
      {"/a/<forward>", "/a/b/", "b/"},
      {"/a/<forward>", "/a//", "/"},
      {"/a/<id>/b", "/a/7/b", "7"},
      {"/a/<id>/b", "/a/7/b/", "7"},
      {"/a/<id>/b", "/a//b", std::nullopt},
      {"/a/<id>/b", "/a/b", std::nullopt},
      {"/a/<id>/b", "/a/7", std::nullopt},
      {"/a/<id>/b", "/a/7/c", std::nullopt},
  };
  for (const auto& row : rows) EXPECT_EQ(match(row.pattern, row.path), row.forward) << row.path;
}

Response echo(const Asked& asked, const std::string& source) {
  return say(200, source + std::string(asked.name));
}

constexpr Route<std::string> all_read[] = {{"GET", "/a", echo, HttpHandler::livez},
                                           {"GET", "/old", echo, HttpHandler::livez, false},
                                           {"GET", "/a/<forward>", echo}};
constexpr Route<std::string> some_write[] = {{"POST", "/a", echo}, {"GET", "/b", echo}};

TEST(Router, the_first_route_that_fits_answers) {
  const auto get = [](std::string_view target) {
    return answer(all_read, {.method = "GET", .target = target, .accept = ""}, std::string("told "));
  };
  EXPECT_EQ(get("/a/db").body, "told db\n");
  EXPECT_EQ(get("/old?verbose").body, "told \n");
  EXPECT_EQ(get("/old").handler, HttpHandler::livez);
  EXPECT_EQ(get("/a/db").handler, HttpHandler::other);
  EXPECT_EQ(get("a").status, 400U);
}

TEST(Router, what_there_is_not_lists_what_there_is) {
  const Request request{.method = "GET", .target = "/c", .accept = ""};
  EXPECT_EQ(answer(all_read, request, std::string()).body, "not found; there are: /a /a/<forward>\n");
  EXPECT_EQ(answer(some_write, request, std::string()).body, "not found; there are: POST /a, GET /b\n");
  EXPECT_EQ(answer(some_write, request, std::string()).status, 404U);
}

TEST(Router, another_method_is_told_which_one_is_right) {
  const auto ask = [](std::string_view method, std::string_view target) {
    return answer(some_write, {.method = method, .target = target, .accept = ""}, std::string());
  };
  EXPECT_EQ(ask("HEAD", "/a").status, 405U);
  EXPECT_EQ(ask("HEAD", "/a").body, "only POST\n");
  EXPECT_THAT(ask("HEAD", "/a").headers, Contains(Pair("Allow", "POST")));
  EXPECT_EQ(ask("POST", "/b").body, "only GET and HEAD\n");
  EXPECT_THAT(ask("POST", "/b").headers, Contains(Pair("Allow", "GET, HEAD")));
  EXPECT_EQ(ask("HEAD", "/b").status, 200U);
  EXPECT_THAT(ask("HEAD", "/b").headers, Not(Contains(Key("Allow"))));
}

}  // namespace
}  // namespace towline::admin
