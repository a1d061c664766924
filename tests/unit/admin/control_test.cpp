#include "admin/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::admin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Writes down what it is told.
struct Agent {
  std::vector<std::string> told;

  ControlOrders orders() {
    ControlOrders orders;
    orders.quit = [this] { told.emplace_back("quit"); };
    orders.reload = [this] { told.emplace_back("reload"); };
    orders.reconnect = [this](std::string_view forward) {
      told.push_back("reconnect " + std::string(forward));
      return forward != "nobody";
    };
    orders.set_level = [this](observe::Level level) {
      told.push_back("level " + std::to_string(static_cast<int>(level)));
    };
    orders.config = "{\"SSH_KEY\":\"***\"}\n";
    return orders;
  }
};

Request local(std::string_view method, std::string_view target, std::string_view body = {}) {
  return {
      .method = method, .target = target, .accept = {}, .host = "127.0.0.1:9023", .origin = {}, .body = body};
}

std::string allow(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Allow") return std::string(value);
  }
  return "";
}

TEST(Control, an_order_is_carried_out_once_and_accepted) {
  const struct {
    std::string_view method, target, body;
    unsigned status;
    const char* told;
  } rows[] = {
      {"POST", "/quitquitquit", "", 202, "quit"},
      {"POST", "/-/reload", "", 202, "reload"},
      {"POST", "/-/reconnect", "", 202, "reconnect "},
      {"POST", "/-/reconnect/", "", 202, "reconnect "},
      {"POST", "/-/reconnect/db", "", 202, "reconnect db"},
      {"POST", "/-/reconnect/nobody", "", 404, "reconnect nobody"},
      {"PUT", "/-/loglevel", "debug\n", 200, "level 3"},
      {"PUT", "/-/loglevel?level=error", "debug", 200, "level 0"},
  };
  for (const auto& row : rows) {
    Agent agent;
    const auto response =
        respond_control(local(row.method, row.target, row.body), ControlDoor::tcp, agent.orders());
    EXPECT_EQ(response.status, row.status) << row.target;
    EXPECT_THAT(agent.told, ElementsAre(row.told)) << row.target;
  }
}

TEST(Control, what_is_not_an_order_does_nothing) {
  const struct {
    std::string_view method, target, body;
    unsigned status;
    const char* allow;
  } rows[] = {
      {"GET", "/quitquitquit", "", 405, "POST"},
      {"HEAD", "/-/reload", "", 405, "POST"},
      {"GET", "/-/reconnect/db", "", 405, "POST"},
      {"POST", "/-/loglevel", "debug", 405, "PUT"},
      {"POST", "/configz", "", 405, "GET, HEAD"},
      {"PUT", "/-/loglevel", "loud", 400, ""},
      {"PUT", "/-/loglevel", "", 400, ""},
      {"POST", "/", "", 404, ""},
      {"GET", "/readyz", "", 404, ""},
      {"POST", "quitquitquit", "", 400, ""},
  };
  for (const auto& row : rows) {
    Agent agent;
    const auto response =
        respond_control(local(row.method, row.target, row.body), ControlDoor::tcp, agent.orders());
    EXPECT_EQ(response.status, row.status) << row.method << ' ' << row.target;
    EXPECT_EQ(allow(response), row.allow) << row.method << ' ' << row.target;
    EXPECT_THAT(agent.told, IsEmpty()) << row.method << ' ' << row.target;
  }
}

TEST(Control, shows_the_configuration_as_it_was_given) {
  Agent agent;
  const auto response = respond_control(local("GET", "/configz"), ControlDoor::unix_socket, agent.orders());
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"SSH_KEY\":\"***\"}\n");
}

TEST(Control, a_request_that_another_site_caused_is_refused) {
  const struct {
    std::string_view host, origin;
    bool foreign_tcp, foreign_unix;
  } rows[] = {
      {"localhost", "", false, false},
      {"localhost:9023", "", false, false},
      {"127.0.0.1", "", false, false},
      {"127.9.9.9:1", "", false, false},
      {"[::1]:9023", "http://[::1]:9023", false, false},
      {"localhost", "http://localhost:8080", false, false},
      {"evil.example", "", true, false},
      {"localhost.evil.example:9023", "", true, false},
      {"127.0.0.1.evil.example", "", true, false},
      {"10.0.0.1", "", true, false},
      {"", "", true, false},
      {"localhost", "https://evil.example", true, true},
      {"localhost", "https://localhost.evil.example", true, true},
      {"localhost", "null", true, true},
  };
  for (const auto& row : rows) {
    Agent agent;
    Request request = local("POST", "/quitquitquit");
    request.host = row.host;
    request.origin = row.origin;
    EXPECT_EQ(is_foreign(request, ControlDoor::tcp), row.foreign_tcp) << row.host << ' ' << row.origin;
    EXPECT_EQ(is_foreign(request, ControlDoor::unix_socket), row.foreign_unix)
        << row.host << ' ' << row.origin;
    const auto response = respond_control(request, ControlDoor::tcp, agent.orders());
    EXPECT_EQ(response.status, row.foreign_tcp ? 403U : 202U) << row.host << ' ' << row.origin;
    EXPECT_EQ(agent.told.empty(), row.foreign_tcp) << row.host << ' ' << row.origin;
  }
}

}  // namespace
}  // namespace towline::admin
