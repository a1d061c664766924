// How -R speaks to a service that makes what it listens on public: which service, and what is expected of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace towline::publish {

enum class Service { sandhole, sish, srvus, localhostrun, serveo, pinggy, towline, generic };

// The public address that a forward must get.
struct Expected {
  std::string forward;
  std::string address;  // "https://name.example", "host:port", or a name alone

  bool operator==(const Expected&) const = default;
};

struct Options {
  std::optional<Service> service{};  // nothing: -R is no more than a listener
  std::string words{};               // sent as the session's exec; empty: none is
  std::vector<Expected> expected{};
  std::string url_pattern{};  // a regular expression instead of the service's own words; empty: none
};

}  // namespace towline::publish
