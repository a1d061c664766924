// Host keys accepted on first use (StrictHostKeyChecking=accept-new).
#pragma once

#include "async/side_thread.hpp"
#include "net/host_port.hpp"
#include "ssh/keys/host_key.hpp"
#include "ssh/trust/known_hosts.hpp"

#include <mutex>
#include <string>

namespace towline::ssh {

// They are kept for the life of the process, and in a file as well if one is named and can be written: read
// at the start, appended to on a thread of its own. It is a regular file, and no link at the end of its path
// is followed. One for all sessions of the process, so that they cannot accept different keys; safe to use
// from any thread. A file that fails us is never an error, see take_problem().
class AcceptedHostKeys {
 public:
  // `read_only`: what is accepted now holds for this process alone.
  enum class File { kept, read_only };
  explicit AcceptedHostKeys(std::string file = {}, File use = File::kept);

  KnownHosts known() const;

  // From now on `where` has this key. False: another one was accepted for it in the meantime, by another
  // session or another process that uses the file; known() has it now. A file that does not answer is waited
  // for once, for a second.
  bool remember(const net::HostPort& where, const HostKey& key);

  // What went wrong with the file, told once and then no more; empty: nothing.
  std::string take_problem();

 private:
  void keep(const net::HostPort& where, const HostKey& key);
  void fails(const std::string& why);

  const std::string file_;
  const File use_;
  mutable std::mutex mutex_;
  std::string on_file_;   // the file as last read, in known_hosts form
  std::string accepted_;  // by this process: they hold whatever becomes of the file
  std::string problem_;
  bool problem_told_ = false;
  bool late_ = false;
  SideThread files_;
};

}  // namespace towline::ssh
