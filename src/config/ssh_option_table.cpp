#include "config/ssh_option_table.hpp"

#include "config/forward_spec.hpp"
#include "config/problem.hpp"
#include "config/ssh_option_values.hpp"
#include "ssh/keys/algorithm_policy.hpp"
#include "text/pattern.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace towline::config {

namespace {

using Text = std::string_view;
using Said = std::optional<Complaint>;

// PreferredAuthentications may have forbidden it before.
Said permit(Text text, bool& method) {
  auto allowed = method;
  auto complaint = store(yes_or_no(text), allowed);
  method = method && allowed;
  return complaint;
}

Said identity_file(Text text, Draft& draft) {
  ssh::TextSource key;
  auto complaint = store(parse_whole_path(text), key.file);
  if (!complaint) draft.config.ssh.credentials.keys.push_back(std::move(key));
  return complaint;
}

Said certificate_file(Text text, Draft& draft) {
  std::string path;
  auto complaint = store(parse_whole_path(text), path);
  if (!complaint) draft.certificate_files.push_back(std::move(path));
  return complaint;
}

Said host_name(Text text, Draft& draft) {
  ServerWords server;
  if (auto complaint = store(parse_connect_host(text), server.host)) return complaint;
  if (draft.servers.size() == 1) server.port = draft.servers.front().port;
  draft.servers = {std::move(server)};
  return std::nullopt;
}

Said preferred_authentications(Text text, Draft& draft) {
  const auto words = parse_methods(text);
  if (!words) return words.error();
  const auto lists = [&](const char* method) { return std::ranges::find(*words, method) != words->end(); };
  auto& credentials = draft.config.ssh.credentials;
  credentials.publickey &= lists("publickey");
  credentials.password_method &= lists("password");
  credentials.keyboard_interactive &= lists("keyboard-interactive");
  return std::nullopt;
}

// A variable decides.
template <auto parse>
Said only_checked(Text text, Draft&) {
  auto parsed = parse(text);
  if (!parsed) return std::move(parsed).error();
  return std::nullopt;
}

// "8080 db:5432" of the file form is "8080:db:5432" of the command line.
template <forward::Mode mode>
Said one_forward(Text value, Draft& draft) {
  std::string text(trimmed(value));
  if (const auto blank = text.find_first_of(" \t"); blank != std::string::npos) {
    const auto target = text.find_first_not_of(" \t", blank);
    text = text.substr(0, blank) + ':' + text.substr(target);
  }
  auto spec = parse_forward_spec(mode, text);
  if (!spec) return std::move(spec).error();
  const bool names_an_address = spec->listen.host != "localhost" || text.starts_with("localhost");
  draft.forwards.forwards.push_back(
      {.spec = *std::move(spec),
       .max_connections = {},
       .idle_timeout = {},
       .probe = {},
       .obeys_gateway_ports = mode != forward::Mode::remote && !names_an_address});
  return std::nullopt;
}

ssh::AlgorithmNames with_certificates(ssh::AlgorithmNames names) {
  for (auto& name : ssh::AlgorithmNames(names)) names.push_back(name + std::string(ssh::certificate_suffix));
  return names;
}

// Of those that we would have with another OpenSSL: ": mlkem768x25519-sha256 needs ML-KEM, …".
std::string reasons(const ssh::AlgorithmNames& unknown) {
  std::string text;
  for (const auto& name : unknown) {
    if (const auto why = ssh::why_unavailable(name); !why.empty())
      text.append(text.empty() ? ": " : "; ").append(name).append(" ").append(why);
  }
  return text;
}

Said algorithms(Text text, const ssh::AlgorithmNames& ours, std::string& member, Draft& draft) {
  const auto choice = ssh::choose_algorithms(text, ours);
  // Behind "+" and "^" a name is wished for, not demanded: what is ours is offered all the same.
  const bool demanded = !text.starts_with('+') && !text.starts_with('^');
  if (demanded && !choice.forbidden.empty()) {
    return Complaint{"asks for " + joined(choice.forbidden) + ", which is broken and never used",
                     "write some of: " + joined(ours) + "; or update the server"};
  }
  if (choice.names.empty()) {
    return Complaint{"leaves no algorithm that is available" + reasons(choice.unknown),
                     "write some of: " + joined(ours)};
  }
  member = text;
  auto& left_out = draft.unavailable_algorithms;
  for (const auto* names : {&choice.forbidden, &choice.unknown}) {
    for (const auto& name : *names) {
      if (std::ranges::find(left_out, name) == left_out.end()) left_out.push_back(name);
    }
  }
  return std::nullopt;
}

Said ciphers(Text text, Draft& d) {
  return algorithms(text, ssh::algorithm_names(ssh::cipher_names), d.config.ssh.algorithms.cipher, d);
}

Said macs(Text text, Draft& d) {
  return algorithms(text, ssh::algorithm_names(ssh::mac_names), d.config.ssh.algorithms.mac, d);
}

Said key_exchange(Text text, Draft& d) {
  const auto ours = ssh::algorithm_names(ssh::key_exchange_names);
  return algorithms(text, ours, d.config.ssh.algorithms.key_exchange, d);
}

template <auto member>
Said key_algorithms(Text text, Draft& d) {
  const auto ours = with_certificates(ssh::algorithm_names(ssh::host_key_names));
  return algorithms(text, ours, d.config.ssh.algorithms.*member, d);
}

Said one_more_v(Text, Draft& draft) {
  ++draft.verbose;
  return std::nullopt;
}

using enum Treatment;

constexpr std::string_view jump = "name the servers on the way in SSH_JUMP_HOSTS";
constexpr std::string_view no_commands = "towline starts no programs: leave it out";
constexpr std::string_view no_gssapi = "use a key: GSSAPI is not available";
constexpr std::string_view no_master = "leave it out: towline has one session of its own for all forwards";
constexpr std::string_view no_tokens =
    "keys on tokens are not available: use a key file, or an agent through SSH_AUTH_SOCK";
constexpr std::string_view nothing_forwarded = "towline opens no shell on the server: leave it out";
constexpr std::string_view only_forwards = "towline only forwards: leave it out";

// By what they are about: so they are named where a variable decides.
constexpr SshOption option_rows[] = {
    {"HostName", honoured, "", host_name},
    {"HostKeyAlias", honoured, "",
     [](Text t, Draft& d) { return store(parse_connect_host(t), d.config.ssh.host_key.alias); }},
    {"ConnectTimeout", honoured, "SSH_CONNECT_TIMEOUT",
     [](Text t, Draft& d) { return store(parse_positive_duration(t), d.config.ssh.connect_timeout); }},
    {"ProxyJump", honoured, "SSH_JUMP_HOSTS",
     [](Text t, Draft& d) { return store(parse_proxy_jump(t), d.jump_hosts); }},
    {"AddressFamily", honoured, "",
     [](Text t, Draft& d) { return store(parse_address_family(t), d.config.ssh.socket.family); }},
    {"BindAddress", honoured, "",
     [](Text t, Draft& d) { return store(parse_bind_address(t), d.config.ssh.socket.bind_address); }},
    {"BindInterface", honoured, "",
     [](Text t, Draft& d) { return store(parse_bind_interface(t), d.config.ssh.socket.bind_interface); }},
    {"TCPKeepAlive", honoured, "",
     [](Text t, Draft& d) { return store(yes_or_no(t), d.config.ssh.socket.tcp_keepalive); }},
    {"Ciphers", honoured, "", ciphers},
    {"MACs", honoured, "", macs},
    {"KexAlgorithms", honoured, "", key_exchange},
    {"HostKeyAlgorithms", honoured, "", key_algorithms<&ssh::AlgorithmOptions::host_key>},
    {"PubkeyAcceptedAlgorithms", honoured, "", key_algorithms<&ssh::AlgorithmOptions::signature>},
    {"IdentityFile", gathered, "", identity_file},
    {"CertificateFile", gathered, "SSH_CERTIFICATE,SSH_CERTIFICATE_FILE", certificate_file},
    {"IdentityAgent", honoured, "SSH_AUTH_SOCK",
     [](Text t, Draft& d) { return store(parse_identity_agent(t), d.config.ssh.credentials.agent_socket); }},
    {"IdentitiesOnly", honoured, "",
     [](Text t, Draft& d) { return store(yes_or_no(t), d.config.ssh.credentials.identities_only); }},
    {"PubkeyAuthentication", honoured, "",
     [](Text t, Draft& d) { return permit(t, d.config.ssh.credentials.publickey); }},
    {"PasswordAuthentication", honoured, "",
     [](Text t, Draft& d) { return permit(t, d.config.ssh.credentials.password_method); }},
    {"KbdInteractiveAuthentication", honoured, "",
     [](Text t, Draft& d) { return permit(t, d.config.ssh.credentials.keyboard_interactive); }},
    {"PreferredAuthentications", honoured, "", preferred_authentications},
    {"GlobalKnownHostsFile", honoured, "",
     [](Text t, Draft& d) { return store(parse_whole_paths(t), d.config.ssh.host_key.known_hosts_files); }},
    {"UserKnownHostsFile", honoured, "SSH_KNOWN_HOSTS_FILE,SSH_KNOWN_HOSTS,SSH_HOST_KEY_FINGERPRINT",
     [](Text t, Draft& d) { return store(parse_whole_paths(t), d.user_known_hosts_files); }},
    {"LocalForward", gathered, "", one_forward<forward::Mode::local>},
    {"RemoteForward", gathered, "", one_forward<forward::Mode::remote>},
    {"DynamicForward", gathered, "", one_forward<forward::Mode::dynamic>},
    {"GatewayPorts", honoured, "", [](Text t, Draft& d) { return store(yes_or_no(t), d.gateway_ports); }},
    {"StreamLocalBindMask", honoured, "",
     [](Text t, Draft& d) { return store(parse_bind_mask(t), d.main.stream_local.bind_mask); }},
    {"StreamLocalBindUnlink", honoured, "",
     [](Text t, Draft& d) { return store(yes_or_no(t), d.main.stream_local.bind_unlink); }},
    {"LogLevel", honoured, "TOWLINE_LOG_LEVEL",
     [](Text t, Draft& d) { return store(parse_ssh_log_level(t), d.config.log.log_level); }},
    {"-v", gathered, "TOWLINE_LOG_LEVEL", one_more_v},

    {"Port", outranked, "SSH_REMOTE_PORT", only_checked<parse_connect_port>},
    {"ServerAliveCountMax", outranked, "SSH_SERVER_ALIVE_COUNT_MAX", only_checked<parse_ssh_alive_count>},
    {"ServerAliveInterval", outranked, "SSH_SERVER_ALIVE_INTERVAL", only_checked<parse_duration>},
    {"StrictHostKeyChecking", outranked, "SSH_STRICT_HOST_KEY_CHECKING", only_checked<parse_strictness>},
    {"User", outranked, "SSH_REMOTE_USER", only_checked<parse_user>},

    {"ChallengeResponseAuthentication", older_name, "KbdInteractiveAuthentication"},
    {"PubkeyAcceptedKeyTypes", older_name, "PubkeyAcceptedAlgorithms"},

    {"CanonicalizeHostname", refused, "write the server's whole name in SSH_REMOTE_HOST"},
    {"CASignatureAlgorithms", refused, "leave it out: SHA-1 signatures are refused in any case"},
    {"ChannelTimeout", refused, "set TOWLINE_IDLE_TIMEOUT"},
    {"ClearAllForwardings", refused, "leave out the forwards that are not wanted"},
    {"ForwardAgent", refused, nothing_forwarded},
    {"ForwardX11", refused, nothing_forwarded},
    {"ForwardX11Trusted", refused, nothing_forwarded},
    {"GSSAPIAuthentication", refused, no_gssapi},
    {"GSSAPIClientIdentity", refused, no_gssapi},
    {"GSSAPIDelegateCredentials", refused, no_gssapi},
    {"GSSAPIKeyExchange", refused, no_gssapi},
    {"GSSAPIRenewalForcesRekey", refused, no_gssapi},
    {"GSSAPIServerIdentity", refused, no_gssapi},
    {"GSSAPITrustDns", refused, no_gssapi},
    {"HostbasedAuthentication", refused, "use a key: the server cannot be shown this host's key"},
    {"Host", refused, "options for one host make no sense here: leave it out"},
    {"Include", refused, "write the options of that file into SSH_OPTIONS"},
    {"KnownHostsCommand", refused, "put the keys into SSH_KNOWN_HOSTS or a file"},
    {"LocalCommand", refused, no_commands},
    {"Match", refused, "options for some hosts make no sense here: leave it out"},
    {"NoHostAuthenticationForLocalhost", refused, "put the server's key into the known_hosts file"},
    {"PermitLocalCommand", refused, no_commands},
    {"PermitRemoteOpen", refused, "give -R a target; a fixed target needs no allow list"},
    {"PKCS11Provider", refused, no_tokens},
    {"Protocol", refused, "leave it out: only version 2 exists"},
    {"ProxyCommand", refused, jump},
    {"ProxyUseFdpass", refused, jump},
    {"RemoteCommand", refused, only_forwards},
    {"RequiredRSASize", refused, "leave it out: RSA host keys below 1024 bits are refused in any case"},
    {"RevokedHostKeys", refused, "write @revoked lines into the known_hosts file"},
    {"SecurityKeyProvider", refused, no_tokens},
    {"SessionType", refused, only_forwards},
    {"Tag", refused, "no ssh_config is read here: write the options themselves"},
    {"Tunnel", refused, "layer 2 and 3 tunnels are not available: forward ports"},
    {"TunnelDevice", refused, "layer 2 and 3 tunnels are not available: forward ports"},
    {"VerifyHostKeyDNS", refused, "put the server's key into the known_hosts file"},
    // Letters of the command line without a keyword in ssh_config(5).
    {"-1", refused, "leave it out: only version 2 exists"},
    {"-F", refused, "no ssh_config is read here: write the options themselves"},
    {"-G", refused, "`towline config` prints the configuration"},
    {"-M", refused, no_master},
    {"-O", refused, no_master},
    {"-Q", refused, "leave it out"},
    {"-S", refused, no_master},
    {"-V", refused, "`towline version` prints the version"},
    {"-W", refused, "use -L with a port, or SSH_JUMP_HOSTS for the way to another server"},
    {"-s", refused, only_forwards},
};

constexpr Text ignored_names =
    "AddKeysToAgent,BatchMode,CanonicalDomains,CanonicalizeFallbackLocal,CanonicalizeMaxDots,"
    "CanonicalizePermittedCNAMEs,CheckHostIP,Compression,ConnectionAttempts,ControlMaster,ControlPath,"
    "ControlPersist,EnableEscapeCommandline,EnableSSHKeysign,EscapeChar,ExitOnForwardFailure,"
    "FingerprintHash,ForkAfterAuthentication,ForwardX11Timeout,HashKnownHosts,"
    "HostbasedAcceptedAlgorithms,IgnoreUnknown,IPQoS,KbdInteractiveDevices,LogVerbose,"
    "NumberOfPasswordPrompts,ObscureKeystrokeTiming,RekeyLimit,RequestTTY,SendEnv,SetEnv,StdinNull,"
    "SyslogFacility,UpdateHostKeys,UsePrivilegedPort,UseRoaming,VisualHostKey,WarnWeakCrypto,"
    "XAuthLocation,-2,-E,-y";

constexpr SshFlag flag_rows[] = {{'1', "-1", "yes"},
                                 {'2', "-2", "yes"},
                                 {'4', "AddressFamily", "inet"},
                                 {'6', "AddressFamily", "inet6"},
                                 {'A', "ForwardAgent", "yes"},
                                 {'B', "BindInterface"},
                                 {'C', "Compression", "yes"},
                                 {'D', "DynamicForward"},
                                 {'E', "-E"},
                                 {'F', "-F"},
                                 {'G', "-G", "yes"},
                                 {'I', "PKCS11Provider"},
                                 {'J', "ProxyJump"},
                                 {'K', "GSSAPIAuthentication", "yes"},
                                 {'L', "LocalForward"},
                                 {'M', "-M", "yes"},
                                 {'N', "SessionType", "none"},
                                 {'O', "-O"},
                                 {'P', "Tag"},
                                 {'Q', "-Q"},
                                 {'R', "RemoteForward"},
                                 {'S', "-S"},
                                 {'T', "RequestTTY", "no"},
                                 {'V', "-V", "yes"},
                                 {'W', "-W"},
                                 {'X', "ForwardX11", "yes"},
                                 {'Y', "ForwardX11Trusted", "yes"},
                                 {'a', "ForwardAgent", "no"},
                                 {'b', "BindAddress"},
                                 {'c', "Ciphers"},
                                 {'e', "EscapeChar"},
                                 {'f', "ForkAfterAuthentication", "yes"},
                                 {'g', "GatewayPorts", "yes"},
                                 {'i', "IdentityFile"},
                                 {'k', "GSSAPIDelegateCredentials", "no"},
                                 {'l', "User"},
                                 {'m', "MACs"},
                                 {'n', "StdinNull", "yes"},
                                 {'p', "Port"},
                                 {'q', "LogLevel", "QUIET"},
                                 {'s', "-s", "yes"},
                                 {'t', "RequestTTY", "yes"},
                                 {'v', "-v", "yes"},
                                 {'w', "Tunnel"},
                                 {'x', "ForwardX11", "no"},
                                 {'y', "-y", "yes"}};

std::vector<SshOption> whole_option_table() {
  std::vector<SshOption> table(std::begin(option_rows), std::end(option_rows));
  for (auto names = ignored_names; !names.empty();) table.push_back({text::take_listed(names), ignored});
  return table;
}

}  // namespace

std::span<const SshOption> ssh_options() {
  static const auto table = whole_option_table();
  return table;
}

const SshOption* find_ssh_option(std::string_view name) {
  const auto same = [&](const SshOption& option) {
    return name.starts_with('-') ? option.name == name : equal_ignoring_case(option.name, name);
  };
  const auto found = std::ranges::find_if(ssh_options(), same);
  if (found == ssh_options().end()) return nullptr;
  return found->treatment == older_name ? find_ssh_option(found->text) : &*found;
}

const SshFlag* find_ssh_flag(char letter) {
  const auto* found = std::ranges::find(flag_rows, letter, &SshFlag::letter);
  return found == std::end(flag_rows) ? nullptr : found;
}

}  // namespace towline::config
