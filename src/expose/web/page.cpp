#include "expose/web/page.hpp"

#include <algorithm>

namespace towline::expose::web {

namespace {

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 414: return "URI Too Long";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "";
  }
}

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '&': escaped += "&amp;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string answer(unsigned status, std::string_view fields, std::string_view type, std::string_view body,
                   const PageFor& whom) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(reason_phrase(status)).append("\r\n").append(fields);
  text.append("Content-Type: ")
      .append(type)
      .append("\r\nContent-Length: ")
      .append(std::to_string(body.size()));
  text.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  if (!whom.keep_alive) text += "Connection: close\r\n";
  if (whom.keep_alive && whom.minor == 0) text += "Connection: keep-alive\r\n";
  text += "\r\n";
  if (!whom.is_head) text += body;
  return text;
}

// A URL has ASCII alone, and of that not all; what was a target is one with its wrong octets escaped.
std::string url_path(std::string_view target) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view unwise = "\"<>\\^`{|}";
  std::string escaped;
  for (const char c : target) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet > ' ' && octet < 0x7f && unwise.find(c) == std::string_view::npos) {
      escaped += c;
    } else {
      escaped.append(1, '%').append(1, digits[octet / 16]).append(1, digits[octet % 16]);
    }
  }
  return escaped;
}

}  // namespace

std::string page(NoWay why, const PageFor& whom, std::string_view detail) {
  const auto& text = text_of(why);
  const auto status = std::to_string(text.status) + " " + std::string(reason_phrase(text.status));
  std::string body =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>" + status +
      "</title><body style=\"font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;"
      "padding:0 1rem\"><h1>" +
      status + "</h1><p>" + html_text(text.sentence) + "</p>";
  if (!detail.empty()) body += "<p>What is wrong: " + html_text(detail) + ".</p>";
  body.append("<p><small>towline: ").append(text.label).append("</small></p></body></html>\n");
  std::string fields = "Towline-Reason: " + std::string(text.label) + "\r\n";
  if (text.status == 405) fields += "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
  if (text.status == 429 || text.status == 503) fields += "Retry-After: 5\r\n";
  return answer(text.status, fields, "text/html; charset=utf-8", body, whom);
}

std::string redirect(const RequestHead& head, std::uint16_t port, bool keep_alive) {
  Authority authority{head.authority.host, std::nullopt};
  if (port != 0 && port != 443) authority.port = port;
  const auto path = head.target == "*" ? std::string("/") : url_path(head.target);
  const auto url = "https://" + to_string(authority) + path;
  return answer(308, "Location: " + url + "\r\n", "text/plain; charset=utf-8", url + "\n",
                {.is_head = head.is_head(), .keep_alive = keep_alive, .minor = head.minor});
}

}  // namespace towline::expose::web
