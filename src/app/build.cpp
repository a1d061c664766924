#include "app/build.hpp"

#include "build_info.hpp"
#include "ssh/transport/client/library.hpp"

#include <boost/json.hpp>

namespace towline::app {

std::string_view version() { return build_info::version; }
std::string_view revision() { return build_info::revision; }
std::string_view sanitizers() { return build_info::sanitizers; }

observe::BuildInfo build_info() {
  return {std::string(version()), std::string(revision()), std::string(build_info::libssh2_version),
          ssh::crypto_version_text()};
}

std::string version_json() {
  const auto info = build_info();
  const boost::json::object all{{"version", info.version},
                                {"revision", info.revision},
                                {"compiler", build_info::compiler},
                                {"libssh2", info.libssh2},
                                {"libssh", build_info::libssh_version},
                                {"openssl", info.crypto}};
  return boost::json::serialize(all) + '\n';
}

std::string version_text() {
  const auto info = build_info();
  return "towline " + info.version + "\nrevision " + info.revision + "\ncompiler " +
         std::string(build_info::compiler) + "\nlibssh2 " + info.libssh2 + "\nlibssh " +
         std::string(build_info::libssh_version) + "\nOpenSSL " + info.crypto + "\n";
}

}  // namespace towline::app
