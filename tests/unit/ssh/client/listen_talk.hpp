// A client's listeners on a mux and their server: in words what either makes of the other's messages.
#pragma once

#include "ssh/client/listen_requests.hpp"
#include "unit/ssh/connection/talk.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <variant>

namespace towline::ssh {

class ListenTalk {
 public:
  explicit ListenTalk(std::size_t channels_max = 16384) : mux({}, channels_max), requests(mux) {}

  // "incoming 0 listen 1 from 192.0.2.7 50001", "unmatched unasked :80 of ", "listen 0 yes 80", "cancelled 0
  // no"; what is no listener's as the mux tells it, "another's" for the answer to another request.
  std::string hears(const connection::Said& message) { return hears(message.bytes()); }
  std::string hears(Bytes message) {
    const auto event = mux.on_message(message, 0);
    if (!event) return connection::in_words(event);
    return std::visit([this, &event](const auto& e) { return meaning(e, *event); }, *event);
  }

  std::vector<std::string> says() {
    std::vector<std::string> all;
    for (auto& outbox = mux.outbox(); !outbox.empty(); outbox.pop())
      all.push_back(connection::in_words(outbox.front()));
    return all;
  }
  // The one message.
  std::string says_in_hex() {
    auto hex = connection::in_hex(mux.outbox().front());
    mux.outbox().pop();
    return mux.outbox().empty() ? hex : "more than one";
  }

  // A listen that the server has accepted, and nothing more to say about it.
  ListenId listening(const ListenAddress& address, std::uint32_t bound_port = 0) {
    const auto id = requests.listen(address);
    hears(bound_port == 0 ? connection::request_success() : connection::request_success(bound_port));
    says();
    return id;
  }

  connection::Mux mux;
  ListenRequests requests;

 private:
  static std::string in_words(const UnmatchedChannel& e) {
    constexpr std::array fits = {"named",     "only_one",     "ambiguous", "unasked",
                                 "cancelled", "unknown_type", "limit"};
    return std::string("unmatched ") + fits.at(static_cast<std::size_t>(e.fit)) + " " + e.named + " of " +
           e.asked;
  }
  static std::string in_words(const IncomingChannel& e) {
    return "incoming " + std::to_string(e.channel) + " listen " + std::to_string(e.listen) + " from " +
           e.originator.host + " " + std::to_string(e.originator.port) +
           (e.unmatched ? ", " + in_words(*e.unmatched) : "");
  }
  static std::string in_words(const ListenReply& e) {
    return "listen " + std::to_string(e.listen) +
           (e.success ? " yes " + std::to_string(e.bound_port) : " no");
  }
  static std::string in_words(const ListenCancelled& e) {
    return "cancelled " + std::to_string(e.listen) + (e.success ? " yes" : " no");
  }
  static std::string in_words(const Failure& failure) {
    return connection::in_words(Result<connection::Event>(failure));
  }

  std::string meaning(const connection::ChannelOffered& offered, const connection::Event&) {
    const auto offer = requests.on_offered(offered);
    return offer ? std::visit([](const auto& e) { return in_words(e); }, *offer) : in_words(offer.error());
  }
  std::string meaning(const connection::OfferRefused& refused, const connection::Event&) {
    return in_words(requests.on_refused(refused));
  }
  std::string meaning(const connection::GlobalReply& reply, const connection::Event&) {
    const auto meant = requests.on_reply(reply);
    if (!meant) return in_words(meant.error());
    return *meant ? std::visit([](const auto& e) { return in_words(e); }, **meant) : "another's";
  }
  std::string meaning(const auto&, const connection::Event& event) { return connection::in_words(event); }
};

}  // namespace towline::ssh
