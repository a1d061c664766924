#include "config/endpoint.hpp"

#include "config/combinations.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace towline::config {

namespace {

using forward::ForwardSpec;
using forward::Mode;

constexpr std::string_view remedies =
    "set TOWLINE_AUTHORIZED_KEYS_FILE, TOWLINE_USER_CA_KEYS_FILE, TOWLINE_PASSWORDS_FILE or "
    "TOWLINE_AUTH_URL, or "
    "listen on 127.0.0.1 or a unix socket";

constexpr std::array public_key_variables = {"TOWLINE_AUTHORIZED_KEYS", "TOWLINE_AUTHORIZED_KEYS_FILE",
                                             "TOWLINE_USER_CA_KEYS", "TOWLINE_USER_CA_KEYS_FILE"};
constexpr const char* passwords_variable = "TOWLINE_PASSWORDS_FILE";
constexpr const char* url_variable = "TOWLINE_AUTH_URL";
constexpr const char* listen_variable_name = "TOWLINE_SSH_LISTEN";

// The system's own, where distributions have them.
constexpr std::array authorities_files = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora
    "/etc/ssl/ca-bundle.pem",              // openSUSE
    "/etc/ssl/cert.pem",                   // Alpine without the package
};

bool has_share(const Config& config) { return std::ranges::any_of(config.forwards, forward::is_share); }
bool has_endpoint(const Config& config) { return std::ranges::any_of(config.forwards, forward::is_endpoint); }

// By whatever was written, also if it was refused: that has its own problem.
LoginMethods given_methods(const Reading& reading) {
  const auto is_written = [&](const char* name) { return reading.is_written(name); };
  const bool is_asked = is_written(url_variable);
  return {.publickey = is_asked || std::ranges::any_of(public_key_variables, is_written),
          .password = is_asked || is_written(passwords_variable)};
}

void check_endpoint_files(const Reading& reading, const InspectFile& inspect, Findings& findings) {
  const auto is_to_check = [&](std::string_view name) {
    return reading.is_written(name) && !findings.has_problem_with(name);
  };
  const auto& draft = reading.draft;
  const auto& login = draft.config.endpoint.ssh.login;
  if (is_to_check("TOWLINE_HOST_KEY_FILE")) {
    for (const auto& file : draft.host_key_files)
      check_file("TOWLINE_HOST_KEY_FILE", file, inspect, findings);
  }
  if (is_to_check("TOWLINE_HOST_CERTIFICATE_FILE")) {
    for (const auto& file : draft.host_certificate_files)
      check_file("TOWLINE_HOST_CERTIFICATE_FILE", file, inspect, findings);
  }
  if (is_to_check("TOWLINE_AUTHORIZED_KEYS_FILE"))
    check_file_or_folder("TOWLINE_AUTHORIZED_KEYS_FILE", login.authorized_keys.file, inspect, findings);
  if (is_to_check(passwords_variable))
    check_file(passwords_variable, login.passwords.file, inspect, findings);
  if (is_to_check("TOWLINE_AUTH_CA_FILE"))
    check_file("TOWLINE_AUTH_CA_FILE", draft.login_authorities_file, inspect, findings);
}

// Who would be asked without being verified is not asked: nothing is left to say no.
void settle_login_url(Reading& reading, const InspectFile& inspect, Findings& findings) {
  auto& draft = reading.draft;
  auto& url = draft.config.endpoint.login_url;
  url.token = {.file = draft.login_token_file, .text = draft.login_token};
  url.authorities_file = draft.login_authorities_file;
  if (!url.tls || !url.authorities_file.empty() || findings.has_problem_with("TOWLINE_AUTH_CA_FILE")) return;
  const auto found = std::ranges::find_if(authorities_files, [&](const char* file) {
    const auto facts = inspect(file);
    return facts.kind == FileKind::regular && facts.readable;
  });
  if (found != authorities_files.end()) {
    url.authorities_file = *found;
    reading.show("TOWLINE_AUTH_CA_FILE", *found);
  } else if (has_endpoint(draft.config)) {
    findings.refuse(url_variable, "is https, and there are no certificates of authorities to verify it with",
                    "name a file of them in TOWLINE_AUTH_CA_FILE, or mount it at " +
                        std::string(authorities_files.front()));
  }
}

