#include "relay/held.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace towline::relay {
namespace {

ssh::Bytes octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Takes all of it out, in words.
std::string drained(Held& held) {
  std::string words;
  while (!held.empty()) {
    if (const auto* data = std::get_if<Held::Data>(&held.front())) {
      const auto bytes = data->bytes.front();
      words += std::to_string(data->stream) + std::string(bytes.begin(), bytes.end()) + " ";
      held.drop(bytes.size());
    } else if (const auto* request = std::get_if<Held::Request>(&held.front())) {
      words += request->type + " ";
      held.drop();
    } else {
      words += "eof ";
      held.drop();
    }
  }
  return words;
}

TEST(Held, keeps_the_order_of_everything) {
  Held held;
  EXPECT_TRUE(held.add(0, octets_of("a")));
  EXPECT_TRUE(held.add(0, octets_of("b")));
  EXPECT_TRUE(held.add(1, octets_of("c")));
  EXPECT_TRUE(held.add(0, octets_of("d")));
  EXPECT_TRUE(held.add({"signal", {}, {}}));
  EXPECT_TRUE(held.add(0, octets_of("e")));
  held.add_eof();
  EXPECT_TRUE(held.add({"exit-status", {}, {}}));
  EXPECT_EQ(held.bytes(), 5U);
  EXPECT_EQ(drained(held), "0ab 1c 0d signal 0e eof exit-status ");
  EXPECT_EQ(held.bytes(), 0U);
}

TEST(Held, streams_that_take_turns_cost_little_more_than_their_bytes) {
  Held held;
  for (int n = 0; n < 100'000; ++n) ASSERT_TRUE(held.add(n % 2, octets_of(n % 2 ? "e" : "o")));
  EXPECT_TRUE(held.add({"signal", {}, {}}));
  EXPECT_TRUE(held.add(1, octets_of("late")));
  EXPECT_EQ(held.bytes(), 100'004U);
  std::size_t items = 0;
  std::size_t bytes[2] = {};
  for (; std::holds_alternative<Held::Data>(held.front()); ++items) {
    const auto& data = std::get<Held::Data>(held.front());
    bytes[data.stream] += data.bytes.front().size();
    held.drop(data.bytes.front().size());
  }
  EXPECT_LE(items, Held::turns_max + 2);
  EXPECT_EQ(bytes[0], 50'000U);
  EXPECT_EQ(bytes[1], 50'000U);
  EXPECT_EQ(drained(held), "signal 1late ");
}

TEST(Held, has_a_bound_for_requests_by_number_and_by_size) {
  Held many;
  for (std::size_t n = 0; n < Held::items_max; ++n) ASSERT_TRUE(many.add({"", {}, {}}));
  EXPECT_FALSE(many.add({"", {}, {}}));
  EXPECT_FALSE(many.add(0, octets_of("data behind them")));
  Held large;
  const std::vector<std::uint8_t> half(Held::requests_size_max / 2);
  EXPECT_TRUE(large.add({"", half, {}}));
  EXPECT_FALSE(large.add({"exec", half, {}}));
  EXPECT_TRUE(large.add({"", half, {}}));
  large.drop();
  EXPECT_TRUE(large.add({"", half, {}})) << "what has gone is not counted";
  large.clear();
  EXPECT_TRUE(large.add({"", half, {}}));
}

TEST(Held, has_a_bound_for_streams) {
  Held held;
  std::uint32_t stream = 0;
  while (stream < 2 * Held::items_max && held.add(stream, octets_of("x"))) ++stream;
  EXPECT_EQ(stream, Held::items_max);
}

}  // namespace
}  // namespace towline::relay
