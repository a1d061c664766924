#include "net/question.hpp"

#include "net/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace towline::net {

namespace {

constexpr std::chrono::seconds retry_check{1};  // when c-ares has no retry to wait for

int ares_family(AddressFamily family) {
  switch (family) {
    case AddressFamily::inet: return AF_INET;
    case AddressFamily::inet6: return AF_INET6;
    case AddressFamily::any: return AF_UNSPEC;
  }
  return AF_UNSPEC;
}

// c-ares wants all of its calls or none; these are what it does itself.
int connect_socket(ares_socket_t socket, const sockaddr* to, ares_socklen_t size, void* /*question*/) {
  return ::connect(socket, to, size);
}

ares_ssize_t receive(ares_socket_t socket, void* into, std::size_t size, int flags, sockaddr* from,
                     ares_socklen_t* from_size, void* /*question*/) {
  return ::recvfrom(socket, into, size, flags, from, from_size);
}

ares_ssize_t send(ares_socket_t socket, const iovec* pieces, int count, void* /*question*/) {
  return ::writev(socket, pieces, count);
}

}  // namespace

Question::Question(asio::any_io_executor executor, Whom whom, AddressFamily family, const ResolvConf& conf,
                   Descriptors* descriptors, std::function<void()> changed)
    : executor_(std::move(executor)),
      whom_(whom),
      family_(family),
      descriptors_(descriptors),
      changed_(std::move(changed)) {
  ares_options ares{};
  std::string lookups = whom == Whom::hosts_file ? "f" : "b";
  // What c-ares would make of resolv.conf differs from version to version.
  std::string nothing = "/nonexistent";
  ares.lookups = lookups.data();
  ares.resolvconf_path = nothing.data();
  ares.timeout = static_cast<int>(conf.timeout.count());
  ares.tries = conf.attempts;
  ares.sock_state_cb = &Question::on_socket_state;
  ares.sock_state_cb_data = this;
  int mask = ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
             ARES_OPT_NOROTATE | ARES_OPT_SOCK_STATE_CB;
  if (conf.use_vc) {
    ares.flags = ARES_FLAG_USEVC;
    mask |= ARES_OPT_FLAGS;
  }
  int status = ares_init_options(&channel_, &ares, mask);
  if (status == ARES_SUCCESS && whom == Whom::name_servers) status = name_servers(conf.servers);
  if (status != ARES_SUCCESS) status_ = status;
}

Question::~Question() {
  changed_ = [] {};
  if (channel_ != nullptr)
    ares_destroy(channel_);  // reports every open socket as closed, the answer as destroyed
  if (answer_ != nullptr) ares_freeaddrinfo(answer_);
}

// c-ares before 1.20 knows no scope ("fe80::1%eth0"): the sockets are bound to the interface instead.
int Question::name_servers(const std::vector<HostPort>& servers) {
  std::string list;
  for (HostPort server : servers) {
    const auto scope = server.host.find('%');
    if (scope != std::string::npos) {
      interface_ = server.host.substr(scope + 1);
      if (ARES_VERSION < 0x011400) server.host.resize(scope);
    }
    list += (list.empty() ? "" : ",") + to_string(server);
  }
  static const ares_socket_functions sockets{&Question::open_socket, &Question::close_socket, &connect_socket,
                                             &receive, &send};
  ares_set_socket_functions(channel_, &sockets, this);
  return ares_set_servers_ports_csv(channel_, list.c_str());
}

void Question::ask(const std::string& name) {
  asked_ = true;
  if (answered()) return;
  ares_addrinfo_hints hints{};
  hints.ai_family = ares_family(family_);
  hints.ai_socktype = SOCK_STREAM;
  // The dot at the end keeps c-ares from searching.
  const auto full = whom_ == Whom::name_servers ? name + '.' : name;
  ares_getaddrinfo(channel_, full.c_str(), nullptr, &hints, &Question::on_answer, this);
}

void Question::ask_texts(const std::string& name) {
  constexpr int internet = 1;  // RFC 1035, 3.2.4
  constexpr int txt = 16;      // 3.2.2
  asked_ = true;
  if (!answered()) ares_query(channel_, (name + '.').c_str(), internet, txt, &Question::on_texts, this);
}

