// What one side of a relay has said and the other does not take yet. Pure.
#pragma once

#include "ssh/connection/answers.hpp"
#include "ssh/session/backlog.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace towline::relay {

// In the order in which it was said. Bytes are bounded by the window that they came through, and cost little
// more than themselves; the rest is bounded here. Without storage while empty.
class Held {
 public:
  // Streams that take turns keep their order up to here; then they only keep that of their own bytes and of
  // the requests between them, which is all that SSH promises.
  static constexpr std::size_t turns_max = 256;
  // More than anybody asks for in the time that a key exchange takes, or resizes a window over a pause.
  static constexpr std::size_t items_max = 1024;
  // Types and payloads of the requests: a few commands of the largest packet (RFC 4253, 6.1).
  static constexpr std::size_t requests_size_max = 256 * 1024;

  struct Data {
    std::uint32_t stream;
    ssh::Backlog bytes{};
  };
  struct Request {
    std::string type;
    std::vector<std::uint8_t> payload;
    std::optional<ssh::connection::RequestId> id;
  };
  struct Eof {};
  using Item = std::variant<Data, Request, Eof>;

  // False: too much waits already.
  bool add(std::uint32_t stream, ssh::Bytes data);
  bool add(Request request);
  void add_eof() { items_.emplace_back(Eof{}); }

  bool empty() const { return items_.empty(); }
  const Item& front() const { return items_.front(); }
  // The first `n` bytes of the first item, which is Data.
  void drop(std::size_t n);
  // The first item, which is no Data.
  void drop();
  void clear();

  std::size_t bytes() const { return bytes_; }  // of data

 private:
  Data* place_for(std::uint32_t stream);

  std::list<Item> items_;
  std::size_t bytes_ = 0;
  std::size_t requests_size_ = 0;
};

}  // namespace towline::relay
