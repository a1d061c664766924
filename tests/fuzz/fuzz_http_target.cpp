// What stands in a request: its target in the first line, Accept, Host and Origin in the second.
#include "admin/accept.hpp"
#include "admin/control.hpp"
#include "admin/door.hpp"
#include "admin/target.hpp"
#include "expect.hpp"

#include <algorithm>

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of({data, size});
  const auto line = text.substr(0, text.find('\n'));
  const auto field = text.substr(std::min(line.size() + 1, size));
  if (const auto target = admin::parse_target(line)) {
    require(target->path.starts_with('/') && target->path.size() <= line.size());
    for (const auto& name : target->excluded) require(name.size() <= line.size());
  }
  (void)admin::negotiate_exposition(field);
  (void)admin::prefers_json(field);

  bool ordered = false;
  const admin::ControlOrders orders{.quit = [&] { ordered = true; },
                                    .reload = [&] { ordered = true; },
                                    .reconnect = [&](std::string_view) { return ordered = true; },
                                    .set_level = [&](observe::Level) { ordered = true; }};
  const admin::Request request{
      .method = "POST", .target = line, .accept = field, .host = field, .origin = field, .body = field};
  const auto response = admin::respond_control(request, orders);
  require(!ordered || response.status < 400);
  // A browser does not reach a unix socket: what is foreign there is so on loopback.
  require(!admin::is_foreign(request, {admin::Reach::unix_socket}) ||
          admin::is_foreign(request, {admin::Reach::loopback}));
  return 0;
}
