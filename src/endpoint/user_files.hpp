// Who may log in, out of the files that say so: read again when one of them has changed.
#pragma once

#include "async/task.hpp"
#include "observe/log.hpp"
#include "ssh/auth/server/read_users.hpp"

#include <memory>
#include <string>

namespace towline::endpoint {

// Not thread-safe; use on the endpoint's io_context.
class UserFiles {
 public:
  // Reads them, however long the file system takes: before anything runs.
  UserFiles(const ssh::LoginOptions& options, const observe::Log& log);

  // As of the last look.
  std::shared_ptr<const ssh::KnownUsers> now() const { return users_; }

  // Looks at the files every second, on a thread of its own, and reads them when they have changed; until
  // cancelled.
  Task<> watch();

 private:
  struct Read {
    ssh::ReadUsers read;
    std::string stamp;
  };

  static Read read(const ssh::LoginOptions& options);
  void take(Read read);

  ssh::LoginOptions options_;
  observe::Log log_;
  std::string stamp_;
  std::shared_ptr<const ssh::KnownUsers> users_;
};

}  // namespace towline::endpoint
