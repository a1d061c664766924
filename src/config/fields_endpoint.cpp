#include "config/contents.hpp"
#include "config/fields.hpp"
#include "config/http_url.hpp"

#include <algorithm>
#include <string>

namespace towline::config {

namespace {

std::optional<Complaint> login_methods(std::string_view text, Draft& draft) {
  constexpr Words<LoginMethods, 3> words{
      {{"publickey", {.publickey = true}}, {"password", {.password = true}}, {"none", {.none = true}}}};
  LoginMethods all;
  for (const auto entry : split_list(text)) {
    const auto word = parse_word(entry, words);
    if (!word)
      return Complaint{"is not a list of known words",
                       "write publickey, password, or none, several with commas between"};
    all.publickey |= word->publickey;
    all.password |= word->password;
    all.none |= word->none;
  }
  draft.login_methods = all;
  return std::nullopt;
}

Parsed<share::Allowed> share_allow(std::string_view text) {
  using share::Allowed;
  constexpr Words<bool Allowed::*, 3> words{
      {{"session", &Allowed::session}, {"local", &Allowed::local}, {"remote", &Allowed::remote}}};
  Allowed allowed{false, false, false};
  for (const auto entry : split_list(text)) {
    const auto word = parse_word(entry, words);
    if (!word)
      return Complaint{"is not a list of known words",
                       "write session, local, or remote, several with commas between"};
    allowed.*(*word) = true;
  }
  return allowed;
}

Parsed<std::vector<endpoint::ListenPlace>> ssh_listen(std::string_view text) {
  std::vector<endpoint::ListenPlace> all;
  for (const auto entry : split_list(text)) {
    if (entry.starts_with('/')) {
      auto path = parse_socket_path(entry);
      if (!path) return path.error();
      all.push_back({.address = {}, .path = *std::move(path)});
      continue;
    }
    auto address = parse_listen_address(entry);
    if (!address || !*address)
      return Complaint{
          "is not a list of addresses to listen on",
          "write host:port, [v6]:port, :port for every address, or the path of a socket, several "
          "with commas between"};
    all.push_back({.address = **std::move(address), .path = {}});
  }
  if (all.empty()) return Complaint{"names no address to listen on", "write for example 0.0.0.0:2222"};
  return all;
}

// It stands in a header.
Parsed<SharedSecret> login_token(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; }))
    return Complaint{"has a blank or another character that no token has", "write the token alone"};
  return parse_content(text);
}

Parsed<int> client_count(std::string_view text) { return parse_number(text, 1, 1'000'000); }

