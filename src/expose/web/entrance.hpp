// Where visitors come in: their connections, counted and bounded, each with its conversation.
#pragma once

#include "async/task_group.hpp"
#include "expose/tls/certificate_files.hpp"
#include "expose/tls/line.hpp"
#include "expose/web/conversation.hpp"
#include "expose/web/hosts.hpp"
#include "expose/web/limits.hpp"
#include "expose/web/observer.hpp"
#include "net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

namespace towline::expose::web {

enum class Door { plain, tls };

// Not thread-safe; use on one io_context, the clients' own. close() it before it is destroyed.
class Entrance {
 public:
  // All of it outlives the entrance. `certificates`: null where there is no TLS. `https_port`: where visitors
  // are sent by force-https; 0: nowhere.
  Entrance(asio::any_io_executor executor, Hosts& hosts, Observer& observer, const Limits& limits,
           const tls::CertificateFiles* certificates, std::uint16_t https_port);

  // Takes in whoever connects, until cancelled or the acceptor is closed.
  Task<> accept(net::Acceptor& acceptor, Door door);
  // Gives up channels that wait for too long; until cancelled.
  Task<> sweep();

  // From here on a request is a connection's last, and those that wait for one are ended. Nobody is let in
  // any more.
  void leave();
  // Waits until all visitors have gone, at `deadline` ends them, and returns when that is done.
  Task<> close(Deadline deadline);

  std::size_t visitors() const { return conversations_.size(); }

 private:
  void arrived(net::Stream socket, Door door);
  bool make_room();
  Task<> receive(net::Stream socket, Visitor visitor, Door door);
  Task<> turn_away(tls::Line& line, NoWay why);
  Task<> receive_tls(std::unique_ptr<tls::PlainLine> line, Visitor& visitor);
  Task<std::unique_ptr<tls::Line>> shake_hands(std::unique_ptr<tls::PlainLine> line, Visitor& visitor,
                                               std::shared_ptr<HttpOffer>& passed);
  Task<> pass_through(tls::Line& line, HttpOffer& offer, const Visitor& visitor);
  Task<> converse(std::unique_ptr<tls::Line> line, const Visitor& visitor);
  Task<bool> join();

  asio::any_io_executor executor_;
  Hosts& hosts_;
  Observer& observer_;
  const Limits& limits_;
  const tls::CertificateFiles* const certificates_;
  const std::uint16_t https_port_;
  const std::unique_ptr<Scratch> scratch_ = std::make_unique<Scratch>();
  std::vector<std::weak_ptr<HttpOffer>> with_idle_channels_;
  std::size_t handshakes_ = 0;  // under way
  bool leaving_ = false;
  std::list<Conversation> conversations_;
  TaskGroup tasks_;
};

}  // namespace towline::expose::web
