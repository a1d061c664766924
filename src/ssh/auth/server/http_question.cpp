#include "ssh/auth/server/http_question.hpp"

#include "text/utf8.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace towline::ssh {

namespace {

namespace json = boost::json;

constexpr std::size_t given_name_octets_max = 255;
constexpr std::size_t body_octets_max = 64 * 1024;

ServiceAnswer not_understood(std::string why) { return {Refusal::service_failed, std::move(why), {}}; }

// One line of text without controls: it becomes a name in logs and of forwards.
bool is_plain_name(std::string_view text) {
  return text.size() <= given_name_octets_max && text::one_line(text, given_name_octets_max) == text;
}

std::string take_permit(const json::value& permit, KeyOptions& options) {
  std::string text;
  if (permit.is_string()) {
    text = permit.get_string();
  } else if (permit.is_array()) {
    for (const auto& each : permit.get_array()) {
      if (!each.is_string()) return "its permit is no list of texts";
      text.append(text.empty() ? "" : ",").append(each.get_string());
    }
  } else {
    return "its permit is neither a text nor a list";
  }
  if (auto problem = parse_key_options(text, options); !problem.empty()) return "its permit: " + problem;
  if (options.cert_authority) return "its permit: cert-authority has no place there";
  return {};
}

std::string take_name(const json::object& answer, std::string_view member, std::string& name) {
  const auto* value = answer.if_contains(member);
  if (!value || value->is_null()) return {};
  if (!value->is_string() || !is_plain_name(value->get_string()))
    return "its " + std::string(member) + " is no name";
  name = value->get_string();
  return {};
}

}  // namespace

text::Secret service_request(const ServiceQuestion& question) {
  // What is not UTF-8 has no place in JSON; a password of such octets is nobody's there.
  json::object request{{"user", text::valid_utf8(question.user)},
                       {"remote_address", question.remote_address},
                       {"method", question.method}};
  if (question.method == "publickey") {
    request["fingerprint"] = question.fingerprint;
    request["key"] = question.key;
    return text::Secret(json::serialize(request));
  }
  // Not as a value of the object, which leaves copies behind.
  std::string text = json::serialize(request);
  text.pop_back();
  text += R"(,"password":)";
  const text::Secret valid(text::valid_utf8(question.password.reveal()));
  text += json::serialize(json::string_view(valid.reveal()));
  text += '}';
  return text::Secret(std::move(text));
}

ServiceAnswer parse_service_answer(int status, std::optional<std::string_view> body) {
  if (!body) return not_understood("there was no answer");
  if (status < 200 || status > 299) return {Refusal::service_refused, "HTTP " + std::to_string(status), {}};
  ServiceAnswer yes{Refusal::none, {}, {}};
  const auto first = body->find_first_not_of(" \t\r\n");
  if (first == body->npos || ((*body)[first] != '{' && (*body)[first] != '[')) return yes;
  if (body->size() > body_octets_max) return not_understood("its answer is too long");
  boost::system::error_code error;
  const auto value = json::parse(*body, error);
  if (error || !value.is_object()) return not_understood("its answer is no JSON object");
  const auto& answer = value.get_object();
  std::string problem;
  if (const auto* permit = answer.if_contains("permit"); permit && !permit->is_null())
    problem = take_permit(*permit, yes.grant.options);
  if (problem.empty()) problem = take_name(answer, "name", yes.grant.name);
  if (problem.empty()) problem = take_name(answer, "route", yes.grant.route);
  return problem.empty() ? std::move(yes) : not_understood(std::move(problem));
}

}  // namespace towline::ssh
