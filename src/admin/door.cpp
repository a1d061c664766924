#include "admin/door.hpp"

#include "net/host_port.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace towline::admin {

namespace {

using boost::algorithm::iequals;

std::string_view without_root(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool is_loopback_address(const std::string& host) {
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

bool is_of_this_machine(std::string_view host_and_port, const Door& door) {
  const auto where = net::parse_host_port(host_and_port, 0);
  if (!where) return false;
  const auto name = without_root(where->host);
  return iequals(name, "localhost") || iequals(name, without_root(door.host)) ||
         is_loopback_address(where->host);
}

// "http://localhost:8080" → "localhost:8080"; "null" stays what it is: nobody's.
std::string_view host_of_origin(std::string_view origin) {
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

}  // namespace

bool is_foreign(const Request& request, const Door& door) {
  if (door.reach == Reach::others) return false;
  if (!request.origin.empty() && !is_of_this_machine(host_of_origin(request.origin), door)) return true;
  return door.reach == Reach::loopback && !request.host.empty() && !is_of_this_machine(request.host, door);
}

Response refuse_foreign() {
  return say(403,
             "only for requests from this machine: use localhost or 127.0.0.1 as the host, and no page of "
             "another site");
}

}  // namespace towline::admin
