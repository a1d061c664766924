#include "ssh/session/backlog.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace towline::ssh {

namespace {

std::vector<std::uint8_t> counting(std::size_t n, std::uint8_t from) {
  std::vector<std::uint8_t> bytes(n);
  std::iota(bytes.begin(), bytes.end(), from);
  return bytes;
}

std::vector<std::uint8_t> drained(Backlog& backlog, std::size_t step) {
  std::vector<std::uint8_t> all;
  while (!backlog.empty()) {
    const auto part = backlog.front().first(std::min(step, backlog.front().size()));
    all.insert(all.end(), part.begin(), part.end());
    backlog.drop(part.size());
  }
  return all;
}

TEST(Backlog, is_empty_at_first_and_when_all_was_dropped) {
  Backlog backlog;
  EXPECT_TRUE(backlog.empty());
  EXPECT_TRUE(backlog.front().empty());
  backlog.append(counting(3, 0));
  EXPECT_FALSE(backlog.empty());
  backlog.drop(2);
  EXPECT_EQ(backlog.front().size(), 1U);
  backlog.drop(1);
  EXPECT_TRUE(backlog.empty());
}

TEST(Backlog, of_nothing_stays_empty) {
  Backlog backlog;
  backlog.append({});
  EXPECT_TRUE(backlog.empty());
}

TEST(Backlog, gives_bytes_in_their_order_however_they_came_and_go) {
  for (const std::size_t came : {100UL, 32'768UL, 65'536UL, 100'000UL}) {
    for (const std::size_t goes : {977UL, 32'768UL, 1'000'000UL}) {
      Backlog backlog;
      const auto all = counting(140'000, 0);
      for (std::size_t at = 0; at < all.size(); at += came)
        backlog.append(Bytes(all).subspan(at, std::min(came, all.size() - at)));
      EXPECT_EQ(drained(backlog, goes), all) << came << " and " << goes;
    }
  }
}

TEST(Backlog, grows_behind_what_is_being_read) {
  Backlog backlog;
  backlog.append(counting(10, 0));
  backlog.drop(4);
  backlog.append(counting(10, 10));
  EXPECT_EQ(drained(backlog, 100), counting(16, 4));
}

TEST(Backlog, is_read_in_pieces_so_that_what_was_read_costs_nothing) {
  Backlog backlog;
  backlog.append(counting(1'000'000, 0));
  EXPECT_EQ(backlog.front().size(), Backlog::piece_max);
  backlog.drop(Backlog::piece_max);
  EXPECT_EQ(backlog.front().size(), Backlog::piece_max);
}

}  // namespace

}  // namespace towline::ssh
