#include "expose/web/entrance.hpp"

#include "async/deadline.hpp"
#include "async/wait.hpp"
#include "expose/tls/read_hello.hpp"
#include "expose/tls/tls_line.hpp"
#include "expose/web/page.hpp"
#include "expose/web/pipe.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace towline::expose::web {

using std::chrono::steady_clock;

namespace {

// Where a descriptor cannot be had, most likely: those in use must be given back first.
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds sweep_interval{5};
// For a visitor that is not let in to ask and to read why.
constexpr std::chrono::seconds turned_away_timeout{1};
// Who was told to give way is still there for a turn.
constexpr std::size_t room_for_leaving = 64;

// A visitor that has vanished is given up after two minutes, whatever it waits for.
void notice_vanishing(net::Stream& socket) {
  const int on = 1, idle_s = 60, interval_s = 15, count = 4;
  const int fd = socket.native_handle();
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

class OneMore {
 public:
  explicit OneMore(std::size_t& count) : count_(count) { ++count_; }
  ~OneMore() { --count_; }
  OneMore(const OneMore&) = delete;
  OneMore& operator=(const OneMore&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

Entrance::Entrance(asio::any_io_executor executor, Hosts& hosts, Observer& observer, const Limits& limits,
                   const tls::CertificateFiles* certificates, std::uint16_t https_port)
    : executor_(executor),
      hosts_(hosts),
      observer_(observer),
      limits_(limits),
      certificates_(certificates),
      https_port_(https_port),
      tasks_(executor) {}

Task<> Entrance::accept(net::Acceptor& acceptor, Door door) {
  while (!co_await cancelled()) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
    if (!ec) {
      arrived(std::move(socket), door);
      continue;
    }
    observer_.on_not_accepted(ec);
    if (co_await sleep_until(steady_clock::now() + accept_pause)) co_return;
  }
}

// At the limit whoever has been silent longest gives way.
bool Entrance::make_room() {
  if (tasks_.size() < limits_.visitors_max) return true;
  Conversation* oldest = nullptr;
  for (auto& conversation : conversations_) {
    if (conversation.idle() && (!oldest || conversation.since() < oldest->since())) oldest = &conversation;
  }
  if (oldest) oldest->end();
  return oldest != nullptr && tasks_.size() < limits_.visitors_max + room_for_leaving;
}

void Entrance::arrived(net::Stream socket, Door door) {
  Visitor visitor{.address = net::peer_of(socket), .local = net::local_of(socket)};
  const bool may_shake = door == Door::plain || handshakes_ < limits_.handshakes_max;
  if (!make_room() || !may_shake) {
    observer_.on_refused(visitor, NoWay::full, {});
    return net::reset(socket);
  }
  notice_vanishing(socket);
  tasks_.spawn(receive(std::move(socket), std::move(visitor), door));
}

Task<> Entrance::receive(net::Stream socket, Visitor visitor, Door door) {
  auto line = std::make_unique<tls::PlainLine>(std::move(socket));
  if (const auto why = leaving_ ? NoWay::leaving : hosts_.enter(visitor)) {
    observer_.on_refused(visitor, *why, {});
    if (door == Door::plain) co_await turn_away(*line, *why);
    co_return;
  }
  if (door == Door::plain) {
    co_await converse(std::move(line), visitor);
  } else {
    co_await receive_tls(std::move(line), visitor);
  }
  hosts_.leave(visitor);
}

Task<> Entrance::receive_tls(std::unique_ptr<tls::PlainLine> line, Visitor& visitor) {
  std::shared_ptr<HttpOffer> passed;
  auto ready = co_await shake_hands(std::move(line), visitor, passed);
  if (!ready) co_return;
  if (passed) co_return co_await pass_through(*ready, *passed, visitor);
  co_await converse(std::move(ready), visitor);
}

// Whose ClientHello it is decides who answers it: a client, which gets every byte (`passed`), or we.
Task<std::unique_ptr<tls::Line>> Entrance::shake_hands(std::unique_ptr<tls::PlainLine> line, Visitor& visitor,
                                                       std::shared_ptr<HttpOffer>& passed) {
  const OneMore counted(handshakes_);
  const auto deadline = steady_clock::now() + limits_.handshake_timeout;
  const auto seen = co_await before(deadline, tls::read_client_hello(*line, *scratch_));
  if (!seen || !*seen) {
    observer_.on_no_handshake(visitor, seen ? seen->error() : Failure(asio::error::timed_out));
    co_return nullptr;
  }
  visitor.sni = (*seen)->server_name;
  if (!visitor.sni.empty()) passed = hosts_.passthrough(visitor.sni, visitor);
  if (passed) co_return std::move(line);
  auto certificate = certificates_ ? certificates_->choose(visitor.sni) : nullptr;
  if (!certificate) {
    observer_.on_no_handshake(visitor, Failure(make_error_code(boost::system::errc::protocol_not_supported),
                                               "there is no certificate"));
    co_return nullptr;
  }
  auto secure = std::make_unique<tls::TlsLine>(std::move(line), std::move(certificate));
  if (const auto shaken = co_await secure->handshake(deadline); !shaken) {
    observer_.on_no_handshake(visitor, shaken.error());
    co_return nullptr;
  }
  visitor.over_tls = true;
  co_return std::move(secure);
}

Task<> Entrance::pass_through(tls::Line& line, HttpOffer& offer, const Visitor& visitor) {
  auto channel = co_await offer.open(visitor, steady_clock::now() + limits_.open_timeout);
  if (!channel) {
    observer_.on_refused(visitor, not_opened(channel.error().code), {});
    co_return line.abort();
  }
  co_await pipe(line, {}, *channel, *scratch_);
}

// Heard out first: unread octets would make a reset of the end.
Task<> Entrance::turn_away(tls::Line& line, NoWay why) {
  if (co_await wait_readable(line, turned_away_timeout)) co_return;
  line.read_some(*scratch_);
  line.write_some(octets_of(page(why, {})));
  line.end_sending();
  co_await wait_readable(line, turned_away_timeout);
}

Task<> Entrance::converse(std::unique_ptr<tls::Line> line, const Visitor& visitor) {
  const Surroundings around{hosts_,   observer_,  limits_, *scratch_, with_idle_channels_,
                            leaving_, https_port_};
  const auto conversation = conversations_.emplace(conversations_.end(), around, visitor, std::move(line));
  co_await conversation->run();
  conversations_.erase(conversation);
}

Task<> Entrance::sweep() {
  while (!co_await sleep_until(steady_clock::now() + sweep_interval)) {
    const auto now = steady_clock::now();
    std::erase_if(with_idle_channels_, [now](const std::weak_ptr<HttpOffer>& known) {
      const auto offer = known.lock();
      if (!offer) return true;
      if (offer->gone()) offer->idle().clear();
      offer->idle().drop_stale(now);
      offer->idle().is_swept = offer->idle().size() > 0;
      return !offer->idle().is_swept;
    });
  }
}

void Entrance::leave() {
  leaving_ = true;
  for (auto& conversation : conversations_) {
    if (conversation.idle()) conversation.end();
  }
}

Task<> Entrance::close(Deadline deadline) {
  leave();
  if (tasks_.size() > 0) co_await before(deadline, join());
  tasks_.cancel();
  while (tasks_.size() > 0) co_await tasks_.join();
}

Task<bool> Entrance::join() {
  while (tasks_.size() > 0 && !co_await cancelled()) co_await tasks_.join();
  co_return true;
}

}  // namespace towline::expose::web
