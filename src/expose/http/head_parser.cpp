#include "expose/http/head_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <utility>

namespace towline::expose::web {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view plain(beast::string_view text) { return {text.data(), text.size()}; }

// A head alone: the body is read by BodyReader, which needs no buffer for the line that begins a chunk.
template <bool is_request>
class HeadParser final : public http::basic_parser<is_request> {
 public:
  HeadParser() {
    this->header_limit(head_octets_max);
    this->body_limit(boost::none);
  }

  ParsedHead head;
  bool has_all = false;

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code&) override {
    head.method = plain(method);
    head.target = plain(target);
    head.minor = static_cast<unsigned>(version % 10);
  }
  void on_response_impl(int status, beast::string_view reason, int version, error_code&) override {
    head.status = static_cast<unsigned>(status);
    head.reason = plain(reason);
    head.minor = static_cast<unsigned>(version % 10);
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code& ec) override {
    if (head.fields.size() == fields_max) {
      ec = http::error::header_limit;
      return;
    }
    head.fields.push_back({plain(name), plain(value)});
  }
  void on_header_impl(error_code&) override { has_all = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}
};

Malformed malformed_by(const error_code& ec) {
  if (ec == http::error::bad_version) return Malformed::version;
  if (ec == http::error::bad_target) return Malformed::target;
  if (ec == http::error::bad_status) return Malformed::status;
  if (ec == http::error::header_limit) return Malformed::head_too_large;
  if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length)
    return Malformed::length;
  if (ec == http::error::bad_transfer_encoding) return Malformed::coding;
  if (ec == http::error::bad_field || ec == http::error::bad_value) return Malformed::field;
  return Malformed::start_line;
}

template <bool is_request>
std::variant<ParsedHead, Malformed> parse_lines(std::string_view text) {
  HeadParser<is_request> parser;
  error_code ec;
  const auto taken = parser.put(boost::asio::buffer(text.data(), text.size()), ec);
  if (ec) return malformed_by(ec);
  if (!parser.has_all || taken != text.size()) return Malformed::start_line;
  return std::move(parser.head);
}

}  // namespace

std::variant<ParsedHead, Malformed> parse_request_lines(std::string_view text) {
  return parse_lines<true>(text);
}

std::variant<ParsedHead, Malformed> parse_answer_lines(std::string_view text) {
  return parse_lines<false>(text);
}

}  // namespace towline::expose::web
