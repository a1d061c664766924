// A name server on a free UDP port of the loopback, with as much DNS as its tests need (RFC 1035 §4).
#pragma once

#include "net/resolve.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace towline::net {

class NameServer {
 public:
  enum class Says { addresses, no_such_name, server_failure, refused, nothing, later };

  struct Name {
    Says says = Says::addresses;
    std::vector<std::string> addresses;                // v4 and v6
    std::optional<Says> about_v6 = {};                 // other than about IPv4
    std::vector<std::vector<std::string>> texts = {};  // TXT records, each of its strings
  };

  NameServer(asio::io_context& io, std::map<std::string, Name> names)
      : names_(std::move(names)), socket_(io, {asio::ip::address_v4::loopback(), 0}) {
    receive();
  }

  HostPort where() const { return {"127.0.0.1", socket_.local_endpoint().port()}; }
  ResolveOptions options() const { return {.servers = {where()}, .resolv_conf = "/dev/null"}; }
  int questions() const { return static_cast<int>(asked_.size()); }
  // "db.test A", "db.test AAAA", "db.test TXT", as they came.
  const std::vector<std::string>& asked() const { return asked_; }
  // Answers what is answered `later`.
  void answer_later() {
    for (const auto& [client, reply] : std::exchange(later_, {})) send(client, reply);
  }

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(packet_), client_, [this](error_code ec, std::size_t size) {
      if (ec) return;
      answer(std::string(packet_.data(), size));
      receive();
    });
  }

  void answer(const std::string& question) {
    std::string name;
    std::size_t at = 12;
    for (; question.at(at) != 0; at += static_cast<std::size_t>(question.at(at)) + 1) {
      if (!name.empty()) name += '.';
      name += question.substr(at + 1, static_cast<std::size_t>(question.at(at)));
    }
    const auto section_end = at + 5;
    const bool v6 = question.at(at + 2) == 28;
    const bool txt = question.at(at + 2) == 16;

    asked_.push_back(name + (v6 ? " AAAA" : txt ? " TXT" : " A"));

    const auto found = names_.find(name);
    const Name entry = found == names_.end() ? Name{Says::no_such_name, {}} : found->second;
    const auto says = v6 ? entry.about_v6.value_or(entry.says) : entry.says;
    if (says == Says::nothing) return;

    std::string records;
    char count = 0;
    const bool answers = says == Says::addresses || says == Says::later;
    for (const auto& strings : answers&& txt ? entry.texts : std::vector<std::vector<std::string>>{}) {
      ++count;
      records += text_record(strings);
    }
    for (const auto& text : answers && !txt ? entry.addresses : std::vector<std::string>{}) {
      const auto address = asio::ip::make_address(text);
      if (address.is_v6() != v6) continue;
      ++count;
      records += std::string("\xc0\x0c\0", 3) + (v6 ? '\x1c' : '\1') + std::string("\0\1\0\0\0\x3c\0", 7);
      records += v6 ? '\x10' : '\4';
      if (v6) {
        for (const auto byte : address.to_v6().to_bytes()) records += static_cast<char>(byte);
      } else {
        for (const auto byte : address.to_v4().to_bytes()) records += static_cast<char>(byte);
      }
    }
    constexpr std::array<char, 6> codes{0, 3, 2, 5, 0, 0};
    const char code = codes[static_cast<std::size_t>(says)];
    const std::string flags{
        '\x81', static_cast<char>('\x80' | code), '\0', '\1', '\0', count, '\0', '\0', '\0', '\0'};
    const auto reply = question.substr(0, 2) + flags + question.substr(12, section_end - 12) + records;
    if (says == Says::later) {
      later_.emplace_back(client_, reply);
    } else {
      send(client_, reply);
    }
  }

  static std::string text_record(const std::vector<std::string>& strings) {
    std::string data;
    for (const auto& text : strings) data += static_cast<char>(text.size()) + text;
    return std::string("\xc0\x0c\0\x10\0\1\0\0\0\x3c\0", 11) + static_cast<char>(data.size()) + data;
  }

  void send(const asio::ip::udp::endpoint& client, const std::string& reply) {
    error_code ignored;
    socket_.send_to(asio::buffer(reply), client, 0, ignored);
  }

  std::map<std::string, Name> names_;
  std::vector<std::string> asked_;
  std::vector<std::pair<asio::ip::udp::endpoint, std::string>> later_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint client_;
  std::array<char, 1500> packet_{};
};

}  // namespace towline::net
