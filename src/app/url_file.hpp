// TOWLINE_URL_FILE: tells other programs under which addresses strangers reach the forwards.
#pragma once

#include "app/own_file.hpp"
#include "app/port_file.hpp"
#include "async/side_thread.hpp"
#include "observe/log.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace towline::app {

// The addresses of one forward.
struct PublicAddresses {
  std::string forward;
  std::vector<std::string> addresses;
};

// "web=https://web.example\nweb=http://web.example\n". Pure, as what follows.
std::string url_lines(const std::vector<PublicAddresses>& all);

// Whether `text` is such lines and nothing else, or empty.
bool are_url_lines(std::string_view text);

// "TUNNEL_URL_WEB"
std::string url_variable(std::string_view forward);

// The first address, as GitHub Actions reads the outputs of a step and variables: "url-web=https://…\n",
// "TUNNEL_URL_WEB=https://…\n".
std::string github_url_output(const PublicAddresses& one);
std::string github_url_env(const PublicAddresses& one);

// Thread-safe. A file that cannot be written costs a line in the log, nothing else.
class UrlFile {
 public:
  // As PortFile's.
  UrlFile(PortFilePaths paths, std::vector<std::string> forwards, const observe::Log& log, SideThread& files);
  ~UrlFile();
  UrlFile(const UrlFile&) = delete;
  UrlFile& operator=(const UrlFile&) = delete;

  // Writes them, if they are news, and returns when that is done: whoever is told afterwards that the forward
  // is up finds its address. One that is gone is in the file no more.
  void learn(std::string_view forward, const std::vector<std::string>& addresses);

  std::vector<PublicAddresses> all() const;

 private:
  struct Written;

  void wait_for_files();

  observe::Log log_;
  mutable std::mutex mutex_;
  std::vector<PublicAddresses> all_;  // in the order of the configuration
  std::shared_ptr<Written> written_;
  SideThread& files_;
  std::atomic<bool> late_{false};
};

}  // namespace towline::app
