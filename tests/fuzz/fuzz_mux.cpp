// A hostile server and a busy client on one mux: nothing is sent beyond what was granted, nothing is taken
// beyond what was announced, no event is for a channel that nobody opened, and whatever we say is well
// formed.
#include "ssh/connection/mux.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace towline;
using namespace towline::ssh::connection;

constexpr WindowLimits limits{.initial = 256, .max = 1024, .packet_max = 64};
constexpr std::size_t channels_max = 8;
constexpr std::uint32_t packet_payload_max = 32 * 1024;

void require(bool holds) {
  if (!holds) std::abort();
}

// What each side may expect of a channel, told by the messages alone.
struct Side {
  bool confirmed = false;
  bool abandoned = false;
  bool closed_by_us = false;
  bool eof_by_us = false;
  bool eof_by_peer = false;
  std::uint32_t peer_number = 0;
  std::uint64_t granted = 0;     // to us
  std::uint64_t sent = 0;        // by us
  std::uint32_t packet_max = 0;  // the peer's
  std::uint64_t announced = limits.initial;
  std::uint64_t received = 0;
  std::uint64_t consumed = 0;
};

class Fuzz {
 public:
  explicit Fuzz(FuzzedDataProvider& choices) : choices_(choices), mux_(limits, channels_max) {}

  void run() {
    for (int steps = 0; steps < 500 && choices_.remaining_bytes() > 0 && !over_; ++steps) {
      if (choices_.ConsumeBool()) {
        hear(choices_.ConsumeBool() ? structured() : raw());
      } else {
        call();
      }
      read_outbox();
      check();
    }
  }

 private:
  using Message = std::vector<std::uint8_t>;
  using Ending = std::pair<int, std::uint32_t>;  // message number, channel of the peer's

  static void u32(Message& m, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) m.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void text(Message& m, std::string_view value) {
    u32(m, static_cast<std::uint32_t>(value.size()));
    m.insert(m.end(), value.begin(), value.end());
  }

  std::uint32_t some_channel() { return choices_.ConsumeIntegralInRange<std::uint32_t>(0, 12); }
  std::uint32_t some_number() {
    const std::uint32_t usual[] = {0, 1, 63, 64, 65, 255, 256, 257, 80, 0x7fffffff, 0xffffff00, 0xffffffff};
    return choices_.ConsumeBool() ? choices_.PickValueInArray(usual)
                                  : choices_.ConsumeIntegral<std::uint32_t>();
  }
  std::string some_text(std::size_t max = 80) { return choices_.ConsumeRandomLengthString(max); }

  Message raw() {
    return choices_.ConsumeBytes<std::uint8_t>(choices_.ConsumeIntegralInRange<std::size_t>(0, 40));
  }

