#include "config/ssh_option_settings.hpp"

#include "config/forward_spec.hpp"
#include "config/problem.hpp"
#include "config/ssh_option_table.hpp"
#include "ssh/algorithm_policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace towline::config {

namespace {

using Settings = SshOptionSettings;
using Text = std::string_view;
using Said = std::optional<Complaint>;
using Read = Said (*)(Text value, Settings& settings);

// The first value stands.
template <auto parse, auto member>
Said first(Text value, Settings& settings) {
  auto parsed = parse(value);
  if (!parsed) return std::move(parsed).error();
  auto& place = settings.*member;
  if (!place) place = *std::move(parsed);
  return std::nullopt;
}

template <auto parse>
Said checked(Text value, Settings&) {
  auto parsed = parse(value);
  if (!parsed) return std::move(parsed).error();
  return std::nullopt;
}

std::vector<std::string> words_between(Text text, Text separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

Parsed<bool> yes_or_no(Text text) {
  constexpr Words<bool, 4> words{{{"yes", true}, {"no", false}, {"true", true}, {"false", false}}};
  return parse_word(text, words);
}

// Without the home folder and the tokens that ssh would fill in.
Parsed<std::string> whole_path(Text text) {
  if (text.starts_with('~') || text.find('%') != Text::npos || text.find("${") != Text::npos) {
    return Complaint{"is not a whole path", "write it without ~, % and ${}"};
  }
  return parse_path(text);
}

Parsed<std::vector<std::string>> known_hosts_files(Text text) {
  std::vector<std::string> files;
  for (const auto& word : words_between(text, " \t")) {
    if (equal_ignoring_case(word, "none")) continue;
    auto path = whole_path(word);
    if (!path) return std::move(path).error();
    files.push_back(*std::move(path));
  }
  return files;
}

Parsed<std::string> address(Text text) {
  const bool v6 = text.find(':') != Text::npos;
  const bool v4 = text.find_first_not_of("0123456789.") == Text::npos;
  auto host = net::parse_host(text);
  if (host && (v6 || v4)) return *std::move(host);
  return Complaint{"is not an address", "write an IPv4 or IPv6 address of this machine or container"};
}

Parsed<std::string> interface_name(Text text) {
  constexpr std::size_t length_max = 15;  // IFNAMSIZ of net/if.h, with the final zero
  if (text.size() <= length_max && text.find_first_of(" \t/:") == Text::npos) return std::string(text);
  return Complaint{"is not an interface", "write a name as in `ip link`, like eth0"};
}

Parsed<net::AddressFamily> address_family(Text text) {
  using net::AddressFamily;
  constexpr Words<AddressFamily, 3> words{
      {{"any", AddressFamily::any}, {"inet", AddressFamily::inet}, {"inet6", AddressFamily::inet6}}};
  return parse_word(text, words);
}

Parsed<std::vector<ServerWords>> jump_hosts(Text text) {
  if (equal_ignoring_case(text, "none")) return std::vector<ServerWords>();
  return parse_jump_hosts(text);
}

Parsed<std::string> agent_socket(Text text) {
  if (equal_ignoring_case(text, "none")) return std::string();
  return parse_socket_path(text);
}

Parsed<std::vector<std::string>> methods(Text text) {
  constexpr std::array known = {"publickey", "keyboard-interactive", "password", "gssapi-with-mic",
                                "hostbased"};
  auto words = words_between(text, ", \t");
  for (const auto& word : words) {
    if (std::ranges::find(known, word) == known.end()) {
      return Complaint{"holds " + config::quoted(word) + ", which is no method",
                       "write some of: publickey, keyboard-interactive, password"};
    }
  }
  return words;
}

// ssh_config(5): an octal mask.
Parsed<mode_t> bind_mask(Text text) {
  unsigned mask = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mask, 8);
  if (error == std::errc{} && end == text.data() + text.size() && mask <= 0777) return mask;
  return Complaint{"is not a mask", "write an octal number like 0177"};
}

Parsed<observe::Level> ssh_log_level(Text text) {
  using observe::Level;
  constexpr Words<Level, 9> words{{{"QUIET", Level::error},
                                   {"FATAL", Level::error},
                                   {"ERROR", Level::error},
                                   {"INFO", Level::info},
                                   {"VERBOSE", Level::debug},
                                   {"DEBUG", Level::debug},
                                   {"DEBUG1", Level::debug},
                                   {"DEBUG2", Level::trace},
                                   {"DEBUG3", Level::trace}}};
  return parse_word(text, words);
}

// Only checked: SSH_STRICT_HOST_KEY_CHECKING decides.
Parsed<bool> strictness(Text text) {
  constexpr Words<bool, 5> words{
      {{"yes", true}, {"no", true}, {"ask", true}, {"off", true}, {"accept-new", true}}};
  return parse_word(text, words);
}

Parsed<int> ssh_alive_count(Text text) { return parse_number(text, 0, 1'000'000); }

// "8080 db:5432" of the file form is "8080:db:5432" of the command line.
template <forward::Mode mode>
Said forward(Text value, Settings& settings) {
  std::string text(trimmed(value));
  if (const auto blank = text.find_first_of(" \t"); blank != std::string::npos) {
    const auto target = text.find_first_not_of(" \t", blank);
    text = text.substr(0, blank) + ':' + text.substr(target);
  }
  auto spec = parse_forward_spec(mode, text);
  if (!spec) return std::move(spec).error();
  const bool names_an_address = spec->listen.host != "localhost" || text.starts_with("localhost");
  settings.forwards.push_back({*std::move(spec), names_an_address});
  return std::nullopt;
}

template <auto member>
Said file(Text value, Settings& settings) {
  if (equal_ignoring_case(value, "none")) return std::nullopt;
  auto path = whole_path(value);
  if (!path) return std::move(path).error();
  (settings.*member).push_back(*std::move(path));
  return std::nullopt;
}

Said global_known_hosts(Text value, Settings& settings) {
  auto files = known_hosts_files(value);
  if (!files) return std::move(files).error();
  if (settings.global_known_hosts_files.empty()) settings.global_known_hosts_files = *std::move(files);
  return std::nullopt;
}

template <auto member>
Said algorithms(Text value, Settings& settings, ssh::AlgorithmNames ours) {
  const auto choice = ssh::choose_algorithms(value, ours);
  // Behind "+" and "^" a name is wished for, not demanded: what is ours is offered all the same.
  const bool demanded = !value.starts_with('+') && !value.starts_with('^');
  if (demanded && !choice.forbidden.empty()) {
    return Complaint{"asks for " + joined(choice.forbidden) + ", which is broken and never used",
                     "write some of: " + joined(ours) + "; or update the server"};
  }
  if (choice.names.empty()) {
    return Complaint{"leaves no algorithm that is available", "write some of: " + joined(ours)};
  }
  auto& place = settings.algorithms.*member;
  if (!place.empty()) return std::nullopt;
  place = value;
  auto& left_out = settings.unavailable_algorithms;
  for (const auto* names : {&choice.forbidden, &choice.unknown}) {
    for (const auto& name : *names) {
      if (std::ranges::find(left_out, name) == left_out.end()) left_out.push_back(name);
    }
  }
  return std::nullopt;
}

Said ciphers(Text value, Settings& settings) {
  return algorithms<&ssh::AlgorithmOptions::cipher>(value, settings, ssh::algorithm_names(ssh::cipher_names));
}

Said macs(Text value, Settings& settings) {
  return algorithms<&ssh::AlgorithmOptions::mac>(value, settings, ssh::algorithm_names(ssh::mac_names));
}

Said key_exchange(Text value, Settings& settings) {
  return algorithms<&ssh::AlgorithmOptions::key_exchange>(value, settings,
                                                          ssh::algorithm_names(ssh::key_exchange_names));
}

ssh::AlgorithmNames with_certificates() {
  auto names = ssh::algorithm_names(ssh::host_key_names);
  for (const auto name : ssh::host_key_names)
    names.push_back(std::string(name) + std::string(ssh::certificate_suffix));
  return names;
}

Said host_key(Text value, Settings& settings) {
  return algorithms<&ssh::AlgorithmOptions::host_key>(value, settings, with_certificates());
}

Said signature(Text value, Settings& settings) {
  return algorithms<&ssh::AlgorithmOptions::signature>(value, settings, with_certificates());
}

Said verbose(Text, Settings& settings) {
  ++settings.verbose;
  return std::nullopt;
}

struct Row {
  Text name;
  Read read;
};

constexpr auto rows = std::to_array<Row>({
    {"-v", verbose},
    {"AddressFamily", first<address_family, &Settings::family>},
    {"BindAddress", first<address, &Settings::bind_address>},
    {"BindInterface", first<interface_name, &Settings::bind_interface>},
    {"CertificateFile", file<&Settings::certificate_files>},
    {"ChallengeResponseAuthentication", first<yes_or_no, &Settings::keyboard_interactive>},
    {"Ciphers", ciphers},
    {"ConnectTimeout", first<parse_positive_duration, &Settings::connect_timeout>},
    {"DynamicForward", forward<forward::Mode::dynamic>},
    {"GatewayPorts", first<yes_or_no, &Settings::gateway_ports>},
    {"GlobalKnownHostsFile", global_known_hosts},
    {"HostKeyAlgorithms", host_key},
    {"HostKeyAlias", first<parse_connect_host, &Settings::host_key_alias>},
    {"HostName", first<parse_connect_host, &Settings::host_name>},
    {"IdentitiesOnly", first<yes_or_no, &Settings::identities_only>},
    {"IdentityAgent", first<agent_socket, &Settings::identity_agent>},
    {"IdentityFile", file<&Settings::identity_files>},
    {"KbdInteractiveAuthentication", first<yes_or_no, &Settings::keyboard_interactive>},
    {"KexAlgorithms", key_exchange},
    {"LocalForward", forward<forward::Mode::local>},
    {"LogLevel", first<ssh_log_level, &Settings::log_level>},
    {"MACs", macs},
    {"PasswordAuthentication", first<yes_or_no, &Settings::password>},
    {"Port", checked<parse_connect_port>},
    {"PreferredAuthentications", first<methods, &Settings::preferred_authentications>},
    {"ProxyJump", first<jump_hosts, &Settings::jump_hosts>},
    {"PubkeyAcceptedAlgorithms", signature},
    {"PubkeyAcceptedKeyTypes", signature},
    {"PubkeyAuthentication", first<yes_or_no, &Settings::publickey>},
    {"RemoteForward", forward<forward::Mode::remote>},
    {"ServerAliveCountMax", checked<ssh_alive_count>},
    {"ServerAliveInterval", checked<parse_duration>},
    {"StreamLocalBindMask", first<bind_mask, &Settings::stream_local_bind_mask>},
    {"StreamLocalBindUnlink", first<yes_or_no, &Settings::stream_local_bind_unlink>},
    {"StrictHostKeyChecking", checked<strictness>},
    {"TCPKeepAlive", first<yes_or_no, &Settings::tcp_keepalive>},
    {"User", checked<parse_user>},
    {"UserKnownHostsFile", first<known_hosts_files, &Settings::user_known_hosts_files>},
});

const Row* find_row(Text name) {
  const auto* row = std::ranges::find_if(rows, [&](const Row& r) { return is_same_option(r.name, name); });
  return row == rows.end() ? nullptr : row;
}

}  // namespace

bool is_readable_ssh_option(std::string_view name) { return find_row(name) != nullptr; }

std::optional<Complaint> read_ssh_option(std::string_view name, std::string_view value,
                                         SshOptionSettings& settings) {
  const auto* row = find_row(name);
  return row ? row->read(value, settings) : std::nullopt;
}

}  // namespace towline::config
