#include "expose/web/rebuild.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace towline::expose::web {

namespace {

// RFC 9110, 7.6.1, and what heads are given anew.
constexpr std::array<std::string_view, 11> of_one_connection{
    "Connection", "Keep-Alive",        "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
    "TE",         "Transfer-Encoding", "Upgrade",          "Content-Length",     "HTTP2-Settings",
    "Proxy"};

constexpr std::array<std::string_view, 2> of_the_origin{"Forwarded", "X-Real-IP"};
constexpr std::string_view forwarded_prefix = "X-Forwarded-";

// RFC 9110, 6.5.1: what changes how a message is routed, framed, judged or understood.
constexpr std::array<std::string_view, 16> never_in_trailers{
    "Host",       "Content-Encoding", "Content-Type",  "Content-Range", "Trailer", "Authorization",
    "Set-Cookie", "Cookie",           "Cache-Control", "Expires",       "Date",    "Location",
    "Expect",     "Max-Forwards",     "Range",         "Retry-After"};

bool is_any_of(std::string_view name, const auto& names) {
  return std::ranges::any_of(names, [name](std::string_view other) { return is_same_name(name, other); });
}

// As a server that makes variables of them (CGI, WSGI) takes them: X_Forwarded_For is X-Forwarded-For.
std::string with_hyphens(std::string_view name) {
  std::string hyphenated(name);
  std::ranges::replace(hyphenated, '_', '-');
  return hyphenated;
}

bool claims_an_origin(std::string_view name) {
  return is_any_of(name, of_the_origin) ||
         is_same_name(name.substr(0, forwarded_prefix.size()), forwarded_prefix);
}

bool goes_to_client(std::string_view written, const RequestHead& head) {
  const auto name = with_hyphens(written);
  const bool is_ours = is_same_name(name, "Host") || claims_an_origin(name);
  if (is_ours || is_any_of(name, of_one_connection) || is_any_of(written, head.connection)) return false;
  return head.minor > 0 || !is_same_name(name, "Expect");
}

bool goes_to_visitor(std::string_view name, const AnswerHead& head) {
  return !is_any_of(name, of_one_connection) && !is_any_of(name, head.connection);
}

void add_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

void add_framing(std::string& text, const Framing& body) {
  if (body.kind == Framing::Kind::chunked) add_field(text, "Transfer-Encoding", "chunked");
  if (body.kind == Framing::Kind::length) add_field(text, "Content-Length", std::to_string(body.length));
}

void add_status_line(std::string& text, const AnswerHead& answer) {
  text.append("HTTP/1.1 ")
      .append(std::to_string(answer.status))
      .append(" ")
      .append(answer.reason)
      .append("\r\n");
}

// A method without a body says so where a server expects one (RFC 9110, 8.6).
bool says_nothing_follows(const RequestHead& head) {
  return head.body.kind == Framing::Kind::none &&
         (head.method == "POST" || head.method == "PUT" || head.method == "PATCH");
}

}  // namespace

std::string request_for_client(const RequestHead& head, const Visitor& visitor, const HttpRules& rules) {
  const auto asked_host = to_string(head.authority);
  const auto usual_port = visitor.over_tls ? "443" : "80";
  std::string text;
  text.reserve(1024);
  text.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
  add_field(text, "Host", rules.host.empty() ? asked_host : rules.host);
  for (const auto& [name, value] : head.fields) {
    if (goes_to_client(name, head)) add_field(text, name, value);
  }
  add_field(text, "X-Forwarded-For", visitor.address.host);
  add_field(text, "X-Forwarded-Host", asked_host);
  add_field(text, "X-Forwarded-Proto", visitor.over_tls ? "https" : "http");
  add_field(text, "X-Forwarded-Port",
            head.authority.port ? std::to_string(*head.authority.port) : std::string(usual_port));
  add_framing(text, head.body);
  if (says_nothing_follows(head)) add_field(text, "Content-Length", "0");
  if (!head.upgrade.empty()) {
    add_field(text, "Connection", "Upgrade");
    add_field(text, "Upgrade", head.upgrade);
  } else if (head.takes_trailers) {
    add_field(text, "Connection", "TE");
    add_field(text, "TE", "trailers");
  }
  return text.append("\r\n");
}

AnswerPlan plan_of(const AnswerHead& answer, const RequestHead& request, bool may_stay) {
  AnswerPlan plan{.body = answer.body, .keep_alive = may_stay && request.keep_alive};
  const bool has_length =
      answer.body.kind == Framing::Kind::none || answer.body.kind == Framing::Kind::length;
  if (has_length) return plan;
  plan.body = {request.minor > 0 ? Framing::Kind::chunked : Framing::Kind::until_end, 0};
  if (request.minor == 0) plan.keep_alive = false;
  return plan;
}

std::string answer_for_visitor(const AnswerHead& answer, const AnswerPlan& plan, const RequestHead& request,
                               const Visitor& visitor, const HttpRules& rules) {
  std::string text;
  text.reserve(1024);
  add_status_line(text, answer);
  bool is_strict = !visitor.over_tls || rules.strict_transport.count() == 0;
  for (const auto& [name, value] : answer.fields) {
    if (!goes_to_visitor(name, answer)) continue;
    is_strict = is_strict || is_same_name(name, "Strict-Transport-Security");
    add_field(text, name, value);
  }
  if (!is_strict)
    add_field(text, "Strict-Transport-Security", "max-age=" + std::to_string(rules.strict_transport.count()));
  if (answer.status == 101) {
    add_field(text, "Connection", "Upgrade");
    add_field(text, "Upgrade", answer.upgrade);
    return text.append("\r\n");
  }
  // What a body would have, or, of nothing, that it is nothing.
  const bool may_say_length = answer.status / 100 != 1 && answer.status != 204;
  if (plan.body.kind != Framing::Kind::none) {
    add_framing(text, plan.body);
  } else if (may_say_length && !answer.length.empty()) {
    add_field(text, "Content-Length", answer.length);
  }
  if (!plan.keep_alive) {
    add_field(text, "Connection", "close");
  } else if (request.minor == 0) {
    add_field(text, "Connection", "keep-alive");
  }
  return text.append("\r\n");
}

std::string interim_for_visitor(const AnswerHead& answer) {
  std::string text;
  add_status_line(text, answer);
  for (const auto& [name, value] : answer.fields) {
    if (goes_to_visitor(name, answer)) add_field(text, name, value);
  }
  return text.append("\r\n");
}

std::string trailers_to_pass(const std::vector<Field>& trailers) {
  std::string text;
  for (const auto& [written, value] : trailers) {
    const auto name = with_hyphens(written);
    const bool is_refused =
        is_any_of(name, of_one_connection) || is_any_of(name, never_in_trailers) || claims_an_origin(name);
    if (!is_refused) add_field(text, written, value);
  }
  return text;
}

bool may_be_repeated(const RequestHead& head) {
  static constexpr std::array<std::string_view, 6> idempotent{"GET",   "HEAD", "OPTIONS",
                                                              "TRACE", "PUT",  "DELETE"};
  return head.body.kind == Framing::Kind::none &&
         std::ranges::any_of(idempotent, [&](std::string_view method) { return method == head.method; });
}

}  // namespace towline::expose::web
