#include "config/ssh_option_table.hpp"

#include "config/parse.hpp"

#include <algorithm>
#include <iterator>

namespace towline::config {

namespace {

using enum Treatment;

constexpr std::string_view jump = "name the servers on the way in SSH_JUMP_HOSTS";
constexpr std::string_view no_commands = "towline starts no programs: leave it out";
constexpr std::string_view no_gssapi = "use a key: GSSAPI is not available";
constexpr std::string_view no_master = "leave it out: towline has one session of its own for all forwards";
constexpr std::string_view no_tokens =
    "keys on tokens are not available: use a key file, or an agent through SSH_AUTH_SOCK";
constexpr std::string_view nothing_forwarded = "towline opens no shell on the server: leave it out";
constexpr std::string_view only_forwards = "towline only forwards: leave it out";

constexpr SshOption option_rows[] = {
    {"AddKeysToAgent", ignored},
    {"AddressFamily", honoured},
    {"BatchMode", ignored},
    {"BindAddress", honoured},
    {"BindInterface", honoured},
    {"CanonicalDomains", ignored},
    {"CanonicalizeFallbackLocal", ignored},
    {"CanonicalizeHostname", refused, "write the server's whole name in SSH_REMOTE_HOST"},
    {"CanonicalizeMaxDots", ignored},
    {"CanonicalizePermittedCNAMEs", ignored},
    {"CASignatureAlgorithms", refused, "leave it out: SHA-1 signatures are refused in any case"},
    {"CertificateFile", honoured},
    {"ChallengeResponseAuthentication", honoured},
    {"ChannelTimeout", refused, "set TOWLINE_IDLE_TIMEOUT"},
    {"CheckHostIP", ignored},
    {"Ciphers", honoured},
    {"ClearAllForwardings", refused, "leave out the forwards that are not wanted"},
    {"Compression", ignored},
    {"ConnectionAttempts", ignored},
    {"ConnectTimeout", honoured},
    {"ControlMaster", ignored},
    {"ControlPath", ignored},
    {"ControlPersist", ignored},
    {"DynamicForward", honoured},
    {"EnableEscapeCommandline", ignored},
    {"EnableSSHKeysign", ignored},
    {"EscapeChar", ignored},
    {"ExitOnForwardFailure", ignored},
    {"FingerprintHash", ignored},
    {"ForkAfterAuthentication", ignored},
    {"ForwardAgent", refused, nothing_forwarded},
    {"ForwardX11", refused, nothing_forwarded},
    {"ForwardX11Timeout", ignored},
    {"ForwardX11Trusted", refused, nothing_forwarded},
    {"GatewayPorts", honoured},
    {"GlobalKnownHostsFile", honoured},
    {"GSSAPIAuthentication", refused, no_gssapi},
    {"GSSAPIClientIdentity", refused, no_gssapi},
    {"GSSAPIDelegateCredentials", refused, no_gssapi},
    {"GSSAPIKeyExchange", refused, no_gssapi},
    {"GSSAPIRenewalForcesRekey", refused, no_gssapi},
    {"GSSAPIServerIdentity", refused, no_gssapi},
    {"GSSAPITrustDns", refused, no_gssapi},
    {"HashKnownHosts", ignored},
    {"HostbasedAcceptedAlgorithms", ignored},
    {"HostbasedAuthentication", refused, "use a key: the server cannot be shown this host's key"},
    {"Host", refused, "options for one host make no sense here: leave it out"},
    {"HostKeyAlgorithms", honoured},
    {"HostKeyAlias", honoured},
    {"HostName", honoured},
    {"IdentitiesOnly", honoured},
    {"IdentityAgent", honoured},
    {"IdentityFile", honoured},
    {"IgnoreUnknown", ignored},
    {"Include", refused, "write the options of that file into SSH_OPTIONS"},
    {"IPQoS", ignored},
    {"KbdInteractiveAuthentication", honoured},
    {"KbdInteractiveDevices", ignored},
    {"KexAlgorithms", honoured},
    {"KnownHostsCommand", refused, "put the keys into SSH_KNOWN_HOSTS or a file"},
    {"LocalCommand", refused, no_commands},
    {"LocalForward", honoured},
    {"LogLevel", honoured},
    {"LogVerbose", ignored},
    {"MACs", honoured},
    {"Match", refused, "options for some hosts make no sense here: leave it out"},
    {"NoHostAuthenticationForLocalhost", refused, "put the server's key into the known_hosts file"},
    {"NumberOfPasswordPrompts", ignored},
    {"ObscureKeystrokeTiming", ignored},
    {"PasswordAuthentication", honoured},
    {"PermitLocalCommand", refused, no_commands},
    {"PermitRemoteOpen", refused, "give -R a target; a fixed target needs no allow list"},
    {"PKCS11Provider", refused, no_tokens},
    {"Port", outranked, "SSH_REMOTE_PORT"},
    {"PreferredAuthentications", honoured},
    {"Protocol", refused, "leave it out: only version 2 exists"},
    {"ProxyCommand", refused, jump},
    {"ProxyJump", honoured},
    {"ProxyUseFdpass", refused, jump},
    {"PubkeyAcceptedAlgorithms", honoured},
    {"PubkeyAcceptedKeyTypes", honoured},
    {"PubkeyAuthentication", honoured},
    {"RekeyLimit", ignored},
    {"RemoteCommand", refused, only_forwards},
    {"RemoteForward", honoured},
    {"RequestTTY", ignored},
    {"RequiredRSASize", refused, "leave it out: RSA host keys below 1024 bits are refused in any case"},
    {"RevokedHostKeys", refused, "write @revoked lines into the known_hosts file"},
    {"SecurityKeyProvider", refused, no_tokens},
    {"SendEnv", ignored},
    {"ServerAliveCountMax", outranked, "SSH_SERVER_ALIVE_COUNT_MAX"},
    {"ServerAliveInterval", outranked, "SSH_SERVER_ALIVE_INTERVAL"},
    {"SessionType", refused, only_forwards},
    {"SetEnv", ignored},
    {"StdinNull", ignored},
    {"StreamLocalBindMask", honoured},
    {"StreamLocalBindUnlink", honoured},
    {"StrictHostKeyChecking", outranked, "SSH_STRICT_HOST_KEY_CHECKING"},
    {"SyslogFacility", ignored},
    {"Tag", refused, "no ssh_config is read here: write the options themselves"},
    {"TCPKeepAlive", honoured},
    {"Tunnel", refused, "layer 2 and 3 tunnels are not available: forward ports"},
    {"TunnelDevice", refused, "layer 2 and 3 tunnels are not available: forward ports"},
    {"UpdateHostKeys", ignored},
    {"UsePrivilegedPort", ignored},
    {"User", outranked, "SSH_REMOTE_USER"},
    {"UserKnownHostsFile", honoured},
    {"UseRoaming", ignored},
    {"VerifyHostKeyDNS", refused, "put the server's key into the known_hosts file"},
    {"VisualHostKey", ignored},
    {"WarnWeakCrypto", ignored},
    {"XAuthLocation", ignored},
    // Letters of the command line without a keyword in ssh_config(5).
    {"-1", refused, "leave it out: only version 2 exists"},
    {"-2", ignored},
    {"-E", ignored},
    {"-F", refused, "no ssh_config is read here: write the options themselves"},
    {"-G", refused, "`towline config` prints the configuration"},
    {"-M", refused, no_master},
    {"-O", refused, no_master},
    {"-Q", refused, "leave it out"},
    {"-S", refused, no_master},
    {"-V", refused, "`towline version` prints the version"},
    {"-W", refused, "use -L with a port, or SSH_JUMP_HOSTS for the way to another server"},
    {"-s", refused, only_forwards},
    {"-v", honoured},
    {"-y", ignored},
};

constexpr SshFlag flag_rows[] = {
    {'1', false, "-1", "yes"},
    {'2', false, "-2", "yes"},
    {'4', false, "AddressFamily", "inet"},
    {'6', false, "AddressFamily", "inet6"},
    {'A', false, "ForwardAgent", "yes"},
    {'B', true, "BindInterface"},
    {'C', false, "Compression", "yes"},
    {'D', true, "DynamicForward"},
    {'E', true, "-E"},
    {'F', true, "-F"},
    {'G', false, "-G", "yes"},
    {'I', true, "PKCS11Provider"},
    {'J', true, "ProxyJump"},
    {'K', false, "GSSAPIAuthentication", "yes"},
    {'L', true, "LocalForward"},
    {'M', false, "-M", "yes"},
    {'N', false, "SessionType", "none"},
    {'O', true, "-O"},
    {'P', true, "Tag"},
    {'Q', true, "-Q"},
    {'R', true, "RemoteForward"},
    {'S', true, "-S"},
    {'T', false, "RequestTTY", "no"},
    {'V', false, "-V", "yes"},
    {'W', true, "-W"},
    {'X', false, "ForwardX11", "yes"},
    {'Y', false, "ForwardX11Trusted", "yes"},
    {'a', false, "ForwardAgent", "no"},
    {'b', true, "BindAddress"},
    {'c', true, "Ciphers"},
    {'e', true, "EscapeChar"},
    {'f', false, "ForkAfterAuthentication", "yes"},
    {'g', false, "GatewayPorts", "yes"},
    {'i', true, "IdentityFile"},
    {'k', false, "GSSAPIDelegateCredentials", "no"},
    {'l', true, "User"},
    {'m', true, "MACs"},
    {'n', false, "StdinNull", "yes"},
    {'p', true, "Port"},
    {'q', false, "LogLevel", "QUIET"},
    {'s', false, "-s", "yes"},
    {'t', false, "RequestTTY", "yes"},
    {'v', false, "-v", "yes"},
    {'w', true, "Tunnel"},
    {'x', false, "ForwardX11", "no"},
    {'y', false, "-y", "yes"},
};

}  // namespace

std::span<const SshOption> ssh_options() { return option_rows; }

bool is_same_option(std::string_view a, std::string_view b) {
  return a.starts_with('-') ? a == b : equal_ignoring_case(a, b);
}

const SshOption* find_ssh_option(std::string_view name) {
  const auto same = [&](const SshOption& option) { return is_same_option(option.name, name); };
  const auto* found = std::ranges::find_if(option_rows, same);
  return found == std::end(option_rows) ? nullptr : found;
}

const SshFlag* find_ssh_flag(char letter) {
  const auto* found = std::ranges::find(flag_rows, letter, &SshFlag::letter);
  return found == std::end(flag_rows) ? nullptr : found;
}

}  // namespace towline::config
