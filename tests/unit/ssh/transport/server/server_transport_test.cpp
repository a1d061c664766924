#include "ssh/transport/server/server_transport.hpp"

#include "unit/ssh/transport/kexinit.hpp"
#include "unit/ssh/transport/server/both_transports.hpp"

#include <boost/endian/conversion.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace towline::ssh {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const MadeKeys& keys() {
  static const MadeKeys made{"ed25519", "ecdsa -b 256", "rsa -b 2048"};
  return made;
}

// A packet in the clear (RFC 4253, 6).
std::string packet(const std::string& payload) {
  const auto padding = 4 + (8 - (5 + payload.size() + 4) % 8) % 8;
  std::string bytes(4, '\0');
  boost::endian::store_big_u32(reinterpret_cast<std::uint8_t*>(bytes.data()),
                               static_cast<std::uint32_t>(1 + payload.size() + padding));
  return bytes + static_cast<char>(padding) + payload + std::string(padding, '\0');
}

std::string kexinit_packet(const KexInit& init) {
  const auto message = kexinit_message(init);
  return packet({message.begin(), message.end()});
}

std::string disconnect_packet(std::uint8_t reason, const std::string& text) {
  return packet("\1\0\0\0"s + static_cast<char>(reason) + wire_string(text) + wire_string(""));
}

// A client that is the test.
struct ServerTransportTest : testing::Test, Turns {
  ~ServerTransportTest() override { stop(); }

  void begin_handshake(std::chrono::milliseconds limit = std::chrono::hours(1)) {
    begin(transport.handshake(std::chrono::steady_clock::now() + limit), done);
    turn();
  }
  void says(std::string_view bytes) {
    wires.give(1, bytes);
    turn();
  }
  void hangs_up() {
    wires.hang_up(1);
    turn();
  }
  errc failure() const {
    EXPECT_TRUE(done && !*done);
    return done && !*done ? static_cast<errc>(done->error().code.value()) : errc{};
  }
  std::string text() const { return message_of(done->error(), "the client"); }

  doubles::WirePair wires{io.get_executor()};
  ServerKeys server_keys = keys().server();
  ServerTransport transport{wires.wire(1), server_keys};
  std::optional<Result<>> done;
};

TEST_F(ServerTransportTest, it_says_who_it_is_at_once_and_offers_keys_when_the_client_has_spoken) {
  begin_handshake();
  EXPECT_EQ(wires.take(1), "SSH-2.0-towline\r\n");
  says("SSH-2.0-test\r\n");
  EXPECT_THAT(wires.take(1), HasSubstr("kex-strict-s-v00@openssh.com"));
  EXPECT_EQ(transport.peer_software(), "SSH-2.0-test");
}

TEST_F(ServerTransportTest, who_connects_and_leaves_has_said_no_word) {
  begin_handshake();
  hangs_up();
  EXPECT_EQ(failure(), errc::closed_at_once);
}

