#include "ssh/transport/greeting.hpp"

#include "unit/ssh/transport/kexinit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace towline::ssh {
namespace {

// RFC 4253, 6: lengths, payload, padding.
std::string packet(const std::vector<std::uint8_t>& payload) {
  constexpr std::uint8_t padding = 4;
  std::string body(1, static_cast<char>(padding));
  body.append(payload.begin(), payload.end());
  return wire_string(body + std::string(padding, 'p'));
}

struct Heard {
  PeerWords words{};
  Greeting greeting{words};

  // In pieces of this size.
  explicit Heard(const std::string& text, std::size_t piece = 1) {
    for (std::size_t at = 0; at < text.size(); at += piece) {
      const auto part = text.substr(at, piece);
      greeting.read({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
    }
  }
};

TEST(Greeting, has_the_lines_before_the_identification_and_the_servers_offer) {
  const auto all = "Welcome\r\nto the machine\nSSH-2.0-OpenSSH_9.2\r\n" +
                   packet(kexinit_message(usual_kexinit())) + "what follows is not for us";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{64}, all.size()}) {
    const Heard heard(all, piece);
    EXPECT_EQ(heard.words.quoted(), "\"Welcome\", \"to the machine\"") << piece;
    ASSERT_TRUE(heard.greeting.kexinit()) << piece;
    EXPECT_EQ(heard.greeting.kexinit()->cipher_to_server, "aes256-ctr") << piece;
    EXPECT_TRUE(heard.greeting.is_over()) << piece;
  }
}

TEST(Greeting, other_packets_may_come_before_the_offer) {
  const Heard heard("SSH-2.0-x\n" + packet({2, 0, 0, 0, 0}) + packet(kexinit_message(usual_kexinit())));
  EXPECT_TRUE(heard.greeting.kexinit());
}

TEST(Greeting, a_server_that_hangs_up_has_said_its_last_line) {
  Heard heard("Exceeded MaxStartups");
  EXPECT_EQ(heard.words.quoted(), "");
  heard.greeting.end();
  EXPECT_EQ(heard.words.quoted(), "\"Exceeded MaxStartups\"");
  EXPECT_TRUE(heard.greeting.is_over());
}

TEST(Greeting, an_identification_without_an_offer_is_no_word) {
  Heard heard("SSH-2.0-OpenSSH_9.2");
  heard.greeting.end();
  EXPECT_EQ(heard.words.quoted(), "");
  EXPECT_FALSE(heard.greeting.kexinit());
}

TEST(Greeting, of_a_line_without_an_end_little_is_kept) {
  Heard heard(std::string(1 << 20, 'x'), 4096);
  heard.greeting.end();
  EXPECT_LT(heard.words.quoted().size(), 300U);
}

TEST(Greeting, packets_that_cannot_be_end_it) {
  for (const auto& broken : {std::string("\xff\xff\xff\xff\x04", 5), std::string("\0\0\0\x05\x04", 5),
                             std::string("\0\0\x88\xb9\x04", 5)}) {
    const Heard heard("SSH-2.0-x\n" + broken + std::string(100, 'x'));
    EXPECT_TRUE(heard.greeting.is_over());
    EXPECT_FALSE(heard.greeting.kexinit());
  }
}

}  // namespace
}  // namespace towline::ssh
