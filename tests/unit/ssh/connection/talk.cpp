#include "unit/ssh/connection/talk.hpp"

#include <array>
#include <utility>

namespace towline::ssh::connection {

namespace {

std::string number(std::uint32_t value) { return " " + std::to_string(value); }

std::string bytes(Bytes data) { return " " + std::string(data.begin(), data.end()); }

std::string name(const Failure& failure) {
  constexpr std::pair<errc, const char*> names[] = {
      {errc::malformed_message, "malformed_message"}, {errc::unexpected_message, "unexpected_message"},
      {errc::unknown_channel, "unknown_channel"},     {errc::window_exceeded, "window_exceeded"},
      {errc::window_overflow, "window_overflow"},     {errc::message_too_large, "message_too_large"}};
  for (const auto& [code, word] : names) {
    if (failure.code == code) return word;
  }
  return failure.message();
}

struct EventInWords {
  std::string operator()(const Ignored&) const { return "ignored"; }
  std::string operator()(const ChannelOffered& e) const {
    return "offered" + number(e.channel) + " " + std::string(e.type);
  }
  std::string operator()(const OfferRefused& e) const { return "one too many " + std::string(e.type); }
  std::string operator()(const ChannelOpened& e) const { return "opened" + number(e.channel); }
  std::string operator()(const ChannelRefused& e) const {
    constexpr std::array reasons = {"prohibited", "connect_failed", "unknown_type", "resource_shortage"};
    const auto reason =
        static_cast<std::size_t>(e.reason) - static_cast<std::size_t>(errc::open_administratively_prohibited);
    return "refused" + number(e.channel) + " " + reasons.at(reason) + " " + std::string(e.text) +
           number(e.code);
  }
  std::string operator()(const ChannelData& e) const { return "data" + number(e.channel) + bytes(e.data); }
  std::string operator()(const ChannelExtendedData& e) const {
    return "extended" + number(e.channel) + number(e.type) + bytes(e.data);
  }
  std::string operator()(const ChannelWindow& e) const { return "window" + number(e.channel); }
  std::string operator()(const ChannelEof& e) const { return "eof" + number(e.channel); }
  std::string operator()(const ChannelClosed& e) const { return "closed" + number(e.channel); }
  std::string operator()(const ChannelRequest& e) const {
    return "request" + number(e.channel) + " " + std::string(e.type) + asked(e.id);
  }
  std::string operator()(const ChannelReply& e) const {
    return "reply" + number(e.channel) + (e.success ? " yes" : " no");
  }
  std::string operator()(const GlobalRequest& e) const {
    return "global " + std::string(e.name) + asked(e.id);
  }
  std::string operator()(const GlobalReply& e) const {
    return "answer " + std::to_string(e.id) + (e.success ? " yes" : " no");
  }

  static std::string asked(std::optional<RequestId> id) { return id ? " asked " + std::to_string(*id) : ""; }
};

// u = uint32, s = string, b = boolean, * = the rest: what RFC 4254 says our messages are made of.
struct Form {
  unsigned number;
  const char* name;
  const char* fields;
};

constexpr Form forms[] = {
    {3, "unimplemented", "u"}, {80, "global", "sb*"},    {81, "yes", "*"},        {82, "no", ""},
    {90, "open", "suuu*"},     {91, "confirm", "uuuu"},  {92, "refuse", "uuss"},  {93, "adjust", "uu"},
    {94, "data", "us"},        {95, "extended", "uus"},  {96, "eof", "u"},        {97, "close", "u"},
    {98, "request", "usb*"},   {99, "channel-yes", "u"}, {100, "channel-no", "u"}};

// The fields of one message by their letters; what does not fit becomes "broken".
class Listener {
 public:
  explicit Listener(Bytes message) : rest_(message) {}

  std::string read(const Form& form) {
    std::string words = form.name;
    for (const char* field = form.fields; *field; ++field) {
      if (*field == '*') return words + more();
      if (*field == 'u') words += number(u32());
      if (*field == 's') words += bytes(text());
      if (*field == 'b') words += take(1)[0] ? " wants-reply" : "";
    }
    return ok_ && rest_.empty() ? words : "broken";
  }

 private:
  // The type-specific part: a string where one fits, else a number.
  std::string more() {
    std::string words;
    while (ok_ && !rest_.empty()) {
      const auto before = rest_;
      const auto n = u32();
      const bool is_text = ok_ && n <= rest_.size() && n < 256 && before.size() != 4;
      words += is_text ? bytes(take(n)) : number(n);
    }
    return ok_ ? words : " broken";
  }

  Bytes take(std::size_t n) {
    static constexpr std::array<std::uint8_t, 4> nothing{};
    if (n > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return n <= nothing.size() ? Bytes(nothing).first(n) : Bytes{};
    }
    const auto taken = rest_.first(n);
    rest_ = rest_.subspan(n);
    return taken;
  }

  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (auto byte : take(4)) value = value << 8 | byte;
    return value;
  }

  Bytes text() { return take(u32()); }

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace

std::string in_words(const Result<Event>& result) {
  if (!result) return "error " + name(result.error());
  return std::visit(EventInWords{}, *result);
}

std::string in_words(Bytes message) {
  for (const auto& form : forms) {
    if (!message.empty() && form.number == message[0]) return Listener(message.subspan(1)).read(form);
  }
  return "broken";
}

std::string in_hex(Bytes message) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (auto byte : message) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::vector<std::string> Talk::says() {
  std::vector<std::string> all;
  for (auto& outbox = mux.outbox(); !outbox.empty(); outbox.pop()) all.push_back(in_words(outbox.front()));
  return all;
}

ChannelId Talk::open_channel(std::uint32_t number, std::uint32_t window, std::uint32_t packet_max) {
  const auto id = mux.open(to_web);
  hears(confirmation(id, number, window, packet_max));
  says();
  return id;
}

}  // namespace towline::ssh::connection
