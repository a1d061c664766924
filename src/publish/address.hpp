// Public addresses as a service prints them: URLs, and host:port. They are strangers' text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace towline::publish {

// What may be shown of it, or empty for what is neither a URL of http or https nor host:port. A login, a
// query and a fragment are left out, for they may be secret; "tcp://host:port" is host:port.
std::string address_of(std::string_view text);

// "name.example:8443" of "https://Name.example:8443/path".
std::string place_of(std::string_view address);

// "https", "http", or "" of host:port.
std::string_view scheme_of(std::string_view address);

// Nothing is left out that names a service, and what follows a "?" in a word is: tokens stand there.
std::string without_queries(std::string_view line);

}  // namespace towline::publish
