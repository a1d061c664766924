// A request or an answer with what follows it, as the entrance for visitors takes it (the first octet says
// which): what is passed on is understood in one way, the same that it was understood here, and a second time
// changes nothing.
#include "expect.hpp"
#include "expose/http/body.hpp"
#include "expose/http/head.hpp"
#include "expose/web/rebuild.hpp"

#include <algorithm>
#include <string>

using namespace towline;
using namespace towline::fuzz;
using namespace towline::expose::web;

namespace {

const Visitor visitor{.address = {"192.0.2.7", 1}, .local = {"192.0.2.1", 443}, .over_tls = true, .sni = {}};

// Where it ends does not depend on the pieces in which it comes.
std::size_t end_in_pieces(std::string_view text, std::size_t step) {
  for (std::size_t looked_at = 0, size = 0; size < text.size(); looked_at = size) {
    size = std::min(size + step, text.size());
    const auto end = end_of_head(text.substr(0, size), looked_at);
    if (std::holds_alternative<Malformed>(end)) return 0;
    if (const auto at = std::get<std::size_t>(end); at > 0) return at;
  }
  return 0;
}

std::size_t end_of(std::string_view text) {
  const auto end = end_of_head(text);
  const auto at = std::holds_alternative<Malformed>(end) ? 0 : std::get<std::size_t>(end);
  require(at <= text.size());
  if (text.size() < head_octets_max) require(at == end_in_pieces(text, 1 + text.size() % 7));
  return at;
}

std::string octets_of_body(Framing framing, std::string_view text, bool& done) {
  BodyReader reader(framing);
  std::string octets;
  while (!text.empty() && !reader.done() && !reader.failed()) {
    const auto piece = reader.next(text);
    require(piece.taken <= text.size() && piece.octets.size() <= piece.taken);
    require(piece.taken > 0 || reader.failed());
    octets += piece.octets;
    text.remove_prefix(piece.taken);
  }
  require(reader.trailers().size() <= BodyReader::trailers_max);
  done = reader.done();
  return octets;
}

void try_body(Framing framing, std::string_view text) {
  bool done = false;
  const auto octets = octets_of_body(framing, text, done);
  if (framing.kind == Framing::Kind::length) require(octets.size() <= framing.length);
  std::string written;
  append_body(written, Framing::Kind::chunked, octets);
  append_end(written, Framing::Kind::chunked);
  require(octets_of_body({Framing::Kind::chunked, 0}, written, done) == octets && done);
}

std::size_t count(const std::vector<Field>& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const Field& field) { return is_same_name(field.name, name); }));
}

void try_request(std::string_view text) {
  const auto end = end_of(text);
  if (end == 0) return;
  const auto parsed = parse_request(text.substr(0, end));
  const auto* head = std::get_if<RequestHead>(&parsed);
  if (!head) return;
  require(head->fields.size() <= fields_max);
  if (head->authority.host.empty() || head->method == "CONNECT") return;
  const auto written = request_for_client(*head, visitor, {});
  require(std::get<std::size_t>(end_of_head(written)) == written.size());
  const auto again = parse_request(written);
  const auto* passed = std::get_if<RequestHead>(&again);
  // What was full is over the limit with ours.
  if (!passed && head->fields.size() + 8 > fields_max) return;
  require(passed && passed->method == head->method && passed->target == head->target);
  require(passed->authority == head->authority && passed->body == head->body &&
          passed->upgrade == head->upgrade);
  for (const auto* ours :
       {"Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port"})
    require(count(passed->fields, ours) == 1);
  require(count(passed->fields, "Content-Length") + count(passed->fields, "Transfer-Encoding") <= 1);
  require(request_for_client(*passed, visitor, {}) == written);
  try_body(head->body, text.substr(end));
}

void try_answer(std::string_view text, const RequestHead& asked) {
  const auto end = end_of(text);
  if (end == 0) return;
  const auto parsed = parse_answer(text.substr(0, end), asked);
  const auto* head = std::get_if<AnswerHead>(&parsed);
  if (!head || head->is_interim()) return;
  const auto plan = plan_of(*head, asked, true);
  const auto written = answer_for_visitor(*head, plan, asked, visitor, {});
  require(std::get<std::size_t>(end_of_head(written)) == written.size());
  const auto again = parse_answer(written, asked);
  const auto* passed = std::get_if<AnswerHead>(&again);
  if (!passed && head->fields.size() + 8 > fields_max) return;
  require(passed && passed->status == head->status);
  const bool to_the_end = passed->body.kind == Framing::Kind::until_end;
  // An answer without a body that says no length ends with itself, since it has none.
  require(passed->body == plan.body ||
          (to_the_end && plan.body.kind == Framing::Kind::none && head->length == "0"));
  try_body(head->body, text.substr(end));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = text_of({data + 1, size - 1});
  static const std::string asked[] = {
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"};
  if (*data % 5 == 0) {
    try_request(text);
  } else {
    try_answer(text, std::get<RequestHead>(parse_request(asked[*data % 5 - 1])));
  }
  const auto trailers = parse_trailers(text);
  if (const auto* fields = std::get_if<std::vector<Field>>(&trailers)) {
    const auto passed = trailers_to_pass(*fields) + "\r\n";
    require(std::holds_alternative<std::vector<Field>>(parse_trailers(passed)));
  }
  return 0;
}
