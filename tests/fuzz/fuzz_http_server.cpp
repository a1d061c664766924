// One client of the control listener and whatever it sends: the answers are responses, nothing that it says
// stands in their heads, and in the end its connection is closed.
#include "admin/control.hpp"
#include "admin/door.hpp"
#include "admin/http_server.hpp"
#include "expect.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <unistd.h>

using namespace towline;
using namespace towline::fuzz;

namespace {

using Local = asio::local::stream_protocol;

class Listener {
 public:
  Listener() {
    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor(
        io_, asio::generic::stream_protocol{Local()});
    acceptor.bind(where_);
    acceptor.listen();
    server_.serve(std::move(acceptor));
  }

  ~Listener() {
    server_.stop();
    turn();
  }

  // All that is answered to `bytes`.
  std::string ask(Bytes bytes) {
    Local::socket client(io_);
    client.connect(where_);
    client.non_blocking(true);
    asio::write(client, asio::buffer(bytes.data(), bytes.size()));
    client.shutdown(Local::socket::shutdown_send);
    std::string answers;
    error_code ec;
    while (ec != asio::error::eof && ec != asio::error::connection_reset) {
      turn();
      char buffer[4096];
      const auto n = client.read_some(asio::buffer(buffer), ec);
      answers.append(buffer, n);
    }
    return answers;
  }

 private:
  void turn() {
    io_.restart();
    io_.poll();
  }
  admin::Response respond(const admin::Request& request) {
    const bool foreign = admin::is_foreign(request, {admin::Reach::loopback});
    return foreign ? admin::refuse_foreign() : admin::respond_control(request, orders_);
  }

  asio::io_context io_;
  const Local::endpoint where_{std::string(1, '\0') + "towline-fuzz-" + std::to_string(::getpid())};
  const admin::ControlOrders orders_{.quit = [] {},
                                     .reload = [] {},
                                     .reconnect = [](std::string_view name) { return name.empty(); },
                                     .set_level = [](observe::Level) {}};
  admin::HttpServer server_{io_.get_executor(),
                            {.body_bytes_max = 64},
                            [this](const admin::Request& request) { return respond(request); },
                            {},
                            {}};
};

// Takes one response off the front.
void take_response(std::string_view& answers) {
  require(answers.starts_with("HTTP/1.1 ") || answers.starts_with("HTTP/1.0 "));
  const auto end = answers.find("\r\n\r\n");
  require(end != std::string_view::npos);
  auto head = answers.substr(0, end);
  answers.remove_prefix(end + 4);
  require(head.find("Content-Type: text/plain; charset=utf-8") != std::string_view::npos ||
          head.find("Content-Type: application/json") != std::string_view::npos);
  constexpr std::string_view length = "Content-Length: ";
  const auto at = head.find(length);
  require(at != std::string_view::npos);
  const auto body = static_cast<std::size_t>(std::stoul(std::string(head.substr(at + length.size()))));
  // A HEAD is answered without its body, and then by the next response or by nothing.
  if (answers.size() >= body && !answers.starts_with("HTTP/1.")) answers.remove_prefix(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Listener listener;
  const auto all = listener.ask({data, size});
  for (std::string_view answers = all; !answers.empty();) take_response(answers);
  return 0;
}
