#include "expose/tls/client_hello.hpp"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace towline::expose::tls {

namespace {

using testing::ElementsAre;

// What OpenSSL's client says first.
std::string hello_of(const char* name, std::string_view protocols = "") {
  auto* const trust = SSL_CTX_new(TLS_client_method());
  auto* const ssl = SSL_new(trust);
  if (name) SSL_set_tlsext_host_name(ssl, name);
  if (!protocols.empty())
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  auto* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  SSL_free(ssl);
  SSL_CTX_free(trust);
  return text;
}

// The same message in records of `size`.
std::string in_records(std::string_view hello, std::size_t size) {
  std::string text;
  for (auto message = hello.substr(5); !message.empty();) {
    const auto piece = message.substr(0, size);
    text += hello.substr(0, 3);
    text += static_cast<char>(piece.size() / 256);
    text += static_cast<char>(piece.size() % 256);
    text += piece;
    message.remove_prefix(piece.size());
  }
  return text;
}

bool is(const std::variant<ClientHello, NoHello>& seen, NoHello what) {
  const auto* why = std::get_if<NoHello>(&seen);
  return why && *why == what;
}

TEST(ClientHello, says_which_name_and_protocols_are_wanted) {
  const auto hello = std::get<ClientHello>(parse_client_hello(hello_of("Web.Test", "\x02h2\x08http/1.1")));
  EXPECT_EQ(hello.server_name, "web.test");
  EXPECT_THAT(hello.protocols, ElementsAre("h2", "http/1.1"));
  EXPECT_EQ(std::get<ClientHello>(parse_client_hello(hello_of(nullptr))).server_name, "");
}

TEST(ClientHello, is_read_in_whatever_pieces_and_records_it_comes) {
  const auto whole = hello_of("web.test");
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{100}, whole.size()}) {
    const auto text = in_records(whole, size);
    EXPECT_EQ(std::get<ClientHello>(parse_client_hello(text)).server_name, "web.test") << size;
    for (std::size_t cut = 0; cut < text.size(); ++cut)
      ASSERT_TRUE(is(parse_client_hello(std::string_view(text).substr(0, cut)), NoHello::more))
          << size << " " << cut;
  }
  EXPECT_EQ(std::get<ClientHello>(parse_client_hello(whole + "more")).server_name, "web.test");
}

TEST(ClientHello, what_is_none_is_told_at_once) {
  using namespace std::string_view_literals;
  for (const auto text : {"GET / HTTP/1.1\r\n"sv, "\x16\x02\x00\x00\x05"sv, "\x16\x03\x01\x00\x00"sv,
                          "\x16\x03\x01\x50\x00"sv, "\x15\x03\x01\x00\x02"sv, "\x16\x03\x01\x00\x05\x02"sv,
                          "\x16\x03\x01\x00\x05\x01\xff\x00\x00"sv, "\x80\x2e\x01"sv})
    EXPECT_TRUE(is(parse_client_hello(text), NoHello::not_tls)) << testing::PrintToString(text);
}

TEST(ClientHello, no_damage_is_read_beyond_its_end) {
  const auto whole = hello_of("web.test", "\x02h2");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int change : {1, 0x80, 0xff}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      parse_client_hello(damaged);
    }
  }
}

TEST(ClientHello, a_message_that_never_ends_is_not_waited_for) {
  std::string text("\x16\x03\x01\x40\x00\x01\x00\x80\x00", 9);
  text += std::string(0x4000 - 4, 'x');
  EXPECT_TRUE(is(parse_client_hello(text), NoHello::more));
  const auto next = std::string("\x16\x03\x01\x40\x00", 5) + std::string(0x4000 - 1, 'x');
  EXPECT_TRUE(is(parse_client_hello(text + next + next), NoHello::not_tls));
}

}  // namespace

}  // namespace towline::expose::tls
