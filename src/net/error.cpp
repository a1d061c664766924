#include "net/error.hpp"

#include <boost/system/errc.hpp>

#include <string>

namespace towline::net {

namespace {

class NetCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "net"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::name_not_found: return "name not found";
      case errc::no_address: return "name has no address";
      case errc::name_server_failed: return "name server failed";
      case errc::resolve_timed_out: return "no answer from the name server in time";
      case errc::connect_timed_out: return "connection timed out";
      case errc::stale_socket: return "a socket is left there and nobody listens on it";
      case errc::not_a_socket: return "a file that is not a socket is in the way";
    }
    return "unknown network error";
  }
};

}  // namespace

const boost::system::error_category& net_category() noexcept {
  static const NetCategory category;
  return category;
}

bool is_resource_shortage(const boost::system::error_code& code) {
  namespace system_errc = boost::system::errc;
  return code == system_errc::too_many_files_open || code == system_errc::too_many_files_open_in_system ||
         code == system_errc::no_buffer_space || code == system_errc::not_enough_memory;
}

}  // namespace towline::net
