#include "endpoint/reception.hpp"

#include "endpoint/host_keys.hpp"
#include "ssh/keys/text_file.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace towline::endpoint {

namespace {

// What a client can make us hold of what it sends, where nobody reads that. Its first channel begins with a
// 64th (WindowBudget), which grows where the path needs it.
constexpr std::uint64_t client_windows_max = 64 * 1024 * 1024;

// One that cannot be read is no reason to let nobody in.
std::string banner_of(const Options& options) {
  const auto& source = options.ssh.login.banner;
  if (!source) return {};
  const auto text =
      ssh::read_text(source, ssh::errc::secret_file_unreadable, ssh::errc::secret_file_unreadable);
  return text ? std::string(text->reveal()) : std::string();
}

}  // namespace

ssh::Connection::Options connection_options(const Surroundings& around) {
  return {.keepalive = around.options.ssh.keepalive,
          .answer_timeout = around.answer_timeout,
          .windows = {.session_max = client_windows_max},
          .channels_max = around.options.ssh.limits.channels_max};
}

Reception::Reception(asio::any_io_executor executor, const Surroundings& around, observe::EndpointSlot& slot,
                     const observe::Log& log, Serve serve)
    : executor_(std::move(executor)),
      options_(around.options),
      client_numbers_(around.client_numbers),
      slot_(slot),
      log_(log),
      serve_(std::move(serve)),
      users_(around.options.ssh.login, log_),
      help_(executor_, options_.login_url, resolver_),
      account_(around.clients, log_) {}

Result<> Reception::prepare() {
  auto read = read_host_keys(options_);
  if (!read) return read.error();
  auto keys = ssh::ServerKeys::import(read->keys, {}, read->certificates);
  if (!keys) return keys.error();
  keys_.emplace(std::move(*keys));
  log_host_keys(log_, *read);
  slot_.shows(shown(*read));
  endpoint_.emplace(
      executor_, options_.ssh, *keys_, [this] { return users_.now(); }, banner_of(options_), help_,
      client_numbers_, account_,
      [this](const ssh::Newcomer& who, const ssh::LoggedIn& user, std::unique_ptr<ssh::Packets> packets) {
        return serve(who, user, std::move(packets));
      });
  return {};
}

Task<ssh::Gone> Reception::serve(const ssh::Newcomer& who, const ssh::LoggedIn& user,
                                 std::unique_ptr<ssh::Packets> packets) {
  const auto seen = slot_.enter(traits_of(who, user));
  auto gone = co_await serve_(std::move(packets), user, seen);
  slot_.leave(*seen);
  co_return gone;
}

}  // namespace towline::endpoint
