#include "endpoint/http_client.hpp"

#include "unit/async/turns.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>

namespace towline::endpoint {
namespace {

using asio::ip::tcp;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

namespace ssl = asio::ssl;

constexpr std::string_view yes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

// A key, and a certificate of its own hand for `names` ("DNS:a,IP:127.0.0.1").
class Identity {
 public:
  explicit Identity(const std::string& names)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    auto* const x509 = certificate_.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key_.get());
    add(NID_subject_alt_name, names);
    add(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(x509, key_.get(), EVP_sha256());
  }

  void show_in(ssl::context& context) const {
    SSL_CTX_use_certificate(context.native_handle(), certificate_.get());
    SSL_CTX_use_PrivateKey(context.native_handle(), key_.get());
  }
  void write(const std::string& path) const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "w"), BIO_free);
    PEM_write_bio_X509(file.get(), certificate_.get());
  }

 private:
  void add(int what, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

struct HttpClientTest : testing::Test, Turns {
  HttpClientTest() { std::filesystem::create_directories(folder); }
  ~HttpClientTest() override {
    stop();
    std::filesystem::remove_all(folder);
  }

  AskedUrl url() {
    return {.where = {"127.0.0.1", acceptor.local_endpoint().port()}, .target = "/login?a=b"};
  }
  AskedUrl https(const std::string& host) {
    identity.write(folder + "/ca.pem");
    auto there = url();
    there.tls = true;
    there.where.host = host;
    there.authorities_file = folder + "/ca.pem";
    return there;
  }

  // Hears one question, says `answer`, and waits for the other side to hang up.
  template <class Stream>
  Task<> talk(Stream& stream, std::string answer) {
    co_await asio::async_read_until(stream, asio::dynamic_buffer(heard), '}', as_result);
    co_await asio::async_write(stream, asio::buffer(answer), as_result);
    std::string more;
    co_await asio::async_read(stream, asio::dynamic_buffer(more), as_result);
  }
  Task<> serve(std::string answer) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (!ec) co_await talk(socket, std::move(answer));
  }
  Task<> serve_tls(std::string answer) {
    ssl::context context(ssl::context::tls_server);
    identity.show_in(context);
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    ssl::stream<tcp::socket> stream(std::move(socket), context);
    std::tie(ec) = co_await stream.async_handshake(ssl::stream_base::server, as_result);
    if (!ec) co_await talk(stream, std::move(answer));
  }

  Result<HttpAnswer> ask(const AskedUrl& where, std::chrono::milliseconds patience = 20s) {
    HttpClient client(where, resolver);
    std::optional<Result<HttpAnswer>> answer;
    begin(client.post(text::Secret("{\"a\":1}"), std::chrono::steady_clock::now() + patience), answer);
    turn_until([&] { return answer.has_value(); });
    return std::move(*answer);
  }
  Result<HttpAnswer> told(std::string_view answer) {
    tasks.spawn(serve(std::string(answer)));
    return ask(url());
  }

  const std::string folder = testing::TempDir() + "http_client_" + std::to_string(::getpid());
  const net::Resolver resolver;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  Identity identity{"DNS:localhost,IP:127.0.0.1"};
  std::string heard;
};

TEST_F(HttpClientTest, posts_json_and_hands_back_the_answer) {
  const auto answer = told("HTTP/1.1 201 Made\r\nContent-Length: 15\r\n\r\n{\"name\":\"anna\"}");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "{\"name\":\"anna\"}");
  const auto port = std::to_string(url().where.port);
  EXPECT_THAT(heard, AllOf(StartsWith("POST /login?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n"),
                           HasSubstr("\r\nContent-Type: application/json\r\n"),
                           HasSubstr("\r\nContent-Length: 7\r\n"), HasSubstr("\r\nConnection: close\r\n"),
                           Not(HasSubstr("Authorization")), EndsWith("\r\n\r\n{\"a\":1}")));
}

TEST_F(HttpClientTest, takes_a_body_however_it_is_framed) {
  EXPECT_EQ(told("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")->body, "{}");
  EXPECT_EQ(told("HTTP/1.1 204 No Content\r\n\r\n")->body, "");
}

