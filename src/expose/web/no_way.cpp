#include "expose/web/no_way.hpp"

#include "ssh/wire/error.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>

namespace towline::expose::web {

const std::array<NoWayText, 17> no_ways{{
    {NoWay::unknown_host, 404, "unknown_host", "Nobody offers this host at the moment.",
     "the client that offers it is not connected, or asked for another name: its session shows its "
     "addresses"},
    {NoWay::not_admitted, 403, "not_admitted", "This host is not open to your address.",
     "TOWLINE_EXPOSE_ALLOW_FROM and _DENY_FROM, and the client's ip-allowlist and ip-blocklist, decide"},
    {NoWay::too_many, 429, "too_many", "There are too many connections from your address.",
     "TOWLINE_EXPOSE_PER_IP is how many one address may have"},
    {NoWay::busy, 503, "busy", "This host has as many visitors as it may have.",
     "TOWLINE_EXPOSE_POOL, or the client's pool=, is how many connections an offer may have"},
    {NoWay::misdirected, 421, "misdirected", "This host answers on connections of its own.",
     "the client passes TLS through (sni-proxy): a connection with this name in its SNI reaches it"},
    {NoWay::leaving, 503, "leaving", "This service is about to restart.", "it is draining"},
    {NoWay::full, 503, "full", "This service has as many visitors as it can have.",
     "more visitors, or TLS handshakes at once, than one process takes: closed without a word"},
    {NoWay::refused, 502, "refused", "The service behind this host refuses connections.",
     "the client has refused the channel: what it forwards to is not running, or not where it says"},
    {NoWay::gone, 502, "gone", "The service behind this host has just gone.",
     "the client's session has ended while a visitor was on its way to it"},
    {NoWay::silent, 504, "silent", "The service behind this host does not answer.",
     "the client has not accepted the channel within TOWLINE_EXPOSE_OPEN_TIMEOUT"},
    {NoWay::no_answer, 502, "no_answer", "The service behind this host gave no answer.",
     "the client's server has closed the connection before its answer: its own log says why"},
    {NoWay::bad_answer, 502, "bad_answer", "The service behind this host gave an answer that is not HTTP.",
     "the client's server speaks something else (TLS?), or contradicts itself about where its answer ends"},
    {NoWay::bad_request, 400, "bad_request", "This is not a request that can be passed on.",
     "the visitor's request is malformed, or contradicts itself about where it ends"},
    {NoWay::connect, 405, "connect", "This is not a proxy.", "somebody looks for an open proxy"},
    {NoWay::target_too_long, 414, "target_too_long", "The address that was asked for is too long.",
     "the visitor's first line has more than 16 KiB"},
    {NoWay::head_too_large, 431, "head_too_large", "The header of the request is too large.",
     "the visitor's header has more than 32 KiB or 200 lines: cookies, most likely"},
    {NoWay::too_slow, 408, "too_slow", "The request did not arrive in time.",
     "the visitor's path is slow, or it keeps connections open on purpose"},
}};

const NoWayText& text_of(NoWay why) { return no_ways[static_cast<std::size_t>(why)]; }

NoWay not_opened(const boost::system::error_code& code) {
  if (code == ssh::errc::open_timeout) return NoWay::silent;
  if (code == boost::asio::error::operation_aborted) return NoWay::leaving;
  const bool by_client =
      code == ssh::errc::open_administratively_prohibited || code == ssh::errc::open_connect_failed ||
      code == ssh::errc::open_unknown_channel_type || code == ssh::errc::open_resource_shortage;
  return by_client ? NoWay::refused : NoWay::gone;
}

}  // namespace towline::expose::web
