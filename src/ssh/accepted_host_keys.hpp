// Host keys accepted on first use (StrictHostKeyChecking=accept-new).
#pragma once

#include "net/host_port.hpp"
#include "ssh/host_key.hpp"
#include "ssh/known_hosts.hpp"

#include <mutex>
#include <string>

namespace towline::ssh {

// They are kept for the life of the process, and in a file as well if one is named and can be written: read
// at the start, appended to. One for all sessions of the process, so that they cannot accept different keys;
// safe to use from any thread. A file that fails us is never an error, see take_problem().
class AcceptedHostKeys {
 public:
  // `read_only`: what is accepted now holds for this process alone.
  enum class File { kept, read_only };
  explicit AcceptedHostKeys(std::string file = {}, File use = File::kept);

  KnownHosts known() const;

  // From now on `where` has this key. False: another one was accepted for it in the meantime, by another
  // session or another process that uses the file; known() has it now.
  bool remember(const net::HostPort& where, const HostKey& key);

  // What went wrong with the file, told once and then no more; empty: nothing.
  std::string take_problem();

 private:
  KnownHosts known_now() const;
  void reload(int descriptor);
  void keep(const std::string& line, int descriptor);
  void fails(const char* what, int error);

  const std::string file_;
  const File use_;
  mutable std::mutex mutex_;
  std::string on_file_;   // the file as last read, in known_hosts form
  std::string accepted_;  // by this process: they hold whatever becomes of the file
  std::string problem_;
  bool problem_told_ = false;
};

}  // namespace towline::ssh