TEST_F(HttpClientTest, reads_no_body_of_a_no_and_follows_no_redirect) {
  for (const int status : {302, 307, 403, 500}) {
    const auto answer = told("HTTP/1.1 " + std::to_string(status) +
                             " x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 99999999\r\n\r\n");
    ASSERT_TRUE(answer) << status;
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, "");
  }
}

TEST_F(HttpClientTest, shows_the_token_that_the_file_has_now) {
  auto where = url();
  where.token.file = folder + "/token";
  for (const std::string token : {"first", "second"}) {
    std::ofstream(where.token.file) << token << '\n';
    heard.clear();
    tasks.spawn(serve(std::string(yes)));
    ASSERT_TRUE(ask(where));
    EXPECT_THAT(heard, HasSubstr("\r\nAuthorization: Bearer " + token + "\r\n"));
  }
  std::ofstream(where.token.file) << "a\r\nb";
  EXPECT_THAT(ask(where).error().message(), HasSubstr("TOWLINE_AUTH_TOKEN"));
  where.token.file = folder + "/gone";
  EXPECT_THAT(ask(where).error().message(), HasSubstr("gone"));
}

TEST_F(HttpClientTest, takes_nothing_that_is_not_an_answer_of_a_size) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH\r\n\r\n"), std::string(1 << 20, 'x'),
        head + "X: " + std::string(9'000, 'x') + "\r\n\r\n", head + "Content-Length: 65537\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'x') + "\r\n0\r\n\r\n",
        head + "Content-Length: -1\r\n\r\n"}) {
    EXPECT_FALSE(told(answer)) << answer.substr(0, 60);
  }
}

TEST_F(HttpClientTest, waits_no_longer_than_it_may) {
  for (const auto* answer : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}) {
    tasks.spawn(serve(answer));
    const auto late = ask(url(), 50ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, asio::error::timed_out);
  }
}

TEST_F(HttpClientTest, is_gone_at_once_with_who_asks) {
  tasks.spawn(serve(""));
  HttpClient client(url(), resolver);
  std::optional<Result<HttpAnswer>> answer;
  begin(client.post(text::Secret("{\"a\":1}"), std::chrono::steady_clock::now() + 1h), answer);
  turn_until([&] { return !heard.empty(); });
  EXPECT_FALSE(answer);
  stop();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
}

TEST_F(HttpClientTest, says_that_nobody_is_there) {
  const auto where = url();
  acceptor.close();
  EXPECT_EQ(ask(where).error().code, asio::error::connection_refused);
}

TEST_F(HttpClientTest, speaks_tls_with_who_is_called_so) {
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    heard.clear();
    tasks.spawn(serve_tls(std::string(yes)));
    const auto answer = ask(https(host));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, "{}");
    EXPECT_THAT(heard, HasSubstr("Host: " + std::string(host)));
  }
}

TEST_F(HttpClientTest, tells_nobody_else_anything) {
  const auto refused = [&](const AskedUrl& where) {
    tasks.spawn(serve_tls(std::string(yes)));
    const auto answer = ask(where);
    EXPECT_EQ(heard, "");
    return answer ? std::string("trusted") : answer.error().message();
  };
  identity = Identity("DNS:elsewhere,IP:127.0.0.2");
  EXPECT_THAT(refused(https("localhost")), HasSubstr("hostname mismatch"));
  EXPECT_THAT(refused(https("127.0.0.1")), HasSubstr("IP address mismatch"));
  auto other = https("localhost");
  Identity("DNS:localhost").write(other.authorities_file);
  EXPECT_THAT(refused(other), HasSubstr("certificate verify failed"));
  other.authorities_file = folder + "/gone.pem";
  EXPECT_THAT(ask(other).error().message(), HasSubstr("gone.pem"));
}

TEST_F(HttpClientTest, speaks_no_tls_with_who_does_not) {
  tasks.spawn(serve(std::string(yes) + "}"));
  EXPECT_FALSE(ask(https("localhost"), 2s));
  EXPECT_THAT(heard, Not(HasSubstr("{\"a\":1}")));
}

}  // namespace
}  // namespace towline::endpoint
