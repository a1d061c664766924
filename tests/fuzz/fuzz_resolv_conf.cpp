// Any file may be mounted as resolv.conf, and its variables may say anything. What name servers answer is
// c-ares'.
#include "expect.hpp"
#include "net/resolv_conf.hpp"

#include <algorithm>

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of({data, size});
  const auto line = std::string(text.substr(0, text.find('\n')));
  for (const auto& variables : {net::ResolvVariables{}, net::ResolvVariables{line, line, line}}) {
    const auto conf = net::parse_resolv_conf(text, variables);
    require(!conf.servers.empty() && conf.servers.size() <= 3);
    require(conf.ndots >= 0 && conf.ndots <= 15 && conf.attempts >= 1 && conf.attempts <= 5);
    require(conf.timeout >= std::chrono::seconds(1) && conf.timeout <= std::chrono::seconds(30));
    const auto names = net::names_to_ask("db.internal", conf);
    require(std::ranges::find(names, "db.internal") != names.end());
    require(names.size() <= conf.search.size() + 1);
  }
  return 0;
}