// Sessions of -S are its own and no threads; -R lives on the first.
void settle_upstreams(const Reading& reading, Config& config) {
  const auto shares_pool = [](const ForwardSpec& spec) {
    return spec.mode == Mode::local || spec.mode == Mode::dynamic;
  };
  if (reading.is_written("SSH_CONNECTIONS"))
    config.share.upstreams_max = static_cast<std::size_t>(config.pool.connections);
  if (has_share(config) && std::ranges::none_of(config.forwards, shares_pool)) config.pool.connections = 1;
}

bool has_problem_with_any(const Findings& findings, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](const auto name) { return findings.has_problem_with(name); });
}

void settle_own_host_key(Draft& draft, const InspectFile& inspect, const Findings& findings) {
  auto& endpoint = draft.config.endpoint;
  if (draft.host_certificate)
    endpoint.host_certificates.push_back({.file = {}, .text = draft.host_certificate});
  for (const auto& file : draft.host_certificate_files)
    endpoint.host_certificates.push_back({.file = file, .text = {}});
  if (draft.host_key) {
    endpoint.host_keys.push_back({.file = {}, .text = draft.host_key});
    return;
  }
  for (const auto& file : draft.host_key_files) endpoint.host_keys.push_back({.file = file, .text = {}});
  if (!has_endpoint(draft.config) || !endpoint.host_keys.empty()) return;
  if (has_problem_with_any(findings, {"TOWLINE_HOST_KEY", "TOWLINE_HOST_KEY_FILE", "TOWLINE_STATE_DIR"}))
    return;
  const auto folder = inspect(draft.state_dir);
  if (folder.kind == FileKind::directory && folder.writable)
    endpoint.kept_host_key = draft.state_dir + "/ssh_host_ed25519_key";
}

std::string text_of(const LoginMethods& methods) {
  std::string text;
  const auto add = [&text](bool offered, const char* word) {
    if (offered) text += (text.empty() ? "" : ",") + std::string(word);
  };
  add(methods.publickey, "publickey");
  add(methods.password, "password");
  add(methods.none, "none");
  return text;
}

void settle_login_methods(Reading& reading, const Findings& findings) {
  auto& draft = reading.draft;
  if (!has_endpoint(draft.config) || findings.has_problem_with("TOWLINE_AUTH")) return;
  auto methods = given_methods(reading);
  if (methods == LoginMethods()) methods.none = true;
  methods = draft.login_methods.value_or(methods);
  auto& login = draft.config.endpoint.ssh.login;
  login.publickey = methods.publickey;
  login.password = methods.password;
  login.none = methods.none;
  login.service = reading.is_written(url_variable) && (methods.publickey || methods.password);
  if (!draft.login_methods) reading.show("TOWLINE_AUTH", text_of(methods), Source::built_in);
}

class EndpointRules {
 public:
  EndpointRules(const Reading& reading, Findings& findings)
      : reading_(reading), draft_(reading.draft), findings_(findings) {}

  void check(const Env& env) {
    where();
    if (!has_endpoint(draft_.config)) return without_endpoint();
    host_key();
    if (!findings_.has_problem_with("TOWLINE_AUTH")) {
      methods();
      open_to_everybody();
    }
    service();
    of_other_images(env);
  }

 private:
  // Unless it may be a -S that could not be read.
  void without_endpoint() {
    if (findings_.has_problem_with("SSH_MODE") || findings_.has_problem_with("SSH_FORWARDS")) return;
    for (const Field& field : fields()) {
      const bool is_listen = field.name == listen_variable_name;
      if (field.section == Section::endpoint && !is_listen && reading_.is_written(field.name))
        findings_.warn(field.name, "has no effect without a forward of -S");
    }
  }

  void host_key() {
    const auto& endpoint = draft_.config.endpoint;
    if (!endpoint.host_keys.empty() || !endpoint.kept_host_key.empty()) return;
    if (has_problem_with_any(findings_, {"TOWLINE_HOST_KEY", "TOWLINE_HOST_KEY_FILE", "TOWLINE_STATE_DIR"}))
      return;
    findings_.warn("TOWLINE_HOST_KEY_FILE", "no host key is given, and none can be kept in " +
                                                quoted_value(draft_.state_dir) +
                                                ": clients see another one after every start");
  }

