#include "forward/place.hpp"

#include "observe/metrics.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace towline::forward {
namespace {

class PlaceTest : public testing::Test {
 protected:
  static observe::ForwardTraits traits(const char* name) {
    return {.name = name, .mode = "local", .listen = {}, .target = {}, .server = {}, .rx_deadline = {}};
  }
  std::shared_ptr<Places> places(const char* forward, std::size_t most) {
    return std::make_shared<Places>(most, descriptors_, metrics_.forward(forward));
  }

  net::Descriptors descriptors_{3};
  observe::Metrics metrics_{
      observe::BuildInfo{}, {traits("db"), traits("web")}, observe::Log(observe::Options{})};
};

TEST_F(PlaceTest, is_had_until_the_forward_has_no_more) {
  const auto db = places("db", 1);
  auto first = Place::take(db);
  ASSERT_TRUE(first);
  EXPECT_EQ(Place::take(db).error(), Limit::connections);
  *first = Place();
  EXPECT_TRUE(Place::take(db));
}

TEST_F(PlaceTest, of_one_forward_leaves_less_descriptors_to_another) {
  const auto db = places("db", 8);
  const auto web = places("web", 8);
  std::vector<Place> taken;
  for (int i = 0; i < 3; ++i) taken.push_back(*Place::take(db));
  EXPECT_EQ(Place::take(web).error(), Limit::descriptors);
  EXPECT_EQ(Place::take(db).error(), Limit::descriptors);
  taken.pop_back();
  EXPECT_TRUE(Place::take(web));
}

TEST_F(PlaceTest, that_is_moved_counts_once_and_for_its_session) {
  const auto load = std::make_shared<Load>(0);
  {
    auto place = *Place::take(places("db", 2));
    place.count_for(load);
    const auto moved = std::move(place);
    EXPECT_EQ(*load, 1U);
    EXPECT_EQ(descriptors_.taken(), 1U);
    EXPECT_EQ(metrics_.forward("db").totals().connections_waiting, 1U);
  }
  EXPECT_EQ(*load, 0U);
  EXPECT_EQ(descriptors_.taken(), 0U);
  EXPECT_EQ(metrics_.forward("db").totals().connections_waiting, 0U);
}

}  // namespace
}  // namespace towline::forward
