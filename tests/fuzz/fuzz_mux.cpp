// A hostile peer and a busy user of one mux, in the client's role or the server's: nothing is sent beyond
// what was granted, nothing is taken beyond what was announced, no event is for a channel that nobody opened,
// and whatever we say is well formed.
#include "expect.hpp"
#include "peer_messages.hpp"
#include "ssh/client/listen_requests.hpp"
#include "ssh/connection/mux.hpp"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace towline;
using namespace towline::ssh;
using namespace towline::ssh::connection;
using fuzz::require;

constexpr WindowLimits limits{.initial = 256, .max = 1024, .packet_max = 64};
constexpr std::size_t channels_max = 8;
constexpr std::uint32_t packet_payload_max = 32 * 1024;

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
  std::vector<RequestId> asked{};  // by the peer, and not answered yet
  std::uint64_t answers_due = 0;
};

class Fuzz {
 public:
  explicit Fuzz(FuzzedDataProvider& choices)
      : choices_(choices), is_client_(choices.ConsumeBool()), mux_(limits, channels_max), requests_(mux_) {}

  void run() {
    for (int steps = 0; steps < 500 && choices_.remaining_bytes() > 0 && !over_; ++steps) {
      if (choices_.ConsumeBool()) {
        hear(choices_.ConsumeBool() ? peer_.structured() : peer_.raw());
      } else {
        call();
      }
      read_outbox();
      check();
    }
  }

 private:
  using Ending = std::pair<int, std::uint32_t>;  // message number, channel of the peer's

  // On the heap by itself, so that a read past the end is seen.
  void hear(const fuzz::Message& message) {
    message_ = message;
    auto event = mux_.on_message(message_, 7);
    over_ = !event;
    if (event) std::visit([this](const auto& e) { on(e); }, *event);
    if (event && !over_) follow_grants();
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
    if (message_.empty()) return;
    Reader reader(message_);
    const auto number = reader.u8();
    if (number == 92) {  // an abandoned channel that is refused is gone without an event
      const auto id = reader.u32();
      require(opened(id).abandoned);
      sides_.erase(id);
    }
    // One request more than may wait: it is refused in its turn.
    if (number == 80) ++answers_due_;
    if (number != 98) return;
    if (auto& side = opened(reader.u32()); !side.closed_by_us) ++side.answers_due;
  }
  void on(const ChannelOffered& e) {
    require(!sides_.contains(e.channel));
    if (is_client_) {
      const auto offer = requests_.on_offered(e);
      over_ = !offer;
      if (!offer) return;
      if (const auto* unmatched = std::get_if<UnmatchedChannel>(&*offer)) {
        require(unmatched->fit != ChannelFit::named && unmatched->fit != ChannelFit::only_one);
        return;
      }
      require(listens_.contains(std::get<IncomingChannel>(*offer).listen));
    }
    Reader reader(Bytes(message_).subspan(1));
    reader.string();
    auto& side = sides_[e.channel];
    side.peer_number = reader.u32();
    side.granted = reader.u32();
    side.packet_max = reader.u32();
    offered_.push_back(e.channel);
  }
  void on(const OfferRefused& e) {
    require(mux_.channels() == channels_max);
    if (is_client_) requests_.on_refused(e);
  }
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
  void on(const ChannelRequest& e) {
    require(alive(e.channel));
    if (!e.id) return;
    auto& side = opened(e.channel);
    side.asked.push_back(*e.id);
    ++side.answers_due;
  }
  void on(const ChannelReply& e) { require(alive(e.channel)); }
  void on(const GlobalRequest& e) {
    if (!e.id) return;
    asked_.push_back(*e.id);
    ++answers_due_;
  }
  void on(const GlobalReply& e) {
    require(e.id == replied_++ && replied_ <= requested_);
    const auto meaning = requests_.on_reply(e);
    over_ = !meaning;
    if (!meaning || !*meaning) return;
    std::visit([this](const auto& reply) { require(listens_.contains(reply.listen)); }, **meaning);
  }

  bool alive(ChannelId id) {
    const auto& side = opened(id);
    return side.confirmed && !side.closed_by_us;
  }

