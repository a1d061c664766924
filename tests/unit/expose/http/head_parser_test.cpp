#include "expose/http/head_parser.hpp"

#include <gtest/gtest.h>

namespace towline::expose::web {

namespace {

TEST(HeadParser, says_what_stands_there_and_points_into_it) {
  const std::string text = "PUT /a?b HTTP/1.0\r\nX:  y z \r\nx:\r\n\r\n";
  const auto head = std::get<ParsedHead>(parse_request_lines(text));
  EXPECT_EQ(head.method, "PUT");
  EXPECT_EQ(head.target, "/a?b");
  EXPECT_EQ(head.minor, 0U);
  ASSERT_EQ(head.fields.size(), 2U);
  EXPECT_EQ(head.fields[0].value, "y z");
  EXPECT_EQ(head.fields[0].value.data(), text.data() + text.find('y'));
  EXPECT_EQ(head.fields[1].value, "");
}

TEST(HeadParser, wants_a_whole_head_and_no_more) {
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_request_lines("GET / HTTP/1.1\r\n")));
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_request_lines("GET / HTTP/1.1\r\n\r\nx")));
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_answer_lines("HTTP/1.1 200 OK\r\n\r\nx")));
  const auto answer = std::get<ParsedHead>(parse_answer_lines("HTTP/1.1 404 Not here\r\n\r\n"));
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.reason, "Not here");
}

}  // namespace

}  // namespace towline::expose::web
