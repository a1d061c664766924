#include "expose/hosts.hpp"

#include <gtest/gtest.h>

namespace towline::expose {
namespace {

TEST(Hosts, a_request_is_told_in_one_line) {
  const web::Visitor visitor{.address = {"203.0.113.9", 40000}, .local = {}, .over_tls = true};
  const web::RequestLine line{.visitor = visitor,
                              .method = "GET",
                              .host = "web.example.com",
                              .target = "/a?b",
                              .status = 200,
                              .bytes_received = 0,
                              .bytes_sent = 5120,
                              .duration = std::chrono::milliseconds(12)};
  EXPECT_EQ(request_text(line), "203.0.113.9 GET https://web.example.com/a?b 200 12 ms 5120 bytes");
}

TEST(Hosts, a_request_without_an_answer_has_no_status) {
  const web::Visitor visitor{.address = {"2001:db8::1", 40000}, .local = {}};
  const web::RequestLine line{.visitor = visitor, .method = "POST", .host = "web", .target = "/"};
  EXPECT_EQ(request_text(line), "2001:db8::1 POST http://web/ - 0 ms 0 bytes");
}

}  // namespace
}  // namespace towline::expose
