// A name server on a free UDP port of the loopback, with as much DNS as its tests need (RFC 1035 §4).
#pragma once

#include "net/resolve.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace towline::net {

class NameServer {
 public:
  enum class Says { addresses, no_such_name, server_failure, refused, nothing };

  struct Name {
    Says says = Says::addresses;
    std::vector<std::string> addresses;  // v4 and v6
  };

  NameServer(asio::io_context& io, std::map<std::string, Name> names)
      : names_(std::move(names)), socket_(io, {asio::ip::address_v4::loopback(), 0}) {
    receive();
  }

  ResolveOptions options() const { return {.servers = {{"127.0.0.1", socket_.local_endpoint().port()}}}; }
  int questions() const { return questions_; }

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(packet_), client_, [this](error_code ec, std::size_t size) {
      if (ec) return;
      ++questions_;
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

    const auto found = names_.find(name);
    const Name entry = found == names_.end() ? Name{Says::no_such_name, {}} : found->second;
    if (entry.says == Says::nothing) return;

    std::string records;
    char count = 0;
    for (const auto& text : entry.addresses) {
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
    constexpr std::array<char, 5> codes{0, 3, 2, 5, 0};
    const char code = codes[static_cast<std::size_t>(entry.says)];
    const std::string flags{
        '\x81', static_cast<char>('\x80' | code), '\0', '\1', '\0', count, '\0', '\0', '\0', '\0'};
    const auto reply = question.substr(0, 2) + flags + question.substr(12, section_end - 12) + records;
    error_code ignored;
    socket_.send_to(asio::buffer(reply), client_, 0, ignored);
  }

  std::map<std::string, Name> names_;
  int questions_ = 0;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint client_;
  std::array<char, 1500> packet_{};
};

}  // namespace towline::net
