#include "config/exposing.hpp"

#include "config/without_upstream.hpp"

#include <string>

namespace towline::config {

namespace {

constexpr const char* domain_variable = "TOWLINE_EXPOSE_DOMAIN";
constexpr const char* folder_variable = "TOWLINE_TLS_DIR";
constexpr const char* http_variable = "TOWLINE_HTTP_LISTEN";
constexpr const char* https_variable = "TOWLINE_HTTPS_LISTEN";

// Each in a folder of its own, and the folder itself may still be filled.
void check_tls_folder(const Reading& reading, const InspectFile& inspect, Findings& findings) {
  if (!reading.is_written(folder_variable) || findings.has_problem_with(folder_variable)) return;
  const auto facts = inspect(reading.draft.config.expose.tls_folder);
  if (facts.kind == FileKind::directory) return;
  findings.refuse(folder_variable, facts.kind == FileKind::absent ? "does not exist" : "is no folder",
                  "name the folder that holds tls.crt and tls.key");
}

class ExposingRules {
 public:
  ExposingRules(const Reading& reading, Findings& findings)
      : reading_(reading), options_(reading.draft.config.expose), findings_(findings) {}

  void check() {
    if (findings_.has_problem_with("SSH_MODE")) return;
    if (has_upstream(reading_.draft)) return without_entrance();
    if (options_.names.domain.empty()) without_domain();
    listeners();
    policies();
  }

 private:
  bool is_written(std::string_view name) const { return reading_.is_written(name); }

  void without_entrance() {
    for (const Field& field : fields()) {
      if (field.section == Section::expose && is_written(field.name))
        findings_.warn(field.name, "has no effect without SSH_MODE=expose");
    }
  }

  void without_domain() {
    if (findings_.has_problem_with(domain_variable)) return;
    for (const auto* name : {http_variable, https_variable, folder_variable, "TOWLINE_EXPOSE_NAMES",
                             "TOWLINE_EXPOSE_FORCE_HTTPS", "TOWLINE_EXPOSE_HSTS"}) {
      if (is_written(name))
        findings_.warn(name, "has no effect without TOWLINE_EXPOSE_DOMAIN: there are no host names");
    }
    if (!options_.names.ports && !options_.names.allowed.alias)
      findings_.refuse("TOWLINE_EXPOSE_ALLOW",
                       "leaves clients nothing to offer: there is no domain and no port",
                       "set TOWLINE_EXPOSE_DOMAIN, or allow alias");
  }

  void listeners() {
    const bool has_certificates = !options_.tls_folder.empty();
    if (options_.force_https && !has_certificates)
      findings_.refuse("TOWLINE_EXPOSE_FORCE_HTTPS", "is set, and there are no certificates for HTTPS",
                       "set TOWLINE_TLS_DIR");
    if (options_.hsts.count() > 0 && !has_certificates)
      findings_.refuse("TOWLINE_EXPOSE_HSTS", "is set, and there are no certificates for HTTPS",
                       "set TOWLINE_TLS_DIR");
    if (is_written(https_variable) && !has_certificates && options_.https_listen)
      findings_.warn(https_variable, options_.names.allowed.sni
                                         ? "is for clients with certificates of their own (sni-proxy) alone: "
                                           "there is no TOWLINE_TLS_DIR"
                                         : "has no effect without TOWLINE_TLS_DIR");
    if (has_certificates && !options_.https_listen)
      findings_.warn(folder_variable, "has no effect: TOWLINE_HTTPS_LISTEN is off");
  }

  void policies() {
    if (is_written("TOWLINE_EXPOSE_BALANCE") && options_.directory.same_name != expose::SameName::balance)
      findings_.warn("TOWLINE_EXPOSE_BALANCE", "has no effect: TOWLINE_EXPOSE_SAME_NAME is not balance");
    if (is_written("TOWLINE_EXPOSE_BIND") && !(options_.names.ports && options_.names.allowed.tcp))
      findings_.warn("TOWLINE_EXPOSE_BIND", "has no effect: clients may have no TCP ports");
  }

  const Reading& reading_;
  const expose::Options& options_;
  Findings& findings_;
};

}  // namespace

void settle_exposing(Reading& reading, const InspectFile& inspect, Findings& findings) {
  auto& options = reading.draft.config.expose;
  if (has_upstream(reading.draft)) {
    options.http_listen.reset();
    options.https_listen.reset();
    return;
  }
  check_tls_folder(reading, inspect, findings);
  const bool has_hosts = !options.names.domain.empty();
  const bool has_https =
      !options.tls_folder.empty() || (reading.is_written(https_variable) && options.names.allowed.sni);
  if (!has_hosts) {
    options.http_listen.reset();
    if (!reading.is_written(http_variable)) reading.show(http_variable, "off", Source::built_in);
  }
  if (!has_hosts || !has_https) {
    options.https_listen.reset();
    if (!reading.is_written(https_variable)) reading.show(https_variable, "off", Source::built_in);
  }
}

void check_exposing(const Reading& reading, Findings& findings) { ExposingRules(reading, findings).check(); }

}  // namespace towline::config