TEST_F(ServerTransportTest, another_protocol_is_told_by_its_first_line) {
  begin_handshake();
  says("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(failure(), errc::banner_missing);
  EXPECT_EQ(text(),
            "the client did not identify itself as an SSH server; the client said \"GET / HTTP/1.1\"");
}

TEST_F(ServerTransportTest, a_line_without_an_end_is_read_no_further_than_an_identification_may_be_long) {
  begin_handshake();
  says(std::string(255, 'x'));
  EXPECT_EQ(failure(), errc::banner_missing);
}

TEST_F(ServerTransportTest, an_identification_of_255_octets_is_one) {
  begin_handshake();
  says("SSH-2.0-" + std::string(255 - 8 - 2, 'x') + "\r\n");
  EXPECT_FALSE(done);
  EXPECT_THAT(wires.take(1), HasSubstr("ssh-ed25519"));
}

TEST_F(ServerTransportTest, a_silent_client_has_until_the_deadline) {
  begin_handshake(std::chrono::milliseconds(1));
  turn_until([this] { return done.has_value(); });
  EXPECT_EQ(failure(), errc::connect_timeout);
}

TEST_F(ServerTransportTest, a_client_that_stops_in_the_key_exchange_has_until_the_deadline) {
  auto theirs = usual_kexinit();
  theirs.mac_to_client = theirs.mac_to_server = "hmac-sha2-256-etm@openssh.com";
  begin_handshake(std::chrono::milliseconds(30));
  says("SSH-2.0-test\r\n" + kexinit_packet(theirs));
  turn_until([this] { return done.has_value(); });
  EXPECT_EQ(failure(), errc::connect_timeout);
}

TEST_F(ServerTransportTest, an_oversized_packet_before_the_login_costs_35000_bytes) {
  begin_handshake();
  says("SSH-2.0-test\r\n\0\3\x40\0"s + std::string(30'000, 'x'));
  EXPECT_FALSE(done);
  says(std::string(60'000, 'x'));
  EXPECT_EQ(failure(), errc::packet_invalid);
  EXPECT_LE(transport.bytes_received(), 36'000U);
}

TEST_F(ServerTransportTest, a_packet_of_an_impossible_length_ends_the_connection) {
  begin_handshake();
  says("SSH-2.0-test\r\n\xff\xff\xff\xff\x04xxxxxxxxxxx"s);
  EXPECT_EQ(failure(), errc::packet_invalid);
}

TEST_F(ServerTransportTest, a_packet_without_a_message_ends_the_connection) {
  begin_handshake();
  says("SSH-2.0-test\r\n" + packet(""));
  EXPECT_EQ(failure(), errc::packet_invalid);
}

TEST_F(ServerTransportTest, a_goodbye_before_any_key_comes_with_its_reason_and_words) {
  begin_handshake();
  says("SSH-2.0-test\r\n" + disconnect_packet(14, "no more"));
  EXPECT_EQ(failure(), errc::peer_disconnected);
  EXPECT_EQ(done->error().ssh_code, 14U);
  EXPECT_EQ(text(), "the client ended the session; the client said \"no more\"");
}

TEST_F(ServerTransportTest, what_has_no_place_before_the_keys_ends_the_connection) {
  for (const int number : {5, 6, 21, 50, 61, 80, 94, 101}) {
    doubles::WirePair pair(io.get_executor());
    ServerTransport other(pair.wire(1), server_keys);
    std::optional<Result<>> over;
    begin(other.handshake(std::chrono::steady_clock::now() + std::chrono::hours(1)), over);
    pair.give(1,
              "SSH-2.0-test\r\n" + packet(std::string(1, static_cast<char>(number)) + std::string(20, '\0')));
    turn();
    ASSERT_TRUE(over && !*over) << number;
    EXPECT_EQ(over->error().code, errc::unexpected_message) << number;
  }
}

TEST_F(ServerTransportTest, a_client_without_an_algorithm_of_ours_is_told_what_it_offers) {
  auto theirs = usual_kexinit();
  theirs.cipher_to_client = "3des-cbc";
  begin_handshake();
  says("SSH-2.0-test\r\n" + kexinit_packet(theirs));
  EXPECT_EQ(failure(), errc::no_common_cipher);
  EXPECT_EQ(done->error().offered, "3des-cbc");
  EXPECT_THAT(text(), HasSubstr("no cipher in common with the client"));
  EXPECT_THAT(wires.take(1), HasSubstr("aes256-ctr")) << "our offer, which the client shows";
}

// RFC 4253, 7.1: the client's first cipher is taken, although the second would need no MAC.
TEST_F(ServerTransportTest, the_macs_that_count_are_those_of_the_clients_first_cipher) {
  auto theirs = usual_kexinit();
  theirs.cipher_to_server = "aes256-ctr,aes128-gcm@openssh.com";
  begin_handshake();
  says("SSH-2.0-test\r\n" + kexinit_packet(theirs));
  EXPECT_EQ(failure(), errc::no_common_mac);
}

TEST_F(ServerTransportTest, a_flood_that_is_to_be_ignored_leaves_the_loop_to_others_and_keeps_nothing) {
  begin_handshake();
  says("SSH-2.0-test\r\n");
  const auto ignored = packet("\2" + wire_string(std::string(1000, 'i')));
  for (int n = 0; n < 2000; ++n) wires.give(1, ignored);
  turn();
  EXPECT_FALSE(done);
  EXPECT_EQ(wires.unread(1), 0U);
  EXPECT_EQ(transport.backlog(), 0U);
}

struct WithClient : testing::Test {
  WithClient() {
    both.shake_hands();
    EXPECT_TRUE(*both.client_done) << both.client_done->error().message();
    EXPECT_TRUE(*both.server_done) << both.server_done->error().message();
  }

  BothTransports both{keys()};
};

TEST_F(WithClient, both_have_the_same_session_and_key_when_their_hands_are_shaken) {
  EXPECT_TRUE(std::ranges::equal(both.server->session_id(), both.client->session_id()));
  EXPECT_EQ(both.server->host_key(), both.client->host_key());
  EXPECT_EQ(both.server->key_exchanges(), 1U);
  EXPECT_FALSE(both.server->in_key_exchange());
  EXPECT_EQ(
      both.client->server_signature_algorithms(),
      "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256");
}

TEST_F(WithClient, messages_arrive_as_they_were_sent_and_expire_one_by_one) {
  both.log_in();
  both.server_heard.expired = 0;
  const std::string large(32 * 1024, 'd');
  (void)both.client->write(bytes_of("\x5ahello"));
  (void)both.client->write(bytes_of("\x5e"), bytes_of(large));
  (void)both.server->write(bytes_of("\x5bwelcome"));
  both.deliver();
  EXPECT_THAT(both.server_heard.messages, ElementsAre("\x32none", "\x5ahello", "\x5e" + large));
  EXPECT_THAT(both.client_heard.messages, ElementsAre("\x34", "\x5bwelcome"));
  EXPECT_EQ(both.server_heard.expired, 1);
}

TEST_F(WithClient, a_channel_before_the_login_ends_the_connection) {
  both.server->deliver_to(&both.server_heard);
  (void)both.client->write(bytes_of("\x5asession"));
  (void)both.client->flush();
  const auto read = both.server->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::unexpected_message);
  EXPECT_TRUE(both.server_heard.messages.empty());
}

// RFC 4252, 5.3.
TEST_F(WithClient, requests_behind_the_login_are_passed_over) {
  both.server->deliver_to(&both.server_heard);
  both.client->deliver_to(&both.client_heard);
  (void)both.client->write(bytes_of("\x32none"));
  (void)both.client->write(bytes_of("\x32late"));
  both.deliver();
  (void)both.client->write(bytes_of("\x5asession"));
  both.deliver();
  EXPECT_THAT(both.server_heard.messages, ElementsAre("\x32none", "\x5asession"));
}

TEST_F(WithClient, answers_to_questions_arrive_before_the_login) {
  both.server->deliver_to(&both.server_heard);
  (void)both.client->write(
      bytes_of("\x3d"
               "answers"));
  both.deliver();
  EXPECT_THAT(both.server_heard.messages, ElementsAre("\x3d"
                                                      "answers"));
}

TEST_F(WithClient, what_lies_behind_a_request_waits_for_the_decision) {
  both.server->deliver_to(&both.server_heard);
  struct Pausing final : Packets::Receiver {
    explicit Pausing(ServerTransport& paused) : transport(paused) {}
    void on_message(Bytes message, std::uint32_t) override {
      heard.emplace_back(message.begin(), message.end());
      transport.pause();
    }
    ServerTransport& transport;
    std::vector<std::string> heard{};
  } pausing(*both.server);
  both.server->deliver_to(&pausing);
  for (const auto* request : {"\x32one", "\x32two", "\x32three"}) (void)both.client->write(bytes_of(request));
  (void)both.client->flush();
  EXPECT_TRUE(*both.server->read());
  EXPECT_THAT(pausing.heard, ElementsAre("\x32one"));
  EXPECT_TRUE(*both.server->read());
  EXPECT_THAT(pausing.heard, ElementsAre("\x32one", "\x32two"));
  EXPECT_TRUE(*both.server->read());
  EXPECT_FALSE(*both.server->read());
  EXPECT_EQ(pausing.heard.size(), 3U);
}

TEST_F(WithClient, another_service_is_refused_with_a_goodbye) {
  (void)both.client->write(bytes_of("\5" + wire_string("ssh-connection")));
  (void)both.client->flush();
  const auto read = both.server->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::unexpected_message);
  (void)both.server->flush();
  (void)both.client->read();
  EXPECT_TRUE(both.client->peer_disconnected());
  EXPECT_EQ(both.client->lost(errc::transport_failed).ssh_code, 7U);
}

TEST_F(WithClient, the_service_may_be_asked_for_again) {
  both.client->deliver_to(&both.client_heard);
  (void)both.client->write(bytes_of("\5" + wire_string("ssh-userauth")));
  both.deliver();
  EXPECT_THAT(both.client_heard.messages, ElementsAre("\6" + wire_string("ssh-userauth")));
}

TEST_F(WithClient, a_goodbye_comes_with_its_reason_and_words) {
  both.log_in();
  both.client->disconnect("bye");
  (void)both.client->flush();
  const auto read = both.server->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::peer_disconnected);
  EXPECT_EQ(read.error().ssh_code, 11U);
  EXPECT_EQ(read.error().said, "\"bye\"");
  EXPECT_FALSE(both.server->write(bytes_of("\x5atoo late")));
}

TEST_F(WithClient, a_packet_that_was_changed_on_the_way_ends_the_connection) {
  both.log_in();
  (void)both.client->write(bytes_of("\x5ahello"));
  (void)both.client->flush();
  auto sealed = both.wires.take(0);
  sealed[6] = static_cast<char>(sealed[6] ^ 1);
  both.wires.give(1, sealed);
  const auto read = both.server->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::mac_invalid);
  EXPECT_EQ(both.server_heard.messages.size(), 1U);
}

TEST_F(WithClient, a_client_that_hangs_up_has_closed_the_connection) {
  both.log_in();
  both.client.reset();
  const auto read = both.server->read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, errc::peer_closed);
}

TEST(ServerTransport, every_algorithm_that_both_have_carries) {
  for (const auto& kex : key_exchange_names) {
    if (std::ranges::find(server_key_exchange_names, kex) == server_key_exchange_names.end()) continue;
    for (const auto& cipher : cipher_names) {
      for (const auto& mac : server_mac_names) {
        if (authenticates_itself(cipher) && mac != server_mac_names.front()) continue;
        BothTransports both(
            keys(),
            {.key_exchange = std::string(kex), .cipher = std::string(cipher), .mac = std::string(mac)});
        both.shake_hands();
        ASSERT_TRUE(*both.client_done) << kex << cipher << mac << both.client_done->error().message();
        ASSERT_TRUE(*both.server_done) << kex << cipher << mac << both.server_done->error().message();
        const auto agreed = both.server->negotiated();
        EXPECT_EQ(agreed.key_exchange, kex);
        EXPECT_EQ(agreed.to_server.cipher, cipher);
        EXPECT_EQ(agreed.to_server.mac, authenticates_itself(cipher) ? "" : mac);
        EXPECT_EQ(agreed.to_client, agreed.to_server);
        EXPECT_EQ(both.client->negotiated(), agreed);
        both.log_in();
        (void)both.client->write(bytes_of("\x5ahello"));
        both.deliver();
        EXPECT_EQ(both.server_heard.messages.back(), "\x5ahello");
      }
    }
  }
}

TEST(ServerTransport, each_host_key_is_shown_to_who_asks_for_it) {
  for (const auto& algorithm : signature_algorithms) {
    const auto server_keys = keys().server();
    const auto* expected = server_keys.key_for(algorithm.name);
    if (!expected) continue;
    BothTransports both(keys(), {.host_key = std::string(algorithm.name)});
    both.shake_hands();
    ASSERT_TRUE(*both.client_done) << algorithm.name;
    EXPECT_EQ(both.server->negotiated().host_key, algorithm.name);
    EXPECT_EQ(both.server->host_key(), *expected);
    EXPECT_EQ(both.client->host_key(), *expected);
  }
}

}  // namespace
}  // namespace towline::ssh