  void call() {
    const auto id = peer_.some_channel();
    switch (choices_.ConsumeIntegralInRange(0, 13)) {
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
      case 10: requests_.cancel(choices_.ConsumeIntegralInRange<ListenId>(0, 5)); break;
      case 11: answer_channel(id); break;
      case 12: answer_global(); break;
      default: mux_.global_request("keepalive@openssh.com", choices_.ConsumeBool()); break;
    }
  }

  RequestId one_of(std::vector<RequestId>& asked) {
    const auto at = choices_.ConsumeIntegralInRange<std::size_t>(0, asked.size() - 1);
    const auto id = asked[at];
    asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(at));
    return id;
  }
  void answer_channel(ChannelId id) {
    const auto found = sides_.find(id);
    if (found == sides_.end() || found->second.asked.empty()) return mux_.answer(id, RequestId{0}, true);
    mux_.answer(id, one_of(found->second.asked), choices_.ConsumeBool());
  }
  void answer_global() {
    if (asked_.empty()) return mux_.answer(RequestId{1} << 40U, {});
    mux_.answer(one_of(asked_), {choices_.ConsumeBool(), {1, 2}});
  }

  void open() {
    if (sides_.size() >= channels_max) return;
    const OpenRequest requests[] = {DirectTcpip{{"web", 80}, {"", 0}}, DirectStreamlocal{"/run/x"},
                                    SessionChannel{}, ForwardedTcpip{{"", 80}, {"", 0}},
                                    OpaqueChannel{"tun@openssh.com", {1}}};
    const auto id = mux_.open(requests[choices_.ConsumeIntegralInRange(0, 4)]);
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
    if (choices_.ConsumeBool()) {
      const auto header = mux_.data_header(id, n);
      Reader reader(header);
      require(reader.u8() == 94 && reader.u32() == side.peer_number);
      require(reader.u32() == n && reader.complete());
    } else {
      const auto header = mux_.extended_data_header(id, stderr_type, n);
      Reader reader(header);
      require(reader.u8() == 95 && reader.u32() == side.peer_number && reader.u32() == stderr_type);
      require(reader.u32() == n && reader.complete());
    }
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
    const auto id = requests_.listen(addresses[choices_.ConsumeIntegralInRange(0, 2)]);
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
      case 80:
        require(!reader.string().empty());
        if (reader.boolean()) ++requested_;
        return;
      case 90:
        reader.string(), reader.u32();
        require(reader.u32() == limits.initial && reader.u32() == limits.packet_max && reader.ok());
        return;
      case 98: reader.u32(), reader.string(), reader.boolean(); break;
      case 91: reader.u32(), reader.u32(), reader.u32(), reader.u32(); break;
      case 92: reader.u32(), reader.u32(), reader.string(), reader.string(); break;
      case 3: reader.u32(); break;
      case 99:
      case 100: read_answer(reader.u32()); break;
      case 81: require(answers_due_-- > 0 && reader.rest().size() == 2); return;
      case 82: require(answers_due_-- > 0); break;
      case 93: read_adjust(reader); return;
      case 96:
      case 97: read_ending({number, reader.u32()}); break;
      default: require(false);
    }
    require(reader.complete());
  }

  // Of the channels that the peer knows by this number, one may be meant.
  void read_answer(std::uint32_t peer_number) {
    const auto due = [peer_number](auto& entry) {
      return entry.second.peer_number == peer_number && entry.second.confirmed &&
             entry.second.answers_due > 0;
    };
    const auto found = std::ranges::find_if(sides_, due);
    require(found != sides_.end());
    --found->second.answers_due;
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
  fuzz::PeerMessages peer_{choices_};
  bool is_client_;
  Mux mux_;
  ListenRequests requests_;
  fuzz::Message message_;
  std::map<ChannelId, Side> sides_;
  std::map<ListenId, bool> listens_;
  std::vector<ChannelId> offered_;
  std::vector<Ending> endings_;  // EOF and CLOSE that we must be saying now
  Side* consuming_ = nullptr;
  std::vector<RequestId> asked_;  // by the peer, and not answered yet
  std::uint64_t answers_due_ = 0;
  RequestId requested_ = 0;  // by us, with an answer wanted
  RequestId replied_ = 0;
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  Fuzz(choices).run();
  return 0;
}
