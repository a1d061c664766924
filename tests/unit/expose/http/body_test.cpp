#include "expose/http/body.hpp"

#include <gtest/gtest.h>

namespace towline::expose::web {

namespace {

constexpr Framing chunks{Framing::Kind::chunked, 0};

struct Read {
  std::string octets;
  std::string left;
  bool done;
  bool failed;
};

// In pieces of `step`.
Read read(Framing framing, std::string_view text, std::size_t step) {
  BodyReader reader(framing);
  Read read{{}, {}, false, false};
  while (!text.empty() && !reader.done() && !reader.failed()) {
    auto piece = text.substr(0, step);
    while (!piece.empty() && !reader.done() && !reader.failed()) {
      const auto next = reader.next(piece);
      read.octets += next.octets;
      piece.remove_prefix(next.taken);
      text.remove_prefix(next.taken);
    }
  }
  read.left = text;
  read.done = reader.done();
  read.failed = reader.failed();
  return read;
}

TEST(Body, ends_where_its_framing_says_in_whatever_pieces_it_comes) {
  struct Case {
    Framing framing;
    std::string_view text, octets, left;
  };
  const std::vector<Case> table{
      {{}, "GET", "", "GET"},
      {{Framing::Kind::length, 3}, "abcGET", "abc", "GET"},
      {chunks, "0\r\n\r\nGET", "", "GET"},
      {chunks, "3\r\nabc\r\n00a\r\n0123456789\r\n0\r\n\r\nGET", "abc0123456789", "GET"},
      {chunks, "A;a=b;c=\"d e\"\r\n0123456789\r\n000;x\r\n\r\n", "0123456789", ""},
      {chunks, "1\r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\nGET", "a", "GET"},
  };
  for (const auto& [framing, text, octets, left] : table) {
    for (std::size_t step = 1; step <= text.size(); ++step) {
      const auto result = read(framing, text, step);
      EXPECT_EQ(result.octets, octets) << text << " by " << step;
      EXPECT_EQ(result.left, left) << text << " by " << step;
      EXPECT_TRUE(result.done) << text << " by " << step;
    }
  }
}

TEST(Body, chunks_that_could_be_understood_in_two_ways_are_refused) {
  const std::vector<std::string> table{
      "\r\n",
      ";x\r\n",
      "g\r\n",
      " 1\r\na\r\n",
      "1 \r\na\r\n",
      "1\t;x\r\na\r\n",
      "+1\r\na\r\n",
      "-1\r\na\r\n",
      "0x1\r\na\r\n",
      "1\na\r\n",
      "1\r\nab\r\n",
      "1\r\na\n",
      "1\r\na0\r\n",
      "1;\x01\r\na\r\n",
      "1;x\n\r\na\r\n",
      "1\r\r\na\r\n",
      "1;x\r\r\na\r\n",
      "0\r\nX : 1\r\n\r\n",
      "0\r\n X: 1\r\n\r\n",
      "0\r\nX: 1\r\n y\r\n\r\n",
      "0\r\nX\r\n\r\n",
      "0\r\nX: 1\n\r\n\r\n",
      "1,1\r\na\r\n",
      "1000000000000000\r\n",  // 16 digits
      "1;" + std::string(BodyReader::chunk_line_max + 1, 'x') + "\r\na\r\n",
      "0\r\nX: " + std::string(BodyReader::trailers_max, 'x') + "\r\n\r\n",
  };
  for (const auto& text : table) {
    for (const std::size_t step : {std::size_t{1}, text.size()}) {
      const auto result = read(chunks, text, step);
      EXPECT_TRUE(result.failed) << text;
      EXPECT_FALSE(result.done) << text;
    }
  }
}

TEST(Body, without_a_length_it_ends_with_the_connection_and_otherwise_it_is_cut) {
  BodyReader until_end({Framing::Kind::until_end, 0});
  EXPECT_EQ(until_end.next("abc").octets, "abc");
  EXPECT_FALSE(until_end.done());
  EXPECT_TRUE(until_end.end());
  BodyReader of_length({Framing::Kind::length, 4});
  of_length.next("abc");
  EXPECT_FALSE(of_length.end());
  BodyReader of_chunks(chunks);
  EXPECT_FALSE(of_chunks.end());
}

TEST(Body, is_framed_as_it_is_read) {
  std::string text;
  append_body(text, Framing::Kind::chunked, std::string(17, 'a'));
  append_body(text, Framing::Kind::chunked, "");
  append_end(text, Framing::Kind::chunked, "X: 1\r\n");
  EXPECT_EQ(text, "11\r\naaaaaaaaaaaaaaaaa\r\n0\r\nX: 1\r\n\r\n");
  EXPECT_EQ(read(chunks, text, 3).octets, std::string(17, 'a'));
  text.clear();
  append_body(text, Framing::Kind::length, "abc");
  append_end(text, Framing::Kind::length);
  EXPECT_EQ(text, "abc");
}

TEST(Body, trailers_are_kept_with_their_empty_line) {
  BodyReader reader(chunks);
  reader.next("0\r\nX: 1\r\n\r\n");
  EXPECT_EQ(reader.trailers(), "X: 1\r\n\r\n");
}

}  // namespace

}  // namespace towline::expose::web
