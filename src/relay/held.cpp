#include "relay/held.hpp"

#include <iterator>
#include <utility>

namespace towline::relay {

namespace {

std::size_t size_of(const Held::Request& request) { return request.type.size() + request.payload.size(); }

}  // namespace

// The last item, or the one before it where the streams have taken turns for too long.
Held::Data* Held::place_for(std::uint32_t stream) {
  const std::size_t looks = items_.size() < turns_max ? 1 : 2;
  auto item = items_.rbegin();
  for (std::size_t look = 0; look < looks && item != items_.rend(); ++look, ++item) {
    auto* data = std::get_if<Data>(&*item);
    if (!data) return nullptr;
    if (data->stream == stream) return data;
  }
  return nullptr;
}

bool Held::add(std::uint32_t stream, ssh::Bytes data) {
  auto* place = place_for(stream);
  if (!place) {
    if (items_.size() >= items_max) return false;
    place = &std::get<Data>(items_.emplace_back(Data{stream}));
  }
  place->bytes.append(data);
  bytes_ += data.size();
  return true;
}

bool Held::add(Request request) {
  const auto size = size_of(request);
  if (items_.size() >= items_max || requests_size_ + size > requests_size_max) return false;
  requests_size_ += size;
  items_.emplace_back(std::move(request));
  return true;
}

void Held::drop(std::size_t n) {
  auto& data = std::get<Data>(items_.front());
  data.bytes.drop(n);
  bytes_ -= n;
  if (data.bytes.empty()) items_.pop_front();
}

void Held::drop() {
  if (const auto* request = std::get_if<Request>(&items_.front())) requests_size_ -= size_of(*request);
  items_.pop_front();
}

void Held::clear() {
  items_.clear();
  bytes_ = 0;
  requests_size_ = 0;
}

}  // namespace towline::relay