// Each has a window's worth of memory: more than this is a slip.
Parsed<int> client_channel_count(std::string_view text) { return parse_number(text, 1, 10'000); }

Parsed<int> login_tries(std::string_view text) { return parse_number(text, 1, 100); }

using Text = std::string_view;

ssh::LoginOptions& login(Draft& draft) { return draft.config.endpoint.ssh.login; }

constexpr Field endpoint_rows[] = {
    {"TOWLINE_SSH_LISTEN", "0.0.0.0:2222", Section::endpoint,
     "Where SSH clients of SSH_MODE=expose come in: host:port, :port for every address, or the path of a "
     "unix "
     "socket, several separated by commas. -S has SSH_BIND_IP and SSH_TUNNEL_PORT.",
     [](Text text, Draft& d) { return store(ssh_listen(text), d.config.endpoint.listen); }},
    {.name = "TOWLINE_HOST_KEY",
     .default_text = "",
     .section = Section::endpoint,
     .help = "The private key that -S shows to its clients as its host key.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), d.host_key); },
     .holds = Holds::private_key},
    {.name = "TOWLINE_HOST_KEY_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of that key, or of several of different types, separated by commas. Unset: an Ed25519 "
             "key is made at the first start and kept in TOWLINE_STATE_DIR.",
     .apply = [](Text text, Draft& d) { return store(parse_paths(text), d.host_key_files); },
     .holds = Holds::path,
     .file_of = "TOWLINE_HOST_KEY"},
    {.name = "TOWLINE_HOST_CERTIFICATE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Certificate of that key, as in ssh_host_ed25519_key-cert.pub, for clients that trust its "
             "authority.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), d.host_certificate); },
     .holds = Holds::public_keys},
    {.name = "TOWLINE_HOST_CERTIFICATE_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of that certificate, or of one for each of several keys, separated by commas. Read at the "
             "start.",
     .apply = [](Text text, Draft& d) { return store(parse_paths(text), d.host_certificate_files); },
     .holds = Holds::path,
     .file_of = "TOWLINE_HOST_CERTIFICATE"},
    {.name = "TOWLINE_AUTHORIZED_KEYS",
     .default_text = "",
     .section = Section::endpoint,
     .help = "The public keys of those who may log in, in the format of authorized_keys, for every user "
             "name.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), login(d).authorized_keys.text); },
     .holds = Holds::public_keys},
    {.name = "TOWLINE_AUTHORIZED_KEYS_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of a file holding the value, or of a folder with one file for each user name. Read again "
             "when changed.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), login(d).authorized_keys.file); },
     .holds = Holds::path,
     .file_of = "TOWLINE_AUTHORIZED_KEYS"},
    {.name = "TOWLINE_USER_CA_KEYS",
     .default_text = "",
     .section = Section::endpoint,
     .help = "The public keys of authorities, one per line, whose user certificates may log in.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), login(d).authorities.text); },
     .holds = Holds::public_keys},
    {.name = "TOWLINE_USER_CA_KEYS_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of a file holding the value. Read again when changed.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), login(d).authorities.file); },
     .holds = Holds::path,
     .file_of = "TOWLINE_USER_CA_KEYS"},
    {.name = "TOWLINE_PASSWORDS_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of a file with lines user:hash, hashes of crypt(3), for password and "
             "keyboard-interactive. Read again when changed.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), login(d).passwords.file); },
     .holds = Holds::path},
    {"TOWLINE_AUTH_URL", "", Section::endpoint,
     "An HTTP or HTTPS service that is asked, by POST, about each login that nothing above lets in. It has 5 "
     "s "
     "to answer; anything but 2xx is a no.",
     [](Text text, Draft& d) { return store(parse_http_url(text), d.config.endpoint.login_url); }},
    {.name = "TOWLINE_AUTH_TOKEN",
     .default_text = "",
     .section = Section::endpoint,
     .help = "What that service knows towline by: sent as Authorization: Bearer.",
     .apply = [](Text text, Draft& d) { return store(login_token(text), d.login_token); },
     .holds = Holds::secret},
    {.name = "TOWLINE_AUTH_TOKEN_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of a file holding the value. Read for each question.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.login_token_file); },
     .holds = Holds::path,
     .file_of = "TOWLINE_AUTH_TOKEN"},
    {.name = "TOWLINE_AUTH_CA_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of the certificates of authorities, in PEM, that the service's own is verified with. "
             "Unset: those of the system.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.login_authorities_file); },
     .holds = Holds::path},
    {"TOWLINE_AUTH", "", Section::endpoint,
     "How clients may log in: publickey, password, or none (on loopback and unix sockets only), separated by "
     "commas. Unset: what the variables above give, or else none.",
     login_methods},
    {"TOWLINE_LOGIN_TIMEOUT", "20s", Section::endpoint, "How long a client may take to log in.",
     [](Text text, Draft& d) { return store(parse_positive_duration(text), login(d).login_timeout); }},
    {"TOWLINE_MAX_AUTH_TRIES", "6", Section::endpoint, "Failed attempts after which a client is cut off.",
     [](Text text, Draft& d) { return store(login_tries(text), login(d).tries_max); }},
    {"TOWLINE_MAX_CLIENTS", "1024", Section::endpoint, "Clients at a time; more are refused.",
     [](Text text, Draft& d) { return store(client_count(text), d.config.endpoint.ssh.limits.clients_max); }},
    {"TOWLINE_MAX_CLIENTS_PER_SOURCE", "64", Section::endpoint,
     "The same for one IPv4 address or one IPv6 network of 64 bits.",
     [](Text text, Draft& d) {
       return store(client_count(text), d.config.endpoint.ssh.limits.per_source_max);
     }},
    {"TOWLINE_MAX_CLIENTS_CHANNELS", "256", Section::endpoint,
     "Commands, shells and connections of one client at a time; more are refused.",
     [](Text text, Draft& d) {
       return store(client_channel_count(text), d.config.endpoint.ssh.limits.channels_max);
     }},
    {.name = "TOWLINE_BANNER",
     .default_text = "",
     .section = Section::endpoint,
     .help = "A text for clients that are about to log in.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), login(d).banner.text); },
     .holds = Holds::words},
    {.name = "TOWLINE_BANNER_FILE",
     .default_text = "",
     .section = Section::endpoint,
     .help = "Path of a file holding the value.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), login(d).banner.file); },
     .holds = Holds::path,
     .file_of = "TOWLINE_BANNER"},
    {"TOWLINE_SHARE_WAIT", "30s", Section::endpoint,
     "How long what a client asks for waits while there is no session to the server. 0 = refused at once.",
     [](Text text, Draft& d) { return store(parse_duration(text), d.config.share.wait); }},
    {"TOWLINE_SHARE_ALLOW", "session,local,remote", Section::endpoint,
     "What clients may do: session (commands, shells, subsystems), local (their -L, -D and -W), remote "
     "(their -R), separated by commas.",
     [](Text text, Draft& d) { return store(share_allow(text), d.config.share.allowed); }},
};

}  // namespace

std::span<const Field> endpoint_fields() { return endpoint_rows; }

}  // namespace towline::config
