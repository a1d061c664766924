// One direction of a relay: from what one side says to what the other hears. Private to relay/.
#pragma once

#include "async/event.hpp"
#include "async/task.hpp"
#include "relay/held.hpp"
#include "relay/tap.hpp"
#include "ssh/session/channel.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace towline::relay {

struct Joint;

// What it can, it hands on from inside the packet in which it came; what the other side does not take now is
// held, and everything behind it, and carry() hands it on. Then only the window is given back.
class Way final : public ssh::Channel::Sink {
 public:
  Way(const asio::any_io_executor& executor, Joint& joint, Side from);

  // Hands on what is held until the relay is over. Run it once both channels are there.
  Task<> carry();
  // The relay is over, or the other side is.
  void wake() { changed_.notify_all(); }
  // Nothing has come yet.
  void start_again();

  std::uint64_t carried() const { return carried_; }
  const Held& held() const { return held_; }

  std::size_t on_data(std::uint32_t stream, ssh::Bytes data) override;
  void on_request(std::string_view type, ssh::Bytes payload,
                  std::optional<ssh::connection::RequestId> id) override;
  void on_reply(bool success) override;
  void on_eof() override;
  void on_refused(std::uint32_t code, std::string_view text) override;
  void on_closed(const Failure& why) override;

 private:
  ssh::Channel& from();
  ssh::Channel& to();
  bool is_heard();
  bool takes_first();
  Task<error_code> wait_until_first_is_taken();
  void hand_on();
  void hand_on(const Held::Data& data);
  void hand_on(const Held::Request& request);
  void hand_on(const Held::Eof&);
  void forget_held();
  std::size_t pass(std::uint32_t stream, ssh::Bytes data);
  void ask(std::string_view type, ssh::Bytes payload, std::optional<ssh::connection::RequestId> id);
  void say_eof();
  void hold(bool done);
  bool let_pass(bool by_tap);

  Joint& joint_;
  Side from_;
  Held held_;
  int packets_left_;                               // of this turn
  bool closed_ = false;                            // by its side
  std::vector<ssh::connection::RequestId> asked_;  // not answered yet, in their order
  std::uint64_t carried_ = 0;
  Event changed_;
};

}  // namespace towline::relay
