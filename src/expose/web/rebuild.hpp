// The heads that are written: what was parsed, without what belongs to one connection, and with what we know
// better. Pure.
#pragma once

#include "expose/http/head.hpp"
#include "expose/web/hosts.hpp"

#include <string>
#include <vector>

namespace towline::expose::web {

// For the client's server: HTTP/1.1, to be kept open. Where the visitor comes from is ours to say: every
// X-Forwarded-* of its own, Forwarded and X-Real-IP are left out, also where they are written with '_', and
// so are the fields that Connection names.
std::string request_for_client(const RequestHead& head, const Visitor& visitor, const HttpRules& rules);

// How an answer is framed for the visitor, and whether another request may follow it.
struct AnswerPlan {
  Framing body{};
  bool keep_alive = false;
};

// `may_stay`: nothing of ours speaks against another request. An end that is no length becomes chunks, so
// that the visitor can tell it from a cut; for HTTP/1.0 the connection ends.
AnswerPlan plan_of(const AnswerHead& answer, const RequestHead& request, bool may_stay);

std::string answer_for_visitor(const AnswerHead& answer, const AnswerPlan& plan, const RequestHead& request,
                               const Visitor& visitor, const HttpRules& rules);
// "100 Continue", "103 Early Hints".
std::string interim_for_visitor(const AnswerHead& answer);

// Those that may follow a body (RFC 9110, 6.5.1), each a line with its end.
std::string trailers_to_pass(const std::vector<Field>& trailers);

// Whether it may be sent a second time (RFC 9110, 9.2.2) where the first may have been lost.
bool may_be_repeated(const RequestHead& head);

}  // namespace towline::expose::web
