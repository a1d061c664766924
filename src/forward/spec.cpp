#include "forward/spec.hpp"

namespace towline::forward {

std::string listen_text(const ForwardSpec& spec) {
  return spec.listen_path.empty() ? net::to_string(spec.listen) : spec.listen_path;
}

std::string connect_text(const ForwardSpec& spec) {
  if (spec.mode == Mode::dynamic) return "socks";
  if (spec.mode == Mode::share) return "ssh";
  if (spec.mode == Mode::expose) return "clients";
  return spec.connect_path.empty() ? net::to_string(spec.connect) : spec.connect_path;
}

}  // namespace towline::forward
