// Whatever stands in an event, a line of the log is one line of UTF-8, and in the formats of JSON an object.
#include "expect.hpp"
#include "observe/log_line.hpp"

#include <boost/json/parse.hpp>

#include <bit>
#include <cstring>

using namespace towline;
using namespace towline::fuzz;
using observe::LogFormat;

namespace {

double some_double(Bytes bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), std::min(sizeof bits, bytes.size()));
  return std::bit_cast<double>(bits);
}

std::string_view uncut(std::string_view text) {
  constexpr std::string_view ellipsis = "…";
  if (text.ends_with(ellipsis)) text.remove_suffix(ellipsis.size());
  return text;
}

void expect_object(std::string_view line, std::string_view message) {
  const auto parsed = boost::json::parse(boost::json::string_view(line.data(), line.size()));
  const auto& object = parsed.as_object();
  require(object.contains("err") && object.contains("rtt_s") && object.contains("time"));
  // Each has a bound of its own.
  const auto field = uncut(object.at("err").as_string());
  const auto sentence = uncut(object.at(message).as_string());
  require(field.starts_with(sentence) || sentence.starts_with(field));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto level = static_cast<observe::Level>(data[0] % 5);
  const Bytes bytes(data + 1, size - 1);
  const auto text = text_of(bytes);
  const observe::Field fields[] = {
      {"err", text}, {"rtt_s", some_double(bytes)}, {"port", data[0]}, {"ok", true}};
  for (const auto format :
       {LogFormat::text, LogFormat::json, LogFormat::gcp, LogFormat::logfmt, LogFormat::github}) {
    const auto rendered = observe::render_fields(format, fields);
    auto line = observe::render(format, {{}, level, "ssh.connected", text, rendered});
    require(line.ends_with('\n'));
    line.pop_back();
    require_one_line(line);
    if (format == LogFormat::json) expect_object(line, "msg");
    if (format == LogFormat::gcp) expect_object(line, "message");
  }
  return 0;
}
