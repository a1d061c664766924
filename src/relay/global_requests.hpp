// Global requests of connections, asked on another one as they are.
#pragma once

#include "ssh/session/connection.hpp"

#include <list>

namespace towline::relay {

// Which of them may be asked on is decided before. Not thread-safe; all connections are on one io_context.
class GlobalRequests {
 public:
  // `there` outlives it.
  explicit GlobalRequests(ssh::Connection& there) : there_(there) {}

  // What `here` asks for, with its payload; it is answered when `there` has answered. keepalive@openssh.com
  // is a question to us, and answered by us.
  void ask(ssh::Connection& here, const ssh::connection::GlobalRequest& request);
  // What `there` answers. False: it was not asked here.
  bool on_reply(const ssh::connection::GlobalReply& reply);
  // `here` is over, and takes no answer.
  void forget(const ssh::Connection& here);
  // `there` is over: what it has not answered is refused.
  void refuse_all();

 private:
  struct Asked {
    ssh::connection::RequestId there;
    ssh::Connection* here;
    ssh::connection::RequestId id;  // of `here`
  };

  ssh::Connection& there_;
  std::list<Asked> asked_;  // in the order in which it is answered
};

}  // namespace towline::relay
