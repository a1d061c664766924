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
    orders.disconnect = [this](std::uint64_t client) {
      told.push_back("disconnect " + std::to_string(client));
      return client != 8;
    };
    orders.end_exposed = [this](std::string_view where) {
      told.push_back("end " + std::string(where));
      return where != "tcp 1";
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
      {"POST", "/-/clients/7/disconnect", "", 202, "disconnect 7"},
      {"POST", "/-/clients/8/disconnect", "", 404, "disconnect 8"},
      {"POST", "/-/exposed/http%20a.example/end", "", 202, "end http a.example"},
      {"POST", "/-/exposed/tcp%201/end", "", 404, "end tcp 1"},
      {"PUT", "/-/loglevel", "debug\n", 200, "level 3"},
      {"PUT", "/-/loglevel?level=error", "debug", 200, "level 0"},
  };
  for (const auto& row : rows) {
    Agent agent;
    const auto response = respond_control(local(row.method, row.target, row.body), agent.orders());
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
      {"GET", "/-/clients/7/disconnect", "", 405, "POST"},
      {"POST", "/-/clients/7", "", 404, ""},
      {"GET", "/-/exposed/tcp%209000/end", "", 405, "POST"},
      {"POST", "/-/clients/-7/disconnect", "", 404, ""},
      {"POST", "/-/clients/7x/disconnect", "", 404, ""},
      {"POST", "/-/clients/99999999999999999999/disconnect", "", 404, ""},
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
    const auto response = respond_control(local(row.method, row.target, row.body), agent.orders());
    EXPECT_EQ(response.status, row.status) << row.method << ' ' << row.target;
    EXPECT_EQ(allow(response), row.allow) << row.method << ' ' << row.target;
    EXPECT_THAT(agent.told, IsEmpty()) << row.method << ' ' << row.target;
  }
}

TEST(Control, a_mistake_is_told_what_there_is) {
  Agent agent;
  EXPECT_EQ(respond_control(local("GET", "/"), agent.orders()).body,
            "not found; there are: POST /quitquitquit, POST /-/reload, POST /-/reconnect, "
            "POST /-/reconnect/<forward>, POST /-/clients/<id>/disconnect, POST /-/exposed/<name>/end, PUT "
            "/-/loglevel, GET /configz\n");
  EXPECT_EQ(respond_control(local("PUT", "/-/loglevel", "loud"), agent.orders()).body,
            "name a level in ?level= or in the body: error, warn, info, debug or trace\n");
}

TEST(Control, shows_the_configuration_as_it_was_given) {
  Agent agent;
  const auto response = respond_control(local("GET", "/configz"), agent.orders());
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"SSH_KEY\":\"***\"}\n");
}

}  // namespace
}  // namespace towline::admin
