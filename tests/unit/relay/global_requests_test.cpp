#include "relay/global_requests.hpp"

#include "unit/relay/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace towline::relay {
namespace {

using ssh::connection::GlobalReply;
using ssh::connection::GlobalRequest;
using testing::ElementsAre;

// A connection whose requests are asked on, and that hears the answers.
struct Asking final : Connection::Role {
  Result<> on_offered(Channel, const ssh::connection::ChannelOffered&) override { return {}; }
  void on_offer_refused(const ssh::connection::OfferRefused&) override {}
  Result<> on_global_request(const GlobalRequest& request) override {
    requests->ask(*self, request);
    return {};
  }
  Result<> on_global_reply(const GlobalReply& reply) override {
    EXPECT_TRUE(requests->on_reply(reply));
    return {};
  }
  void on_end(const Failure&) override {}

  GlobalRequests* requests = nullptr;
  Connection* self = nullptr;
};

// What a client is told.
struct Told final : Connection::Role {
  Result<> on_offered(Channel, const ssh::connection::ChannelOffered&) override { return {}; }
  void on_offer_refused(const ssh::connection::OfferRefused&) override {}
  Result<> on_global_request(const GlobalRequest&) override { return {}; }
  Result<> on_global_reply(const GlobalReply& reply) override {
    words.push_back((reply.success ? "yes " : "no ") + text_of(reply.payload));
    return {};
  }
  void on_end(const Failure&) override {}

  std::vector<std::string> words{};
};

// Two clients of one upstream connection.
struct Asked : testing::Test, Turns {
  Asked() {
    for (auto* connection : {&near[0], &near[1], &upstream, &client[0], &client[1], &server})
      begin(connection->run(), ended.emplace_back());
    for (std::size_t n : {0U, 1U}) asking[n].requests = &requests, asking[n].self = &near[n];
    asking_upstream.requests = &requests;
    turn();
  }
  ~Asked() override { stop(); }

  Connection connection(std::unique_ptr<ssh::Packets> packets, Connection::Role& role) {
    return {io.get_executor(),
            std::move(packets),
            {.keepalive = ssh::never_asks, .answer_timeout = std::chrono::hours(1)},
            role,
            unobserved};
  }

  ssh::Unobserved unobserved;
  doubles::PacketsPair wires[3] = {doubles::PacketsPair(io.get_executor()),
                                   doubles::PacketsPair(io.get_executor()),
                                   doubles::PacketsPair(io.get_executor())};
  Told told[2];
  Asking asking[2];
  Asking asking_upstream;
  ssh::ServerRole server_role;
  std::list<std::optional<Failure>> ended;
  Connection client[2] = {connection(wires[0].client(), told[0]), connection(wires[1].client(), told[1])};
  Connection near[2] = {connection(wires[0].server(), asking[0]), connection(wires[1].server(), asking[1])};
  Connection upstream = connection(wires[2].client(), asking_upstream);
  Connection server = connection(wires[2].server(), server_role);
  GlobalRequests requests{upstream};
};

TEST_F(Asked, each_answer_goes_to_the_request_that_asked) {
  client[0].global_request("tcpip-forward", true, octets("8080"));
  client[1].global_request("tomorrow@example.com", true, octets("what"));
  client[0].global_request("no-reply@example.com", false, octets("said"));
  client[0].global_request("cancel-tcpip-forward", true);
  turn();
  ASSERT_EQ(server_role.requests.size(), 4U);
  std::vector<std::string> names;
  for (const auto& request : server_role.requests)
    names.push_back(request.name + " " + text_of(request.payload) + (request.id ? "?" : ""));
  EXPECT_THAT(names, testing::UnorderedElementsAre("tcpip-forward 8080?", "tomorrow@example.com what?",
                                                   "no-reply@example.com said", "cancel-tcpip-forward ?"));
  for (const auto& request : server_role.requests) {
    const auto name = octets(request.name);
    if (request.id) server.answer(*request.id, {request.name[0] == 't', {name.begin(), name.end()}});
  }
  EXPECT_TRUE(told[0].words.empty());
  turn();
  EXPECT_THAT(told[0].words, ElementsAre("yes tcpip-forward", "no "));
  EXPECT_THAT(told[1].words, ElementsAre("yes tomorrow@example.com"));
}

TEST_F(Asked, a_sign_of_life_is_given_by_us) {
  client[0].global_request("keepalive@openssh.com", true);
  turn();
  EXPECT_TRUE(server_role.requests.empty());
  EXPECT_THAT(told[0].words, ElementsAre("no "));
}

TEST_F(Asked, a_client_that_has_gone_takes_no_answer) {
  client[0].global_request("tcpip-forward", true);
  client[1].global_request("tcpip-forward", true);
  turn();
  requests.forget(near[0]);
  for (const auto& request : server_role.requests) server.answer(*request.id, {true});
  turn();
  EXPECT_TRUE(told[0].words.empty());
  EXPECT_THAT(told[1].words, ElementsAre("yes "));
}

TEST_F(Asked, what_a_lost_server_owes_is_refused) {
  client[0].global_request("tcpip-forward", true);
  turn();
  requests.refuse_all();
  turn();
  EXPECT_THAT(told[0].words, ElementsAre("no "));
  EXPECT_FALSE(requests.on_reply({0, true, {}})) << "nothing is asked any more";
}

}  // namespace
}  // namespace towline::relay
