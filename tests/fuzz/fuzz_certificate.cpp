// A server may show any blob as its certificate, and any file may be mounted as that of the user.
#include "expect.hpp"
#include "ssh/keys/certificate.hpp"
#include "text/base64.hpp"

using namespace towline;
using namespace towline::fuzz;

namespace {

void read_text(std::string_view text) {
  if (const auto certificate = ssh::parse_user_certificate(text))
    require(ssh::parse_user_certificate(Bytes(certificate->blob)).value() == *certificate);
}

void read_blob(Bytes blob) {
  const auto certificate = ssh::parse_certificate(blob);
  const auto of_user = ssh::parse_user_certificate(blob);
  require(!of_user || certificate);
  if (!certificate) return;
  require(certificate->signed_part.size() + certificate->signature.size() <= blob.size());
  const auto now = std::chrono::system_clock::now();
  if (const auto of_host = ssh::parse_host_certificate(blob)) {
    // Nobody has signed what the fuzzer makes up.
    require(!ssh::objection_to(*of_host, "example.com", now).empty());
  }
  if (!of_user) return;
  (void)ssh::check_validity(*of_user, now);
  const auto text = certificate->type + ' ' + text::to_base64(blob) + " comment\n";
  require(ssh::parse_user_certificate(std::string_view(text)).value() == *of_user);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  read_blob(bytes);
  read_text(text_of(bytes));
  return 0;
}
