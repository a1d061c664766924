#include "config/loopback_only.hpp"

#include <cstddef>
#include <string>

namespace towline::config {

namespace {

using forward::ForwardSpec;

bool only_loopback_reaches(const ForwardSpec& spec) {
  return spec.mode != forward::Mode::remote && spec.listen_path.empty() && is_loopback(spec.listen.host);
}

}  // namespace

std::vector<Warning> loopback_only(const Draft& draft) {
  std::vector<Warning> warnings;
  const auto& forwards = draft.config.forwards;
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    if (!only_loopback_reaches(forwards[i])) continue;
    auto open = forwards[i];
    open.listen.host = open.listen.host == "::1" ? "::" : "0.0.0.0";
    const bool listed = i + draft.forwards.forwards.size() >= forwards.size();  // those stand last
    std::string variable = "SSH_BIND_IP";
    std::string remedy = "set SSH_BIND_IP=" + open.listen.host;
    if (listed) {
      variable = "SSH_FORWARDS";
      remedy = "write " + spec_text(open);
    } else if (draft.mode.listen) {
      variable = "SSH_MODE";
      remedy = "set SSH_MODE=\"" + spec_text(open) + '"';
    }
    warnings.push_back({variable, "only this container can reach " + net::to_string(forwards[i].listen) +
                                      "; for others " + remedy});
  }
  return warnings;
}

}  // namespace towline::config
