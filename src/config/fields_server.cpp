#include "config/contents.hpp"
#include "config/fields.hpp"

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

using Text = std::string_view;

constexpr Field server_rows[] = {
    {.name = "SSH_REMOTE_HOST",
     .default_text = "localhost",
     .section = Section::server,
     .help = "Name or address of the SSH server, or host:port. Resolved at every attempt; all addresses are "
             "tried. Several, separated by commas, form a pool.",
     .apply = [](Text text, Draft& d) { return store(parse_servers(text), d.servers); },
     .alias = "SSH_HOSTNAME"},
    {.name = "SSH_REMOTE_PORT",
     .default_text = "22",
     .section = Section::server,
     .help = "Port of the SSH server.",
     .apply = [](Text text, Draft& d) { return store(parse_connect_port(text), d.server_port); },
     .alias = "SSH_HOSTPORT"},
    {.name = "SSH_REMOTE_USER",
     .default_text = "root",
     .section = Section::server,
     .help = "User to log in as.",
     .apply = [](Text text, Draft& d) { return store(parse_user(text), d.config.ssh.user); },
     .alias = "SSH_HOSTUSER"},
    {"SSH_REMOTE_SELECT", "ordered", Section::server,
     "Which server of the pool is tried next: ordered (the first that answers), random or round-robin.",
     [](Text text, Draft& d) { return store(remote_select(text), d.config.pool.select); }},
    {"SSH_CONNECTIONS", "1", Section::server,
     "Number of SSH sessions that share the -L and -D forwards, one thread each. -R uses the first. With -S, "
     "how many there are at most, made when needed; 4 if unset.",
     [](Text text, Draft& d) { return store(session_count(text), d.config.pool.connections); }},
    {"SSH_JUMP_HOSTS", "", Section::server,
     "Jump hosts in order, user@host:port separated by commas; each is verified by the same host key rules. "
     "The user defaults to SSH_REMOTE_USER.",
     [](Text text, Draft& d) { return store(parse_jump_hosts(text), d.jump_hosts); }},
    {"SSH_JUMP_KEY_FILE", "", Section::server,
     "Path of the private key for the jump hosts, or one path for each, separated by commas. Unset: the main "
     "key. SSH_PASSWORD is never sent to a jump host.",
     [](Text text, Draft& d) { return store(parse_paths(text), d.jump_key_files); }, Holds::path},
    {"SSH_OPTIONS", "", Section::server,
     "Options of ssh(1), as on its command line. A dedicated variable takes precedence over an option given "
     "here.",
     [](Text text, Draft& d) { return store(anything(text), d.ssh_options); }},

    {.name = "SSH_KEY_FILE",
     .default_text = "/id_rsa",
     .section = Section::authentication,
     .help = "Path of the private key. Any key type; any mode and owner that lets towline read it. The "
             "default may be missing, if there is another way to log in or the server asks for none.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.key_file); },
     .holds = Holds::path,
     .file_of = "SSH_KEY"},
    {.name = "SSH_KEY",
     .default_text = "",
     .section = Section::authentication,
     .help = "The private key itself.",
     .apply = [](Text text, Draft& d) { return store(parse_content(text), d.key); },
     .holds = Holds::private_key},
    {.name = "SSH_KEY_PASSPHRASE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Passphrase of the private key.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_secret(text), d.config.ssh.credentials.passphrase.text); },
     .holds = Holds::secret},
    {.name = "SSH_KEY_PASSPHRASE_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file holding the value; a final newline is ignored.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_path(text), d.config.ssh.credentials.passphrase.file); },
     .holds = Holds::path,
     .file_of = "SSH_KEY_PASSPHRASE"},
    {"SSH_CERTIFICATE", "", Section::authentication,
     "OpenSSH certificate of the private key, as in id_ed25519-cert.pub.",
     [](Text text, Draft& d) {
       return store(parse_content(text), d.config.ssh.credentials.certificate.text);
     },
     Holds::public_keys},
    {.name = "SSH_CERTIFICATE_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file holding the value.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_path(text), d.config.ssh.credentials.certificate.file); },
     .holds = Holds::path,
     .file_of = "SSH_CERTIFICATE"},
    {.name = "SSH_PASSWORD",
     .default_text = "",
     .section = Section::authentication,
     .help = "Password, tried after all keys; also answers keyboard-interactive questions.",
     .apply = [](Text text,
                 Draft& d) { return store(parse_secret(text), d.config.ssh.credentials.password.text); },
     .holds = Holds::secret},
    {.name = "SSH_PASSWORD_FILE",
     .default_text = "",
     .section = Section::authentication,
     .help = "Path of a file holding the value; a final newline is ignored.",
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
     .help = "Path of the known_hosts file. /dev/null disables host key checking.",
     .apply = [](Text text, Draft& d) { return store(parse_path(text), d.known_hosts_file); },
     .holds = Holds::path,
     .alias = "SSH_KNOWN_HOSTS",
     .file_of = "SSH_KNOWN_HOSTS"},
    {"SSH_KNOWN_HOSTS", "", Section::host_key,
     "The content of known_hosts, instead of the file. A path is taken as SSH_KNOWN_HOSTS_FILE, of which "
     "this is the older name.",
     [](Text text, Draft& d) { return store(anything(text), d.config.ssh.host_key.known_hosts_text); },
     Holds::public_keys},
    {"SSH_HOST_KEY_FINGERPRINT", "", Section::host_key,
     "The fingerprint the server's host key must have: SHA256:..., or several separated by commas.",
     [](Text text, Draft& d) { return store(parse_fingerprints(text), d.config.ssh.host_key.fingerprints); }},
    {"SSH_STRICT_HOST_KEY_CHECKING", "", Section::host_key,
     "yes: only known host keys. accept-new: the first key of an unknown server is trusted from then on. no: "
     "no checking. Unset: yes if there are known host keys or fingerprints, no if the file is /dev/null, "
     "otherwise accept-new.",
     [](Text text, Draft& d) { return store(strict_host_key_checking(text), d.strict_host_key_checking); }},
    {"SSH_STRICT_HOST_IP_CHECK", "", Section::host_key,
     "Accepted for compatibility; has no effect. It does not disable host key checking.",
     [](Text text, Draft& d) { return store(anything(text), d.strict_host_ip_check); }},
    {"TOWLINE_STATE_DIR", "/state", Section::host_key,
     "Folder for the known_hosts file of host keys accepted on first use, and for the host key of -S. Used "
     "only if writable; otherwise they are forgotten when towline exits.",
     [](Text text, Draft& d) { return store(parse_path(text), d.state_dir); }},
};

}  // namespace

std::span<const Field> server_fields() { return server_rows; }

}  // namespace towline::config
