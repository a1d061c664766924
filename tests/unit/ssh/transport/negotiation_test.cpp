#include "ssh/transport/negotiation.hpp"

#include "ssh/wire/error.hpp"
#include "unit/ssh/transport/kexinit.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace towline::ssh {
namespace {

const Algorithms our_algorithms{.key_exchange = "curve25519-sha256,ecdh-sha2-nistp256",
                                .host_key = "ssh-ed25519,rsa-sha2-512",
                                .cipher = "aes128-gcm@openssh.com,aes256-ctr",
                                .mac = "hmac-sha2-256",
                                .signature = "ssh-ed25519"};

// What of a usual server is another, and what that leads to.
struct Difference {
  const char* name;
  std::function<void(KexInit&)> change;
  errc code;
  const char* offered;
};

TEST(Negotiation, the_first_list_without_a_match_is_named_with_the_servers_offer) {
  const Difference rows[] = {
      {"key exchange", [](KexInit& k) { k.key_exchange = "diffie-hellman-group14-sha256"; },
       errc::no_common_key_exchange, "diffie-hellman-group14-sha256"},
      {"markers are no key exchange",
       [](KexInit& k) { k.key_exchange = "sntrup761,kex-strict-s-v00@openssh.com,ext-info-s"; },
       errc::no_common_key_exchange, "sntrup761"},
      {"nothing at all", [](KexInit& k) { k.key_exchange = ""; }, errc::no_common_key_exchange, ""},
      {"host key", [](KexInit& k) { k.host_key = "ssh-rsa,ssh-dss"; }, errc::no_common_host_key,
       "ssh-rsa,ssh-dss"},
      {"cipher to the server", [](KexInit& k) { k.cipher_to_server = "aes256-cbc"; }, errc::no_common_cipher,
       "aes256-cbc"},
      {"cipher to us", [](KexInit& k) { k.cipher_to_client = "3des-cbc"; }, errc::no_common_cipher,
       "3des-cbc"},
      {"MAC to the server", [](KexInit& k) { k.mac_to_server = "hmac-sha1"; }, errc::no_common_mac,
       "hmac-sha1"},
      {"MAC to us", [](KexInit& k) { k.mac_to_client = "umac-64@openssh.com"; }, errc::no_common_mac,
       "umac-64@openssh.com"},
      {"compression", [](KexInit& k) { k.compression_to_client = "zlib"; }, errc::no_common_compression,
       "zlib"},
      {"two of them: the first counts",
       [](KexInit& k) {
         k.cipher_to_server = "aes256-cbc";
         k.host_key = "ssh-dss";
       },
       errc::no_common_host_key, "ssh-dss"}};
  for (const auto& row : rows) {
    auto theirs = usual_kexinit();
    row.change(theirs);
    const auto failure = no_common_algorithm(our_algorithms, theirs);
    ASSERT_TRUE(failure) << row.name;
    EXPECT_EQ(failure->code, row.code) << row.name;
    EXPECT_EQ(failure->offered, row.offered) << row.name;
    const std::string offer = *row.offered == '\0' ? "nothing" : row.offered;
    EXPECT_TRUE(failure->detail.starts_with("it offers " + offer + "; we offer ")) << failure->detail;
  }
}

TEST(Negotiation, with_something_in_each_list_the_algorithms_are_not_to_blame) {
  EXPECT_FALSE(no_common_algorithm(our_algorithms, usual_kexinit()));
}

TEST(Negotiation, a_cipher_that_authenticates_itself_needs_no_mac) {
  auto theirs = usual_kexinit();
  theirs.mac_to_server = theirs.mac_to_client = "hmac-sha1";
  theirs.cipher_to_server = theirs.cipher_to_client = "aes256-ctr,aes128-gcm@openssh.com";
  EXPECT_FALSE(no_common_algorithm(our_algorithms, theirs)) << "ours is the order that counts";
  theirs.cipher_to_client = "aes256-ctr";
  EXPECT_EQ(no_common_algorithm(our_algorithms, theirs)->code, errc::no_common_mac)
      << "the other direction does";
}

TEST(Negotiation, a_long_offer_is_cut) {
  auto theirs = usual_kexinit();
  theirs.cipher_to_server = std::string(30'000, 'x') + "\x1b[31m";
  const auto failure = *no_common_algorithm(our_algorithms, theirs);
  EXPECT_LT(failure.detail.size(), 600U);
  EXPECT_LE(failure.offered.size(), 1024U);
}

TEST(Negotiation, a_kexinit_is_read_back) {
  const auto sent = usual_kexinit();
  const auto message = kexinit_message(sent);
  const auto read = parse_kexinit(message);
  ASSERT_TRUE(read);
  EXPECT_EQ(kexinit_message(*read), message);
  for (std::size_t size = 0; size < message.size() - 13; ++size)
    EXPECT_FALSE(parse_kexinit(Bytes(message).first(size))) << "cut off at " << size;
  auto other = message;
  other[0] = 21;
  EXPECT_FALSE(parse_kexinit(other));
}

TEST(Negotiation, common_names_come_in_the_order_of_the_first_list) {
  EXPECT_EQ(common_algorithms("a,b,c", "c,x,a"), "a,c");
  EXPECT_EQ(common_algorithms("a", "ab"), "");
  EXPECT_EQ(common_algorithms("", "a"), "");
  EXPECT_EQ(common_algorithms(",", ","), "");
}

}  // namespace
}  // namespace towline::ssh