  void methods() {
    const auto& named = draft_.login_methods;
    if (!named) return;
    const auto given = given_methods(reading_);
    if (named->publickey && !given.publickey)
      findings_.refuse("TOWLINE_AUTH", "names publickey, but no public keys are given",
                       "set TOWLINE_AUTHORIZED_KEYS_FILE, TOWLINE_USER_CA_KEYS_FILE or TOWLINE_AUTH_URL");
    if (named->password && !given.password)
      findings_.refuse("TOWLINE_AUTH", "names password, but no passwords are given",
                       "set TOWLINE_PASSWORDS_FILE or TOWLINE_AUTH_URL");
    if (named->none && (named->publickey || named->password))
      findings_.warn("TOWLINE_AUTH", "names none: everybody is let in, whatever else it names");
    for (const auto* name : public_key_variables) not_named(name, named->publickey, "publickey");
    not_named(passwords_variable, named->password, "password");
    not_named(url_variable, named->publickey || named->password, "publickey or password");
  }

  void not_named(const char* variable, bool is_named, const char* method) {
    if (is_named || !reading_.is_written(variable)) return;
    findings_.warn(variable, std::string("has no effect: TOWLINE_AUTH does not name ") + method);
  }

  void service() {
    const auto& url = draft_.config.endpoint.login_url;
    if (!reading_.is_written(url_variable)) {
      for (const auto* name : {"TOWLINE_AUTH_TOKEN", "TOWLINE_AUTH_TOKEN_FILE", "TOWLINE_AUTH_CA_FILE"}) {
        if (reading_.is_written(name)) findings_.warn(name, "has no effect without TOWLINE_AUTH_URL");
      }
      return;
    }
    if (url.tls || findings_.has_problem_with(url_variable)) return;
    if (reading_.is_written("TOWLINE_AUTH_CA_FILE"))
      findings_.warn("TOWLINE_AUTH_CA_FILE", "has no effect: TOWLINE_AUTH_URL is http");
    if (!is_loopback(url.where.host))
      findings_.warn(url_variable, "is http: whoever is on the way to " + quoted_value(url.where.host) +
                                       " reads passwords and may answer yes; use https");
  }

  // -S is a forward, and has the variables of one.
  void where() {
    if (!reading_.is_written(listen_variable_name) || findings_.has_problem_with("SSH_MODE")) return;
    if (draft_.mode.mode != Mode::expose)
      findings_.warn(listen_variable_name, "has no effect without SSH_MODE=expose");
  }

  void open_to_everybody() {
    if (!draft_.config.endpoint.ssh.login.none) return;
    const auto& forwards = draft_.config.forwards;
    for (std::size_t i = 0; i < forwards.size(); ++i) {
      const auto& spec = forwards[i];
      if (is_share(spec))
        open_to_everybody(spec.name, {spec.listen, spec.listen_path}, listen_variable(draft_, i));
      if (!is_expose(spec)) continue;
      for (const auto& place : draft_.config.endpoint.listen)
        open_to_everybody(spec.name, place, listen_variable_name);
    }
  }

  void open_to_everybody(const std::string& name, const endpoint::ListenPlace& place,
                         std::string_view variable) {
    if (!place.path.empty() || is_loopback(place.address.host)) return;
    const auto where = name + " listens on " +
                       (place.address.host.empty() ? "every address" : net::to_string(place.address));
    if (draft_.login_methods) {
      findings_.refuse("TOWLINE_AUTH", "names none, but " + where + ": everybody could log in",
                       std::string(remedies));
    } else {
      findings_.refuse(variable, where + ", and everybody could log in", std::string(remedies));
    }
  }

  void of_other_images(const Env& env) {
    for (const std::string name : {"AUTHORIZED_KEYS", "AUTHORIZED_KEYS_FILE"}) {
      if (!env.get(name) || given_methods(reading_).publickey) continue;
      auto text = name + " is not a variable of towline and has no effect; did you mean TOWLINE_";
      findings_.warn(name, text.append(name).append("?"));
    }
  }

  const Reading& reading_;
  const Draft& draft_;
  Findings& findings_;
};

}  // namespace

void settle_endpoint(Reading& reading, const InspectFile& inspect, Findings& findings) {
  auto& config = reading.draft.config;
  config.endpoint.ssh.keepalive = config.ssh.keepalive;
  if (std::ranges::none_of(config.forwards, forward::is_expose)) {
    config.endpoint.listen.clear();
    if (!reading.is_written(listen_variable_name)) reading.show(listen_variable_name, "");
  }
  check_endpoint_files(reading, inspect, findings);
  settle_upstreams(reading, config);
  settle_own_host_key(reading.draft, inspect, findings);
  settle_login_url(reading, inspect, findings);
  settle_login_methods(reading, findings);
}

void check_endpoint(const Env& env, const Reading& reading, Findings& findings) {
  EndpointRules(reading, findings).check(env);
}

}  // namespace towline::config
