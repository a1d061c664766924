// A hostile tunnel service: whatever it prints, and in whatever pieces, the same addresses are understood;
// what is taken for one is bounded and can be shown, and no forward has more of them than it may.
#include "expect.hpp"
#include "publish/address.hpp"
#include "publish/address_book.hpp"
#include "publish/lines.hpp"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <vector>

namespace {

using namespace towline::publish;
using namespace towline::fuzz;

std::vector<Announcement> heard_of(std::string_view text, const Dialect& dialect, FuzzedDataProvider* cuts) {
  std::vector<Announcement> all;
  Lines lines;
  Lines::Line line;
  while (!text.empty()) {
    const auto size = cuts ? cuts->ConsumeIntegralInRange<std::size_t>(1, text.size()) : text.size();
    lines.feed(text.substr(0, size));
    text.remove_prefix(size);
    if (text.empty()) lines.finish();
    while (lines.next(line)) {
      require(!line.text.empty() && line.text.size() <= 3 * Lines::length_max);
      is_complaint(dialect, line.text);
      if (auto said = read_line(dialect, nullptr, line.text)) all.push_back(*std::move(said));
    }
  }
  return all;
}

bool can_be_shown(const std::string& address) {
  return !address.empty() && address.size() <= 512 && place_of(address).find('@') == std::string::npos &&
         std::ranges::all_of(address, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices(data, size);
  const auto service = static_cast<Service>(choices.ConsumeIntegralInRange<int>(0, 7));
  const auto pieces = choices.ConsumeBytes<std::uint8_t>(choices.ConsumeIntegralInRange<std::size_t>(0, 32));
  const auto text = choices.ConsumeRemainingBytesAsString();

  const auto& dialect = dialect_of(service);
  const auto whole = heard_of(text, dialect, nullptr);
  FuzzedDataProvider cuts(pieces.data(), pieces.size());
  require(heard_of(text, dialect, &cuts) == whole);

  AddressBook book(
      {{.forward = "a", .host = "web", .port = 80}, {.forward = "b", .host = "localhost", .port = 0}},
      dialect.renews);
  for (const auto& said : whole) {
    require(!said.addresses.empty() || said.withdrawn);
    for (const auto& address : said.addresses)
      require(can_be_shown(address) && address_of(address) == address);
    book.take(said);
  }
  book.listens("b", 9000);
  for (const auto* forward : {"a", "b"})
    require(book.addresses(forward).size() <= AddressBook::addresses_max);
  return 0;
}
