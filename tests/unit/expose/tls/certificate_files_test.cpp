#include "expose/tls/certificate_files.hpp"

#include "unit/async/turns.hpp"
#include "unit/expose/tls/test_certificate.hpp"

#include <gmock/gmock.h>

namespace towline::expose::tls {

namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  const CertificateFolder folder_;
  std::string lines_;
  const observe::Log log_{observe::Options{}, [this](std::string_view line) { lines_ += line; }};
};

TEST_F(Files, are_read_at_once_and_a_damaged_one_is_told) {
  folder_.put("a/", make_certificate("DNS:a.test"));
  folder_.write("b/tls.crt", "nothing");
  folder_.write("b/tls.key", "nothing");
  const CertificateFiles files(folder_.path(), log_);
  EXPECT_EQ(files.facts().size(), 1U);
  EXPECT_EQ(files.problems().size(), 1U);
  EXPECT_THAT(lines_, HasSubstr("b/tls.crt"));
  EXPECT_TRUE(files.choose("a.test")->covers("a.test"));
}

TEST_F(Files, a_look_serves_what_has_been_replaced) {
  Turns turns;
  folder_.put("", make_certificate("DNS:a.test"));
  CertificateFiles files(folder_.path(), log_);
  const auto running = files.choose("");
  folder_.put("", make_certificate("DNS:b.test"));
  turns.tasks.spawn(files.watch(std::chrono::milliseconds(1)));
  turns.turn_until([&] { return files.choose("b.test")->covers("b.test"); });
  EXPECT_TRUE(running->covers("a.test"));
  turns.stop();
  while (turns.tasks.size() > 0) turns.turn_until([&] { return turns.tasks.size() == 0; });
}

}  // namespace

}  // namespace towline::expose::tls
