// What a client is told on its session: one line of text for each thing, or one JSON object. Pure.
#pragma once

#include "expose/names/directory.hpp"
#include "expose/names/place.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::expose {

enum class ToldEvent {
  exposed,   // it can be reached, at `address`
  ended,     // it no longer can
  replaced,  // likewise, in favour of another client
  refused,   // what was asked for is not to be had
  failed,    // a visitor could not be brought to the client
  request,   // of a visitor, over HTTP
  dropped,   // lines that the client has not read in time
  leaving    // towline ends
};

struct Told {
  ToldEvent event = ToldEvent::exposed;
  std::optional<Kind> kind{};
  std::string name{};     // as it was asked for: "web:80", ":9000"
  std::string address{};  // "https://web.example.com", "tcp://example.com:9000", "web:22"
  std::string reason{};   // of a closed set
  std::string text{};     // the error, the request
  std::size_t count = 0;  // of dropped

  bool operator==(const Told&) const = default;
};

// "web:80", as the client has asked.
std::string name_of(const net::HostPort& asked);

// Where something is reached from.
struct Reach {
  std::string domain{};
  std::string bind{};  // of ports, where there is no domain
  bool http = false;
  bool https = false;
};

// Its addresses, those that are best first.
std::vector<std::string> addresses_of(const Place& place, const Reach& reach);

// One line without its end; nothing in it but what can be shown.
std::string text_line(const Told& told);
std::string json_line(const Told& told);

}  // namespace towline::expose
