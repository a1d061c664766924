// One channel of a session as a byte stream: bounded by the SSH window, half-closable, without a buffer while
// idle.
#pragma once

#include "async/result.hpp"
#include "async/task.hpp"
#include "ssh/connection/event.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace towline::ssh {

struct ChannelState;

// Move-only; giving it up closes the channel (or refuses it, if it was offered and not accepted). Must not
// outlive its session. Not thread-safe; use on the session's io_context.
class Channel {
 public:
  // Takes received data straight from the decrypted packets: one to pieces_max pieces that follow each other.
  // Returns how many bytes it took, without waiting; the rest is kept and read with unread(). A failure
  // closes the channel.
  class Taker {
   public:
    // A turn's worth of full packets, and of small ones enough to make a system call cheap.
    static constexpr std::size_t pieces_max = 64;

    virtual ~Taker() = default;
    virtual Result<std::size_t> take(std::span<const Bytes> pieces) = 0;
  };

  class Sink;
  // What the peer asks for on this channel, and says to what we have asked for; called from inside
  // Connection::run(). Without one every request is refused, and what comes on stderr is dropped.
  class Asked {
   public:
    virtual ~Asked() = default;
    // `id`: answer() it, now or later.
    virtual void on_request(std::string_view type, Bytes payload,
                            std::optional<connection::RequestId> id) = 0;
    // To the oldest request() that has none yet.
    virtual void on_reply(bool success) = 0;
    virtual Sink* sink() { return nullptr; }
  };

  // Is told all that comes on the channel, at once and in its order: nothing is kept or given to a taker.
  // Called from inside Connection::run(), or tell(); must not give up a channel.
  class Sink : public Asked {
   public:
    // `stream` is 0 or a type of extended data (RFC 4254, 5.2). Returns how much has left our hands: the rest
    // stays with the sink, and is told to consumed() when it has.
    virtual std::size_t on_data(std::uint32_t stream, Bytes data) = 0;
    virtual void on_eof() = 0;
    // The peer does not open it; its own words. on_closed() follows.
    virtual void on_refused(std::uint32_t code, std::string_view text) = 0;
    // By the peer, or with its session: not by close().
    virtual void on_closed(const Failure& why) = 0;
    Sink* sink() final { return this; }
  };

  explicit Channel(std::unique_ptr<ChannelState> state);
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;
  ~Channel();

  // Answers a channel that the peer opened. `reason` is one of errc::open_*.
  void accept();
  void refuse(errc reason, std::string_view text);
  void refuse(std::uint32_t code, std::string_view text);  // as another peer said it

  // How many bytes write() would take now: one packet's worth, the window and the wire considered.
  std::size_t sendable() const;
  // Waits until sendable() > 0. Errors: channel_closed, the session's failure, operation_aborted. Unbounded:
  // the peer decides when it reads.
  Task<Result<std::size_t>> wait_sendable() { return wait_for_room(true); }
  // At most sendable(); `stream` is 0 or a type of extended data.
  void write(Bytes data, std::uint32_t stream = 0);
  void write_stderr(Bytes data) { write(data, connection::stderr_type); }
  void send_eof();

  // `taker` is asked first for whatever arrives; nullptr: everything is kept. It must outlive its use here.
  void give_to(Taker* taker);
  // Waits for kept data and returns the first of it, up to Backlog::piece_max; empty at EOF. Errors as
  // wait_sendable(). The view is valid until the next await.
  Task<Result<Bytes>> wait_unread();
  // What wait_unread() would return at once; nothing where it would wait.
  std::optional<Result<Bytes>> unread() const;
  void consume(std::size_t n);  // at most what unread() returned

  // The second stream, in the same window.
  Task<Result<Bytes>> wait_unread_stderr();
  std::optional<Result<Bytes>> unread_stderr() const;
  void consume_stderr(std::size_t n);

  // `asked` must outlive its use here. A sink gets what has been kept first, each stream for itself.
  void tell(Asked* asked);
  void consumed(std::size_t n);  // of what a sink has been told and has not taken
  void request(std::string_view type, bool want_reply, Bytes payload);
  // Whether request() need not wait for the wire: whoever asks for many could pile them up there.
  bool accepts_request() const;
  Task<Result<std::size_t>> wait_accepts_request() { return wait_for_room(false); }  // errors as for data
  void answer(connection::RequestId id, bool success);

  // Ends both directions now; what the peer still sends is dropped.
  void close();
  // Why the channel is over, by either side or with its session; nothing while it is not.
  std::optional<Failure> end() const;
  // Waits for that. Errors: operation_aborted.
  Task<error_code> wait_closed();

 private:
  Task<Result<std::size_t>> wait_for_room(bool for_data);

  std::unique_ptr<ChannelState> state_;
};

}  // namespace towline::ssh
