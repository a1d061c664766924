// What the entrance tells of visitors; called on its io_context.
#pragma once

#include "async/result.hpp"
#include "expose/web/hosts.hpp"
#include "expose/web/no_way.hpp"

#include <optional>

namespace towline::expose::web {

class Observer {
 public:
  virtual ~Observer() = default;

  // Is over; `why` where it got a page of ours, or the connection was closed for it (status 0).
  virtual void on_request(const RequestLine& line, std::optional<NoWay> why) = 0;
  // Was not let in, or said nothing that is a request: `detail` is ours.
  virtual void on_refused(const Visitor& visitor, NoWay why, std::string_view detail) = 0;
  virtual void on_no_handshake(const Visitor& visitor, const Failure& why) = 0;
  // A socket could not be accepted; it is tried again.
  virtual void on_not_accepted(const error_code& why) = 0;
};

}  // namespace towline::expose::web
