// One question to c-ares: the addresses of one name in one family, or in both where /etc/hosts is asked; or
// its TXT records.
#pragma once

#include "net/descriptors.hpp"
#include "net/resolv_conf.hpp"
#include "net/resolve.hpp"

#include <ares.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace towline::net {

// c-ares owns the sockets; Asio only watches them. Whoever asks drives the retries: process() when
// until_retry() is over. Not thread-safe.
class Question {
 public:
  enum class Whom { hosts_file, name_servers };

  // `descriptors`: ResolveOptions'. `changed` is called when the answer is there, or another retry is due
  // next. It must not destroy this.
  Question(asio::any_io_executor executor, Whom whom, AddressFamily family, const ResolvConf& conf,
           Descriptors* descriptors, std::function<void()> changed);
  ~Question();
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  // Once; `name` is taken as it is, nothing is added to it.
  void ask(const std::string& name);

  void ask_texts(const std::string& name);

  bool asked() const { return asked_; }
  bool answered() const { return status_.has_value(); }
  int status() const { return status_.value_or(ARES_ENOTINITIALIZED); }  // ARES_…, once answered
  int timeouts() const { return timeouts_; }                             // servers that were silent
  // A name server was not asked, for want of one of the descriptors.
  bool denied() const { return denied_; }
  // Why a name server could not be asked, where that is_resource_shortage(); denied() included.
  error_code shortage() const { return shortage_; }
  // Best first (RFC 6724).
  Endpoints endpoints(std::uint16_t port) const;

  // Of TXT records, each put together from its strings.
  const std::vector<std::string>& texts() const { return texts_; }

  void process();
  std::chrono::steady_clock::duration until_retry() const;

 private:
  struct Watch {
    asio::posix::stream_descriptor socket;
    Question* question;  // null once c-ares closed the socket
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };
  using Wait = asio::posix::descriptor_base::wait_type;

  static ares_socket_t open_socket(int family, int type, int protocol, void* question);
  static int close_socket(ares_socket_t socket, void* question);
  static void on_socket_state(void* question, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* question, int status, int timeouts, ares_addrinfo* answer);
  static void on_texts(void* question, int status, int timeouts, unsigned char* answer, int size);
  static void arm(const std::shared_ptr<Watch>& watch);
  static void wait(const std::shared_ptr<Watch>& watch, Wait what, bool Watch::* waiting);

  int name_servers(const std::vector<HostPort>& servers);
  ares_socket_t open_socket(int family, int type, int protocol);
  void process(ares_socket_t readable, ares_socket_t writable);

  asio::any_io_executor executor_;
  Whom whom_;
  AddressFamily family_;
  Descriptors* descriptors_;
  std::function<void()> changed_;
  std::string interface_;  // that a link-local name server is on
  std::map<ares_socket_t, Descriptors::Taken> taken_;
  std::map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  ares_channel channel_ = nullptr;
  bool asked_ = false;
  std::optional<int> status_;  // set by the answer, or by a failing start
  int timeouts_ = 0;
  bool denied_ = false;
  error_code shortage_;
  ares_addrinfo* answer_ = nullptr;
  std::vector<std::string> texts_;
};

}  // namespace towline::net