Endpoints Question::endpoints(std::uint16_t port) const {
  Endpoints found;
  if (answer_ == nullptr) return found;
  for (const ares_addrinfo_node* node = answer_->nodes; node != nullptr; node = node->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (node->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), node->ai_addr, node->ai_addrlen);
    endpoint.resize(node->ai_addrlen);
    endpoint.port(port);
    if (std::ranges::find(found, endpoint) == found.end()) found.push_back(endpoint);
  }
  return found;
}

ares_socket_t Question::open_socket(int family, int type, int protocol, void* question) {
  return static_cast<Question*>(question)->open_socket(family, type, protocol);
}

ares_socket_t Question::open_socket(int family, int type, int protocol) {
  std::optional<Descriptors::Taken> taken;
  if (descriptors_ != nullptr) taken = descriptors_->take();
  const bool denied = descriptors_ != nullptr && !taken;
  denied_ |= denied;
  if (denied) errno = EMFILE;
  const int socket = !denied ? ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol) : -1;
  if (socket < 0) {
    const error_code why(errno, boost::system::system_category());
    if (is_resource_shortage(why)) shortage_ = why;
    return ARES_SOCKET_BAD;
  }
  if (taken) taken_.emplace(socket, std::move(*taken));
  // Without it the server is unreachable, and c-ares asks the next.
  if (!interface_.empty() && family == AF_INET6)
    ::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, interface_.data(),
                 static_cast<socklen_t>(interface_.size()));
  return socket;
}

int Question::close_socket(ares_socket_t socket, void* question) {
  static_cast<Question*>(question)->taken_.erase(socket);
  return ::close(socket);
}

void Question::on_socket_state(void* question, ares_socket_t socket, int readable, int writable) {
  auto& self = *static_cast<Question*>(question);
  auto& watch = self.watches_[socket];
  if (readable == 0 && writable == 0) {
    if (watch) {
      watch->question = nullptr;
      if (watch->socket.is_open()) watch->socket.release();  // c-ares closes it
    }
    self.watches_.erase(socket);
    return;
  }
  if (!watch) {
    watch = std::make_shared<Watch>(asio::posix::stream_descriptor(self.executor_), &self);
    error_code ec;
    watch->socket.assign(socket, ec);  // if it fails, c-ares runs into its own timeout
    if (is_resource_shortage(ec)) self.shortage_ = ec;
  }
  watch->wants_read = readable != 0;
  watch->wants_write = writable != 0;
  arm(watch);
}

void Question::on_answer(void* question, int status, int timeouts, ares_addrinfo* answer) {
  auto& self = *static_cast<Question*>(question);
  self.status_ = status;
  self.timeouts_ = timeouts;
  self.answer_ = answer;
  self.changed_();
}

void Question::on_texts(void* question, int status, int timeouts, unsigned char* answer, int size) {
  auto& self = *static_cast<Question*>(question);
  ares_txt_ext* records = nullptr;
  if (status == ARES_SUCCESS) status = ares_parse_txt_reply_ext(answer, size, &records);
  for (const auto* piece = records; piece != nullptr; piece = piece->next) {
    if (piece->record_start != 0 || self.texts_.empty()) self.texts_.emplace_back();
    self.texts_.back().append(piece->txt, piece->txt + piece->length);
  }
  if (records != nullptr) ares_free_data(records);
  self.status_ = status;
  self.timeouts_ = timeouts;
  self.changed_();
}

void Question::arm(const std::shared_ptr<Watch>& watch) {
  if (watch->question == nullptr || !watch->socket.is_open()) return;
  if (watch->wants_read && !watch->reading) wait(watch, Wait::wait_read, &Watch::reading);
  if (watch->wants_write && !watch->writing) wait(watch, Wait::wait_write, &Watch::writing);
}

void Question::wait(const std::shared_ptr<Watch>& watch, Wait what, bool Watch::* waiting) {
  (*watch).*waiting = true;
  watch->socket.async_wait(what, [watch, what, waiting](error_code ec) {
    (*watch).*waiting = false;
    if (ec || watch->question == nullptr) return;
    const ares_socket_t socket = watch->socket.native_handle();
    watch->question->process(what == Wait::wait_read ? socket : ARES_SOCKET_BAD,
                             what == Wait::wait_write ? socket : ARES_SOCKET_BAD);
    arm(watch);
  });
}

void Question::process() { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

void Question::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  changed_();
}

std::chrono::steady_clock::duration Question::until_retry() const {
  timeval left{};
  if (!asked_ || answered() || ares_timeout(channel_, nullptr, &left) == nullptr) return retry_check;
  return std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

}  // namespace towline::net