  Message structured() {
    constexpr std::uint8_t numbers[] = {3,  80, 81, 82, 90,  91, 92, 93, 94, 95,
                                        96, 97, 98, 99, 100, 94, 93, 97, 90, 91};
    Message m{choices_.PickValueInArray(numbers)};
    switch (m[0]) {
      case 80: text(m, "keepalive@openssh.com"), m.push_back(choices_.ConsumeBool()); break;
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

  void open_fields(Message& m) {
    constexpr const char* types[] = {"forwarded-tcpip", "forwarded-streamlocal@openssh.com", "session",
                                     "x11"};
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

  // On the heap by itself, so that a read past the end is seen.
  void hear(const Message& message) {
    message_ = message;
    auto event = mux_.on_message(message_, 7);
    over_ = !event;
    if (event) std::visit([this](const auto& e) { on(e); }, *event);
    if (event) follow_grants();
  }

  Side& opened(ChannelId id) {
    const auto found = sides_.find(id);
    require(found != sides_.end());
    return found->second;
  }

  // Confirmations and adjustments move the grant whether or not anybody is told.
  void follow_grants() {
    Reader reader(message_);
    const auto number = reader.u8();
    const auto id = reader.u32();
    if (number == 93) opened(id).granted += reader.u32();
    if (number == 94 || number == 95) {
      if (number == 95) reader.u32();
      auto& side = opened(id);
      side.received += reader.bytes().size();
      require(side.received <= side.announced && !side.eof_by_peer);
    }
    if (number == 96) opened(id).eof_by_peer = true;
    if (number != 91) return;
    auto& side = opened(id);
    require(!side.confirmed);
    side.confirmed = true;
    side.peer_number = reader.u32();
    side.granted = reader.u32();
    side.packet_max = reader.u32();
    if (side.abandoned) leave(side);
  }

  void on(const Ignored&) {
    // An abandoned channel that is refused is gone without an event.
    if (message_.empty() || message_[0] != 92) return;
    Reader reader(Bytes(message_).subspan(1));
    const auto id = reader.u32();
    require(opened(id).abandoned);
    sides_.erase(id);
  }
  void on(const IncomingChannel& e) {
    require(!sides_.contains(e.channel) && listens_.contains(e.listen));
    Reader reader(Bytes(message_).subspan(1));
    reader.string();
    auto& side = sides_[e.channel];
    side.peer_number = reader.u32();
    side.granted = reader.u32();
    side.packet_max = reader.u32();
    offered_.push_back(e.channel);
  }
  void on(const UnmatchedChannel& e) { require(e.fit != ChannelFit::named && e.fit != ChannelFit::only_one); }
  void on(const ChannelOpened& e) { require(!opened(e.channel).abandoned); }
  void on(const ChannelRefused& e) {
    require(!opened(e.channel).confirmed && !opened(e.channel).abandoned);
    sides_.erase(e.channel);
  }
  void on(const ChannelData& e) { require(alive(e.channel) && e.data.size() <= limits.packet_max); }
  void on(const ChannelExtendedData& e) { require(alive(e.channel) && e.data.size() <= limits.packet_max); }
  void on(const ChannelWindow& e) { require(alive(e.channel)); }
  void on(const ChannelEof& e) { require(alive(e.channel) && !opened(e.channel).eof_by_peer); }
  void on(const ChannelClosed& e) {
    auto& side = opened(e.channel);
    require(side.confirmed);
    leave(side);
    sides_.erase(e.channel);
  }
  void on(const ChannelExit& e) { require(alive(e.channel)); }
  void on(const ChannelReply& e) { require(alive(e.channel)); }
  void on(const ListenReply& e) { require(listens_.contains(e.listen)); }
  void on(const ListenCancelled& e) { require(listens_.contains(e.listen)); }
  void on(const KeepaliveReply&) { require(keepalives_-- > 0); }

  bool alive(ChannelId id) {
    const auto& side = opened(id);
    return side.confirmed && !side.closed_by_us;
  }

  void call() {
    const auto id = some_channel();
    switch (choices_.ConsumeIntegralInRange(0, 11)) {
      case 0: open(); break;
      case 1: abandon(id); break;
      case 2: answer(true); break;
      case 3: answer(false); break;
      case 4: send(id); break;
      case 5: consume(id); break;
      case 6: send_eof(id); break;
      case 7: close(id); break;
      case 8: mux_.request(id, "exec", choices_.ConsumeBool(), {}); break;
      case 9: listen(); break;
      case 10: mux_.cancel(choices_.ConsumeIntegralInRange<ListenId>(0, 5)); break;
      default: mux_.keepalive(), ++keepalives_; break;
    }
  }

  void open() {
    if (sides_.size() >= channels_max) return;
    const OpenRequest requests[] = {DirectTcpip{{"web", 80}, {"", 0}}, DirectStreamlocal{"/run/x"},
                                    SessionChannel{}};
    const auto id = mux_.open(requests[choices_.ConsumeIntegralInRange(0, 2)]);
    require(sides_.try_emplace(id).second);
  }
  void abandon(ChannelId id) {
    mux_.abandon(id);
    const auto found = sides_.find(id);
    const bool asked_by_us = std::ranges::find(offered_, id) == offered_.end();
    if (found != sides_.end() && !found->second.confirmed && asked_by_us) found->second.abandoned = true;
  }
  void answer(bool yes) {
    if (offered_.empty()) return;
    const auto id = offered_.back();
    offered_.pop_back();
    if (yes) {
      mux_.accept(id);
      opened(id).confirmed = true;
    } else {
      mux_.refuse(id, ssh::errc::open_connect_failed, "no");
      sides_.erase(id);
    }
  }
  void send_eof(ChannelId id) {
    mux_.send_eof(id);
    const auto found = sides_.find(id);
    if (found == sides_.end() || !found->second.confirmed) return;
    auto& side = found->second;
    if (side.closed_by_us || side.eof_by_us) return;
    side.eof_by_us = true;
    endings_.emplace_back(96, side.peer_number);
  }
  void close(ChannelId id) {
    mux_.close(id);
    const auto found = sides_.find(id);
    if (found != sides_.end() && found->second.confirmed) leave(found->second);
  }
  // Our CLOSE, once.
  void leave(Side& side) {
    if (!side.closed_by_us) endings_.emplace_back(97, side.peer_number);
    side.closed_by_us = true;
  }
  void send(ChannelId id) {
    const auto room = mux_.sendable(id);
    if (room == 0) return;
    const auto n = choices_.ConsumeIntegralInRange<std::uint32_t>(1, room);
    auto& side = opened(id);
    require(side.confirmed && !side.eof_by_us && !side.closed_by_us);
    const auto header = mux_.data_header(id, n);
    Reader reader(header);
    require(reader.u8() == 94 && reader.u32() == side.peer_number && reader.u32() == n && reader.complete());
    side.sent += n;
  }
  void consume(ChannelId id) {
    const auto found = sides_.find(id);
    if (found == sides_.end()) return mux_.consumed(id, 1);
    auto& side = found->second;
    const auto n = choices_.ConsumeIntegralInRange<std::uint64_t>(0, side.received - side.consumed);
    side.consumed += n;
    consuming_ = &side;
    mux_.consumed(id, n);
  }
  void listen() {
    if (listens_.size() >= 6) return;
    const ListenAddress addresses[] = {{{"", 80}, {}}, {{"localhost", 0}, {}}, {{}, "/run/x"}};
    const auto id = mux_.listen(addresses[choices_.ConsumeIntegralInRange(0, 2)]);
    require(listens_.try_emplace(id, true).second);
  }

  void read_outbox() {
    auto& outbox = mux_.outbox();
    while (!outbox.empty()) {
      const auto size = outbox.size();
      require(outbox.front().size() < size);
      read(Reader(outbox.front()));
      outbox.pop();
      require(outbox.size() < size);
    }
    require(outbox.size() == 0 && endings_.empty());
    consuming_ = nullptr;
  }

  void read(Reader reader) {
    const auto number = reader.u8();
    switch (number) {
      case 80: require(!reader.string().empty() && reader.boolean()); return;
      case 90:
        reader.string(), reader.u32();
        require(reader.u32() == limits.initial && reader.u32() == limits.packet_max && reader.ok());
        return;
      case 98: reader.u32(), reader.string(), reader.boolean(); break;
      case 91: reader.u32(), reader.u32(), reader.u32(), reader.u32(); break;
      case 92: reader.u32(), reader.u32(), reader.string(), reader.string(); break;
      case 3:
      case 100: reader.u32(); break;
      case 82: break;
      case 93: read_adjust(reader); return;
      case 96:
      case 97: read_ending({number, reader.u32()}); break;
      default: require(false);
    }
    require(reader.complete());
  }

  void read_ending(const Ending& ending) {
    require(!endings_.empty() && endings_.front() == ending);
    endings_.erase(endings_.begin());
  }

  void read_adjust(Reader reader) {
    const auto peer_number = reader.u32();
    const auto n = reader.u32();
    require(reader.complete() && n > 0 && consuming_ != nullptr && consuming_->peer_number == peer_number);
    consuming_->announced += n;
    require(consuming_->announced - consuming_->consumed <= limits.max);
    require(!consuming_->closed_by_us && !consuming_->eof_by_peer);
  }

  void check() {
    if (over_) return;
    require(mux_.channels() == sides_.size());
    for (const auto& [id, side] : sides_) {
      const auto room = mux_.sendable(id);
      require(room <= side.granted - side.sent && room <= side.packet_max && room <= packet_payload_max);
      require(room == 0 || side.confirmed);
      require(side.sent <= side.granted);
    }
    for (ChannelId id = 0; id < 16; ++id) require(sides_.contains(id) || mux_.sendable(id) == 0);
  }

  FuzzedDataProvider& choices_;
  Mux mux_;
  Message message_;
  std::map<ChannelId, Side> sides_;
  std::map<ListenId, bool> listens_;
  std::vector<ChannelId> offered_;
  std::vector<Ending> endings_;  // EOF and CLOSE that we must be saying now
  Side* consuming_ = nullptr;
  int keepalives_ = 0;
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  Fuzz(choices).run();
  return 0;
}
