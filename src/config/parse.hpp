// The text of a variable into a value, or what is wrong with it. Pure; the text is never repeated in a
// Complaint, so that secrets can be parsed by the same functions.
#pragma once

#include "net/host_port.hpp"

#include <boost/system/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towline::config {

// `wrong` goes on after the quoted value ("is not a port"); `right` is an order ("write a number …").
struct Complaint {
  std::string wrong;
  std::string right;

  // Written out, so that a text alone never converts to a Complaint.
  Complaint() = default;
  Complaint(std::string w, std::string r) : wrong(std::move(w)), right(std::move(r)) {}
};

template <class T>
using Parsed = boost::system::result<T, Complaint>;

// What was parsed goes into `member`, or the complaint comes back.
template <class T, class Member>
std::optional<Complaint> store(Parsed<T> parsed, Member& member) {
  if (!parsed) return std::move(parsed).error();
  member = *std::move(parsed);
  return std::nullopt;
}

// Without blank space at both ends.
std::string_view trimmed(std::string_view text);

// ASCII only.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// "10", "10s", "1m30s", "2h", "1d": sums of numbers with units, a bare number is seconds (ssh_config(5), TIME
// FORMATS). At most 30 days, so that no sum of deadlines can overflow.
Parsed<std::chrono::seconds> parse_duration(std::string_view text);

// The same, but zero makes no sense.
Parsed<std::chrono::seconds> parse_positive_duration(std::string_view text);

// true/false/yes/no/1/0/on/off, any case.
Parsed<bool> parse_boolean(std::string_view text);

// A decimal number within both bounds.
Parsed<int> parse_number(std::string_view text, int min, int max);

// Where to connect to: 1 to 65535. Where to listen: 0 to 65535, 0 = any free port.
Parsed<std::uint16_t> parse_connect_port(std::string_view text);
Parsed<std::uint16_t> parse_listen_port(std::string_view text);

// "tcp://10.0.0.1:22": what Kubernetes puts into X_PORT for a Service named x.
bool is_service_link(std::string_view text);

// A name, an IPv4 address, "[v6]" or bare v6.
Parsed<std::string> parse_connect_host(std::string_view text);

// The same, or every address: "*" or two quotation marks, both of which become the empty string.
Parsed<std::string> parse_listen_host(std::string_view text);

// "host:port", "[v6]:port"; "*:port" or ":port" for every address; "off" for nothing. The port must be
// written.
Parsed<std::optional<net::HostPort>> parse_listen_address(std::string_view text);

// A path to a file: anything but control characters.
Parsed<std::string> parse_path(std::string_view text);

// The path of a unix socket: absolute and short enough for the system (unix(7): 108 bytes with the zero).
Parsed<std::string> parse_socket_path(std::string_view text);

// A login name: anything but control characters. Windows has names with blanks.
Parsed<std::string> parse_user(std::string_view text);

// The name of a forward. It stands in URLs, metrics and logs: letters, digits and "._-", at most 63.
Parsed<std::string> parse_name(std::string_view text);

// The entries of a comma list, without the blank space around them.
std::vector<std::string_view> split_list(std::string_view text);

// "localhost" or a loopback address.
bool is_loopback(const std::string& host);

// A comma list of "SHA256:…" as ssh-keygen -l prints them, without "=" at their ends.
Parsed<std::vector<std::string>> parse_fingerprints(std::string_view text);

// One entry of a list, as written: what is left out comes from other variables.
struct ServerWords {
  std::optional<std::string> user;
  std::string host;
  std::optional<std::uint16_t> port;

  bool operator==(const ServerWords&) const = default;
};

// "host", "host:port", "[v6]:port" or bare v6, with commas between; SSH_REMOTE_HOST.
Parsed<std::vector<ServerWords>> parse_servers(std::string_view text);

// The same with "user@" or "ssh://user@" in front, as ssh -J takes it; SSH_JUMP_HOSTS.
Parsed<std::vector<ServerWords>> parse_jump_hosts(std::string_view text);

// A comma list of paths.
Parsed<std::vector<std::string>> parse_paths(std::string_view text);

template <class T, std::size_t count>
using Words = std::array<std::pair<std::string_view, T>, count>;

// One word out of a closed set, any case.
template <class T, std::size_t count>
Parsed<T> parse_word(std::string_view text, const Words<T, count>& words) {
  std::string known;
  for (const auto& [word, value] : words) {
    if (equal_ignoring_case(text, word)) return value;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return Complaint{"is not one of the known words", "write one of: " + known};
}

}  // namespace towline::config
