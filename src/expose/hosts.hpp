// The hosts that clients offer, as the HTTP entrance sees them, and what is told of those who visit them.
#pragma once

#include "expose/stage.hpp"
#include "expose/visits.hpp"
#include "expose/web/hosts.hpp"
#include "expose/web/observer.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace towline::expose {

class OfferedHost;

// Not thread-safe; use on its io_context. `stage` and `visits` outlive it.
class Hosts final : public web::Hosts, public web::Observer {
 public:
  Hosts(Stage& stage, Visits& visits);
  ~Hosts() override;

  std::optional<web::NoWay> enter(const web::Visitor& visitor) override;
  void leave(const web::Visitor& visitor) override;
  std::variant<std::shared_ptr<web::HttpOffer>, web::NoWay> choose(std::string_view host,
                                                                   const web::Visitor& visitor) override;
  std::shared_ptr<web::HttpOffer> passthrough(std::string_view sni, const web::Visitor& visitor) override;

  void on_request(const web::RequestLine& line, std::optional<web::NoWay> why) override;
  void on_refused(const web::Visitor& visitor, web::NoWay why, std::string_view detail) override;
  void on_no_handshake(const web::Visitor& visitor, const Failure& why) override;
  void on_not_accepted(const error_code& why) override;

  // Lets go of what is no longer offered: channels that wait for the next request.
  void forget_gone();

 private:
  std::variant<std::shared_ptr<web::HttpOffer>, NotFound> choose(Kind kind, std::string_view host,
                                                                 const web::Visitor& visitor);
  std::shared_ptr<OfferedHost> offered(const Offer& offer);

  Stage& stage_;
  Visits& visits_;
  std::multimap<net::HostPort, Visitors::Visit> present_;
  std::map<OfferId, std::shared_ptr<OfferedHost>> offered_;
};

// "203.0.113.9 GET https://web.example.com/ 200 12 ms 5120 bytes", for the client that has answered. Pure.
std::string request_text(const web::RequestLine& line);

}  // namespace towline::expose
