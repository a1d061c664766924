// SSH_FORWARDS: whatever is understood means the same when it is written out.
#include "config/forward_spec.hpp"
#include "config/forwards.hpp"
#include "expect.hpp"

#include <set>

using namespace towline;
using namespace towline::fuzz;

namespace {

void expect_round_trip(const forward::ForwardSpec& spec) {
  const auto text = config::spec_text(spec);
  const auto again = config::parse_forward_spec(spec.mode, std::string_view(text).substr(3));
  require(again && again->listen == spec.listen && again->listen_path == spec.listen_path);
  require(again->connect == spec.connect && again->connect_path == spec.connect_path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto lines = config::parse_forwards(text_of({data, size}));
  for (const auto& complaint : lines.complaints) {
    require(!complaint.right.empty() && complaint.wrong.starts_with("line "));
    require(complaint.wrong.find('\n') == std::string::npos);
  }
  std::vector<forward::ForwardSpec> specs;
  for (auto& line : lines.forwards) {
    expect_round_trip(line.spec);
    specs.push_back(std::move(line.spec));
  }
  config::give_names(specs);
  std::set<std::string> names;
  for (const auto& spec : specs) require(config::parse_name(spec.name) && names.insert(spec.name).second);
  return 0;
}
