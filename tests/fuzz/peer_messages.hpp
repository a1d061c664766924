// Messages of the connection protocol as a hostile peer makes them: well formed, nearly so, or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <string_view>
#include <vector>

namespace towline::fuzz {

using Message = std::vector<std::uint8_t>;

class PeerMessages {
 public:
  explicit PeerMessages(FuzzedDataProvider& choices) : choices_(choices) {}

  std::uint32_t some_channel() { return choices_.ConsumeIntegralInRange<std::uint32_t>(0, 12); }

  Message raw() {
    return choices_.ConsumeBytes<std::uint8_t>(choices_.ConsumeIntegralInRange<std::size_t>(0, 40));
  }

  Message structured() {
    constexpr std::uint8_t numbers[] = {3,  80, 81, 82, 90,  91, 92, 93, 94, 95,
                                        96, 97, 98, 99, 100, 94, 93, 97, 90, 91};
    Message m{choices_.PickValueInArray(numbers)};
    switch (m[0]) {
      case 80:
        text(m, choices_.ConsumeBool() ? "keepalive@openssh.com" : "tcpip-forward");
        m.push_back(choices_.ConsumeBool());
        break;
      case 3:
      case 81: u32(m, some_number()); break;
      case 82: break;
      case 90: open_fields(m); break;
      default: u32(m, some_channel()), channel_fields(m); break;
    }
    if (choices_.ConsumeIntegralInRange(0, 15) == 0)
      m.resize(choices_.ConsumeIntegralInRange<std::size_t>(0, m.size()));
    return m;
  }

 private:
  static void u32(Message& m, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) m.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void text(Message& m, std::string_view value) {
    u32(m, static_cast<std::uint32_t>(value.size()));
    m.insert(m.end(), value.begin(), value.end());
  }

  std::uint32_t some_number() {
    const std::uint32_t usual[] = {0, 1, 63, 64, 65, 255, 256, 257, 80, 0x7fffffff, 0xffffff00, 0xffffffff};
    return choices_.ConsumeBool() ? choices_.PickValueInArray(usual)
                                  : choices_.ConsumeIntegral<std::uint32_t>();
  }
  std::string some_text(std::size_t max = 80) { return choices_.ConsumeRandomLengthString(max); }

  void open_fields(Message& m) {
    constexpr const char* types[] = {"forwarded-tcpip", "forwarded-streamlocal@openssh.com", "session",
                                     "direct-tcpip"};
    const std::string type = choices_.PickValueInArray(types);
    text(m, type);
    u32(m, some_number());  // the peer's number
    u32(m, some_number());
    u32(m, some_number());
    if (type == "forwarded-tcpip") {
      text(m, choices_.ConsumeBool() ? "" : "localhost"), u32(m, choices_.ConsumeBool() ? 80 : some_number());
      text(m, some_text(8)), u32(m, some_number());
    } else {
      text(m, choices_.ConsumeBool() ? "/run/x" : "/"), text(m, "");
    }
  }

  void channel_fields(Message& m) {
    switch (m[0]) {
      case 91: u32(m, some_number()), u32(m, some_number()), u32(m, some_number()); break;
      case 92: u32(m, some_channel()), text(m, some_text(8)), text(m, ""); break;
      case 93: u32(m, some_number()); break;
      case 94: text(m, some_text()); break;
      case 95: u32(m, some_channel()), text(m, some_text()); break;
      case 98: request_fields(m); break;
      default: break;
    }
  }

  void request_fields(Message& m) {
    constexpr const char* types[] = {"exit-status", "exit-signal", "xon-xoff"};
    const std::string type = choices_.PickValueInArray(types);
    text(m, type);
    m.push_back(choices_.ConsumeBool());
    if (type == "exit-status") u32(m, some_number());
    if (type == "exit-signal") text(m, some_text(8)), m.push_back(0), text(m, ""), text(m, "");
  }

  FuzzedDataProvider& choices_;
};

}  // namespace towline::fuzz
