#include "endpoint/http_client.hpp"

#include "async/deadline.hpp"
#include "net/connect.hpp"
#include "ssh/keys/text_file.hpp"
#include "text/file.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/none.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace towline::endpoint {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;

constexpr std::size_t answer_octets_max = 64 * 1024;
constexpr std::uint32_t answer_header_octets_max = 8 * 1024;
constexpr std::size_t authorities_octets_max = 4 * 1024 * 1024;

// As in RFC 9110, 7.2: without the scheme's own port.
std::string authority_of(const AskedUrl& url) {
  auto text = net::to_string(url.where);
  const std::string_view usual = url.tls ? ":443" : ":80";
  if (text.ends_with(usual)) text.resize(text.size() - usual.size());
  return text;
}

bool is_token(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// What the name has to be in the certificate, and which certificate is wanted (RFC 6066, 3: not of an
// address).
bool demand_name(SSL* connection, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1;
  SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(connection, host.c_str()) == 1 &&
         SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

Failure not_trusted(SSL* connection, const error_code& why) {
  const auto verdict = SSL_get_verify_result(connection);
  return verdict == X509_V_OK ? Failure(why) : Failure(why, X509_verify_cert_error_string(verdict));
}

template <class Stream>
Task<Result<HttpAnswer>> converse(Stream& stream, const text::Secret& request) {
  const auto octets = request.reveal();
  auto [write_error, written] = co_await asio::async_write(stream, asio::buffer(octets), as_result);
  if (write_error) co_return write_error;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.header_limit(answer_header_octets_max);
  parser.body_limit(boost::none);  // that of a no is not read, whatever its length
  auto [head_error, head] = co_await http::async_read_header(stream, buffer, parser, as_result);
  if (head_error) co_return head_error;
  const auto status = static_cast<int>(parser.get().result_int());
  if (status < 200 || status > 299) co_return HttpAnswer{.status = status};
  if (parser.content_length().value_or(0) > answer_octets_max) co_return Failure(http::error::body_limit);
  parser.body_limit(answer_octets_max);
  auto [body_error, body] = co_await http::async_read(stream, buffer, parser, as_result);
  if (body_error) co_return body_error;
  co_return HttpAnswer{.status = status, .body = std::move(parser.get().body())};
}

}  // namespace

HttpClient::HttpClient(AskedUrl url, const net::Resolver& resolver)
    : url_(std::move(url)), resolver_(resolver) {}

HttpClient::~HttpClient() = default;

Task<Result<HttpAnswer>> HttpClient::post(text::Secret json, net::Deadline deadline) {
  auto answer = co_await before(deadline, exchange(std::move(json), deadline));
  if (!answer) co_return Failure(asio::error::timed_out);
  co_return std::move(*answer);
}

Task<Result<HttpAnswer>> HttpClient::exchange(text::Secret json, net::Deadline deadline) {
  const auto text = request(json);
  if (!text) co_return text.error();
  const auto context = url_.tls ? trust() : Result<ssl::context*>(nullptr);
  if (!context) co_return context.error();
  auto socket = co_await net::connect(url_.where, resolver_, deadline);
  if (!socket) co_return socket.error();
  if (!url_.tls) co_return co_await converse(*socket, *text);
  ssl::stream<tcp::socket> stream(std::move(*socket), **context);
  if (!demand_name(stream.native_handle(), url_.where.host)) co_return Failure(asio::error::no_memory);
  auto [shaken] = co_await stream.async_handshake(ssl::stream_base::client, as_result);
  if (shaken) co_return not_trusted(stream.native_handle(), shaken);
  co_return co_await converse(stream, *text);
}

Result<text::Secret> HttpClient::request(const text::Secret& json) const {
  const auto read =
      ssh::read_text(url_.token, ssh::errc::secret_file_unreadable, ssh::errc::secret_file_unreadable);
  if (!read) return read.error();
  const auto token = without_line_end(read->reveal());
  if (!is_token(token))
    return Failure(ssh::errc::secret_file_unreadable,
                   "TOWLINE_AUTH_TOKEN has characters that no header may have");
  const std::string head = "POST " + url_.target + " HTTP/1.1\r\nHost: " + authority_of(url_) +
                           "\r\nUser-Agent: towline\r\nAccept: application/json\r\nConnection: close\r\n"
                           "Content-Type: application/json\r\nContent-Length: " +
                           std::to_string(json.reveal().size()) + "\r\n";
  constexpr std::string_view bearer = "Authorization: Bearer ";
  std::string text;
  // Once and for all: what grows leaves copies behind.
  text.reserve(head.size() + bearer.size() + token.size() + json.reveal().size() + 4);
  text += head;
  if (!token.empty()) text.append(bearer).append(token).append("\r\n");
  text.append("\r\n").append(json.reveal());
  return text::Secret(std::move(text));
}

Result<ssl::context*> HttpClient::trust() {
  if (trust_) return trust_.get();
  const auto file = text::read_file(url_.authorities_file, authorities_octets_max);
  if (file.error) return Failure(file.error, url_.authorities_file);
  auto trust = std::make_unique<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(trust->native_handle(), TLS1_2_VERSION);
  trust->set_verify_mode(ssl::verify_peer);
  error_code ec;
  trust->add_certificate_authority(asio::buffer(file.text.reveal()), ec);
  if (ec) return Failure(ec, url_.authorities_file);
  trust_ = std::move(trust);
  return trust_.get();
}

}  // namespace towline::endpoint
