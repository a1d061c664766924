// Packets in the clear, whole ones and bytes that are none, through libssh2 as we have patched it: what is
// not the transport's own arrives as it was sent, and nothing else does.
#include "doubles/plain_server.hpp"
#include "expect.hpp"
#include "fixed_random.hpp"
#include "heard.hpp"

#include <boost/asio/io_context.hpp>

#include <fuzzer/FuzzedDataProvider.h>
#include <memory>
#include <string>
#include <vector>

using namespace towline;
using namespace towline::fuzz;

namespace {

class Conversation {
 public:
  explicit Conversation(asio::io_context& io) : server_(io.get_executor()), transport_(server_.transport()) {
    transport_->deliver_to(&heard_);
  }

  // False: it is over.
  bool says(const std::string& message) {
    const auto kind = kind_of(message);
    if (kind == MessageKind::passed_on && in_order_) expected_.push_back(message);
    in_order_ = in_order_ && kind != MessageKind::ends_order;
    server_.says(bytes_of(message));
    return read();
  }
  bool says_raw(const std::string& bytes) {
    in_order_ = false;
    server_.says_raw(bytes);
    return read();
  }

 private:
  bool read() {
    const auto more = transport_->read();
    (void)transport_->flush();
    if (in_order_) require(more.has_value() && heard_.messages == expected_);
    if (!more) require_one_line(more.error().message());
    return more.has_value();
  }

  doubles::PlainServer server_;
  std::unique_ptr<ssh::ClientTransport> transport_;
  Heard heard_;
  std::vector<std::string> expected_;
  bool in_order_ = true;  // nothing but whole packets, and no key exchange
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ssh::Library library;
  static asio::io_context io;
  begin_fixed_random();
  Conversation conversation(io);
  FuzzedDataProvider choices(data, size);
  for (bool goes_on = true; goes_on && choices.remaining_bytes() > 0;) {
    const bool whole = choices.ConsumeBool();
    const auto text = choices.ConsumeRandomLengthString();
    goes_on = !whole ? conversation.says_raw(text) : text.empty() || conversation.says(text);
  }
  return 0;
}
