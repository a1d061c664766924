// SSH_OPTIONS, and values of Ciphers and its kin.
#include "config/shell_words.hpp"
#include "config/ssh_options.hpp"
#include "expect.hpp"
#include "ssh/keys/algorithm_policy.hpp"

using namespace towline;
using namespace towline::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of({data, size});
  config::Reading reading;
  const auto options = config::parse_ssh_options(text, reading);
  for (const auto& complaint : options.complaints) {
    require(!complaint.wrong.empty() && !complaint.right.empty());
    require(complaint.wrong.find('\n') == std::string::npos);
  }
  for (const auto& name : options.ignored) require(name.find('\n') == std::string::npos);
  for (const auto& each : options.outranked) require(each.option.find('\n') == std::string::npos);

  // What is shown of options that are all right says the same again.
  if (options.complaints.empty()) {
    config::Reading again;
    require(config::parse_ssh_options(options.shown, again).complaints.empty());
  }

  const auto ours = ssh::algorithm_names(ssh::cipher_names);
  for (const auto& name : ssh::choose_algorithms(text, ours).names)
    require(std::ranges::find(ours, name) != ours.end());
  return 0;
}
