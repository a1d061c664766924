#include "config/field_rows.hpp"

#include <memory>
#include <string>

namespace towline::config {

namespace {

Parsed<ssh::StrictHostKeyChecking> strict_host_key_checking(std::string_view text) {
  return parse_word(text, strict_host_key_checking_words);
}

Parsed<supervisor::RemoteSelect> remote_select(std::string_view text) {
  using supervisor::RemoteSelect;
  constexpr Words<RemoteSelect, 3> words{{{"ordered", RemoteSelect::ordered},
                                          {"random", RemoteSelect::random},
                                          {"round-robin", RemoteSelect::round_robin}}};
  return parse_word(text, words);
}

// A thread each: more than this is a slip.
Parsed<int> session_count(std::string_view text) { return parse_number(text, 1, 64); }

Parsed<std::string> anything(std::string_view text) { return std::string(text); }

using SharedSecret = std::shared_ptr<const ssh::Secret>;

Parsed<SharedSecret> secret(std::string_view text) {
  return std::make_shared<const ssh::Secret>(std::string(text));
}

// No key, certificate or known_hosts line begins like a path.
bool is_only_a_path(std::string_view text) {
  return text.starts_with('/') && text.find_first_of(" \n") == text.npos;
}

Parsed<SharedSecret> content(std::string_view text) {
  if (is_only_a_path(text))
    return Complaint{"is a path, not the content", "add _FILE to the variable's name"};
  return secret(text);
}

using Text = std::string_view;

constexpr Field server_rows[] = {
    {.name = "SSH_REMOTE_HOST",
     .default_text = "localhost",
     .section = Section::server,
     .help = "Name or address of the SSH server, also host:port. Resolved at every attempt; all its "
             "addresses are "
             "tried. Several with commas between are a pool.",
     .apply = [](Text text, Draft& d) { return store(parse_servers(text), d.servers); },
     .alias = "SSH_HOSTNAME"},
    {.name = "SSH_REMOTE_PORT",
     .default_text = "22",
     .section = Section::server,
     .help = "Port of the SSH server.",
     .apply = [](Text text, Draft& d) { return store(parse_connect_port(text), d.config.ssh.server.port); },
     .alias = "SSH_HOSTPORT"},
    {.name = "SSH_REMOTE_USER",
     .default_text = "root",
     .section = Section::server,
     .help = "User to log in as.",
     .apply = [](Text text, Draft& d) { return store(parse_user(text), d.config.ssh.user); },
     .alias = "SSH_HOSTUSER"},
    {"SSH_REMOTE_SELECT", "ordered", Section::server,
     "Which server of the pool an attempt goes to: ordered (the first that answers), random or round-robin.",
     [](Text text, Draft& d) { return store(remote_select(text), d.config.pool.select); }},
    {"SSH_CONNECTIONS", "1", Section::server,
     "SSH sessions that share the local and dynamic forwards, one thread each. -R lives on the first.",
     [](Text text, Draft& d) { return store(session_count(text), d.config.pool.connections); }},
    {"SSH_JUMP_HOSTS", "", Section::server,
     "Servers to pass on the way, user@host:port with commas between; verified by the same host key rules. "
     "Without user@ it is SSH_REMOTE_USER.",
     [](Text text, Draft& d) { return store(parse_jump_hosts(text), d.jump_hosts); }},
    {"SSH_JUMP_KEY_FILE", "", Section::server,
     "Path of the private key for the jump hosts, or one path for each with commas between. Unset: the main "
     "key. "
     "SSH_PASSWORD is never shown to a jump host.",
     [](Text text, Draft& d) { return store(parse_paths(text), d.jump_key_files); }, Holds::path},
    {"SSH_OPTIONS", "", Section::server,
     "Options of ssh(1), as on its command line. A variable of its own wins over an option here.",
     [](Text text, Draft& d) { return store(anything(text), d.ssh_options); }},

    {.name = "SSH_KEY_FILE",
     .default_text = "/id_rsa",
     .section = Section::authentication,
     .help =
         "Path of the private key. Any key type, any mode and any owner that lets towline read it. The "
         "default may be missing: there may be another way to authenticate, or a server that asks for none.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.key_file); },
     .holds = Holds::path,
     .file_of = "SSH_KEY"},
    {.name = "SSH_KEY",
     .default_text = "",
     .section = Section::authentication,
     .help = "The private key itself.",
     .apply = [](Text text, Draft& d) { return store(content(text), d.key); },
     .holds = Holds::private_key},
    {.name = "SSH_KEY_PASSPHRASE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Passphrase of the private key.",
     .apply = [](Text text,
                 Draft& d) { return store(secret(text), d.config.ssh.credentials.passphrase.text); },
     .holds = Holds::secret},
    {.name = "SSH_KEY_PASSPHRASE_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file that holds it; one line end at its end does not count.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_path(text), d.config.ssh.credentials.passphrase.file); },
     .holds = Holds::path,
     .file_of = "SSH_KEY_PASSPHRASE"},
    {"SSH_CERTIFICATE", "", Section::authentication,
     "OpenSSH certificate of the private key, as in id_ed25519-cert.pub.",
     [](Text text, Draft& d) { return store(content(text), d.config.ssh.credentials.certificate.text); },
     Holds::public_keys},
    {.name = "SSH_CERTIFICATE_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file that holds it.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_path(text), d.config.ssh.credentials.certificate.file); },
     .holds = Holds::path,
     .file_of = "SSH_CERTIFICATE"},
    {.name = "SSH_PASSWORD",
     .default_text = "",
     .section = Section::authentication,
     .help = "Password, tried after every key; also the answer to keyboard-interactive questions.",
     .apply = [](Text text, Draft& d) { return store(secret(text), d.config.ssh.credentials.password.text); },
     .holds = Holds::secret},
    {.name = "SSH_PASSWORD_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file that holds it; one line end at its end does not count.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_path(text), d.config.ssh.credentials.password.file); },
     .holds = Holds::path,
     .file_of = "SSH_PASSWORD"},
    {"SSH_AUTH_SOCK", "", Section::authentication,
     "Socket of an ssh-agent whose keys are tried after SSH_KEY.",
     [](Text text, Draft& d) { return store(parse_path(text), d.config.ssh.credentials.agent_socket); }},

    {.name = "SSH_KNOWN_HOSTS_FILE",
     .default_text = "/known_hosts",
     .section = Section::host_key,
     .help = "Path of the known host keys, as ssh writes them. With /dev/null no host key is checked.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.known_hosts_file); },
     .holds = Holds::path,
     .alias = "SSH_KNOWN_HOSTS",
     .file_of = "SSH_KNOWN_HOSTS"},
    {"SSH_KNOWN_HOSTS", "", Section::host_key,
     "The known host keys themselves, instead of the file. A path is taken for SSH_KNOWN_HOSTS_FILE, whose "
     "older name this is.",
     [](Text text, Draft& d) { return store(anything(text), d.known_hosts); }, Holds::public_keys},
    {"SSH_HOST_KEY_FINGERPRINT", "", Section::host_key,
     "The server's host key must have this fingerprint: SHA256:..., or one of several with commas between.",
     [](Text text, Draft& d) { return store(parse_fingerprints(text), d.fingerprints); }},
    {"SSH_STRICT_HOST_KEY_CHECKING", "", Section::host_key,
     "yes: only known host keys. accept-new: the first key of an unknown server is trusted from then on. no: "
     "no "
     "check. Unset: yes if there are known host keys or fingerprints, no if the file is /dev/null, else "
     "accept-new.",
     [](Text text, Draft& d) { return store(strict_host_key_checking(text), d.strict_host_key_checking); }},
    {"SSH_STRICT_HOST_IP_CHECK", "", Section::host_key,
     "Accepted for compatibility, without effect. It does not disable host key checking.",
     [](Text text, Draft& d) { return store(anything(text), d.strict_host_ip_check); }},
    {"TOWLINE_STATE_DIR", "/state", Section::host_key,
     "Folder in which host keys accepted on first sight are kept, in known_hosts. Used only if it is "
     "writable; "
     "otherwise they are forgotten when towline ends.",
     [](Text text, Draft& d) { return store(parse_path(text), d.state_dir); }},
};

}  // namespace

std::span<const Field> server_fields() { return server_rows; }

}  // namespace towline::config
