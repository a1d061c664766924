#include "ssh/auth/client/authentication_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace towline::ssh {
namespace {

using testing::ElementsAre;
using Kind = AuthenticationStep::Kind;
using State = AuthenticationState;

const std::vector<std::string> everything{"publickey", "keyboard-interactive", "password"};

// What is done about a server that refuses everything, in order: "ask_agent publickey0 …".
std::string steps(State state) {
  std::string text;
  for (;;) {
    const auto step = next_step(state);
    switch (step.kind) {
      case Kind::give_up: return text;
      case Kind::ask_agent:
        text += "agent ";
        state.agent_unasked = state.agent_first = false;
        state.identities.push_back(Tried::no);
        break;
      case Kind::publickey:
        text += "key" + std::to_string(step.identity) + " ";
        state.identities[step.identity] = Tried::refused;
        break;
      case Kind::keyboard_interactive:
        text += "questions ";
        state.keyboard_interactive_tried = Tried::refused;
        break;
      case Kind::password:
        text += "password ";
        state.password_tried = Tried::refused;
        break;
    }
  }
}

State full() {
  State state;
  state.offered = everything;
  state.password = state.answer = true;
  state.nothing_set_up = false;
  state.agent_unasked = true;
  state.identities = {Tried::no, Tried::no};
  return state;
}

TEST(AuthenticationPlan, tries_keys_agent_questions_and_password_in_this_order) {
  EXPECT_EQ(steps(full()), "key0 key1 agent key2 questions password ");
}

TEST(AuthenticationPlan, leaves_out_what_is_not_offered_allowed_or_there) {
  struct Row {
    const char* name;
    void (*change)(State&);
    const char* expected;
  };
  const Row rows[] = {
      {"only publickey offered", [](State& s) { s.offered = {"publickey"}; }, "key0 key1 agent key2 "},
      {"only password offered", [](State& s) { s.offered = {"password"}; }, "password "},
      {"only questions offered", [](State& s) { s.offered = {"keyboard-interactive"}; }, "questions "},
      {"nothing we know", [](State& s) { s.offered = {"hostbased", "gssapi-with-mic"}; }, ""},
      {"nothing", [](State& s) { s.offered = {}; }, ""},
      {"PubkeyAuthentication no", [](State& s) { s.publickey = false; }, "questions password "},
      {"KbdInteractiveAuthentication no", [](State& s) { s.keyboard_interactive = false; },
       "key0 key1 agent key2 password "},
      {"PasswordAuthentication no", [](State& s) { s.password = false; }, "key0 key1 agent key2 questions "},
      {"no password", [](State& s) { s.password = s.answer = false; }, "key0 key1 agent key2 "},
      {"no agent", [](State& s) { s.agent_unasked = false; }, "key0 key1 questions password "},
      {"no key", [](State& s) { s.identities.clear(); }, "agent key0 questions password "},
      {"certificate for the agent's key", [](State& s) { s.agent_first = true; },
       "agent key0 key1 key2 questions password "}};
  for (const auto& row : rows) {
    auto state = full();
    row.change(state);
    EXPECT_EQ(steps(state), row.expected) << row.name;
  }
}

TEST(AuthenticationPlan, questions_without_an_answer_are_for_servers_that_ask_nothing) {
  State state;
  state.offered = everything;
  EXPECT_EQ(steps(state), "questions ") << "nothing is set up: it is all there is";
  state.nothing_set_up = false;
  EXPECT_EQ(steps(state), "") << "a key that cannot be used, and one attempt less";
  state.identities = {Tried::accepted};
  EXPECT_EQ(steps(state), "questions ") << "a further factor";
}

TEST(AuthenticationPlan, the_next_factor_repeats_what_was_refused_and_not_what_was_accepted) {
  auto state = full();
  state.agent_unasked = false;
  state.identities = {Tried::refused, Tried::accepted, Tried::no};
  state.keyboard_interactive_tried = Tried::accepted;
  state.password_tried = Tried::refused;
  begin_next_factor(state);
  EXPECT_EQ(steps(state), "key0 key2 password ");
}

struct AlgorithmRow {
  const char* type;
  const char* ours;
  const char* servers;
  const char* request;  // empty: none
  const char* signature;
};

TEST(AuthenticationPlan, algorithm_of_a_key) {
  constexpr auto all =
      "ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
      "sk-ssh-ed25519-cert-v01@openssh.com,ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,"
      "rsa-sha2-512,rsa-sha2-256";
  const AlgorithmRow rows[] = {
      {"ssh-ed25519", all, "", "ssh-ed25519", "ssh-ed25519"},
      {"ssh-ed25519", all, "rsa-sha2-256", "ssh-ed25519", "ssh-ed25519"},
      {"ssh-ed25519", "rsa-sha2-256", "", "", ""},
      {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519", "", "", ""},
      {"ssh-rsa-cert-v01@openssh.com", "rsa-sha2-512,rsa-sha2-256", "", "", ""},
      {"ssh-ed25519-cert-v01@openssh.com", all, "", "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"},
      {"ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519-cert-v01@openssh.com", "",
       "ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"},
      {"sk-ssh-ed25519-cert-v01@openssh.com", all, "", "sk-ssh-ed25519-cert-v01@openssh.com",
       "sk-ssh-ed25519@openssh.com"},
      {"ecdsa-sha2-nistp521", all, "", "", ""},
      {"ssh-rsa", all, "", "rsa-sha2-512", "rsa-sha2-512"},
      {"ssh-rsa", "rsa-sha2-256,rsa-sha2-512", "", "rsa-sha2-256", "rsa-sha2-256"},
      {"ssh-rsa", all, "ssh-ed25519,rsa-sha2-256", "rsa-sha2-256", "rsa-sha2-256"},
      {"ssh-rsa", all, "ssh-rsa", "", ""},
      {"ssh-rsa", "ssh-ed25519", "", "", ""},
      {"ssh-rsa-cert-v01@openssh.com", all, "rsa-sha2-256,rsa-sha2-512", "rsa-sha2-512-cert-v01@openssh.com",
       "rsa-sha2-512"},
      {"ssh-rsa-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "",
       "rsa-sha2-256-cert-v01@openssh.com", "rsa-sha2-256"},
      {"ssh-dss", all, "", "", ""}};
  for (const auto& row : rows) {
    const auto algorithm = key_algorithm(row.type, row.ours, row.servers);
    const auto expected =
        *row.request == '\0' ? std::nullopt : std::optional(KeyAlgorithm{row.request, row.signature});
    EXPECT_EQ(algorithm, expected) << row.type << " ours " << row.ours << " servers " << row.servers;
  }
}

TEST(AuthenticationPlan, the_password_answers_one_hidden_question_once) {
  const Prompt hidden{"Password:", false};
  const Prompt shown{"User name:", true};
  bool used = false;
  EXPECT_THAT(*answers_to({}, "pw", used), ElementsAre()) << "no question, no answer";
  EXPECT_THAT(*answers_to({}, "", used), ElementsAre());
  EXPECT_FALSE(used);
  EXPECT_EQ(answers_to(std::vector{shown}, "pw", used), std::nullopt) << "it would be on a screen";
  EXPECT_EQ(answers_to(std::vector{hidden}, "", used), std::nullopt) << "there is no password";
  EXPECT_THAT(*answers_to(std::vector{hidden}, "pw", used), ElementsAre("pw"));
  EXPECT_TRUE(used);
  EXPECT_EQ(answers_to(std::vector{hidden}, "pw", used), std::nullopt) << "a second question is another";
  EXPECT_THAT(*answers_to({}, "pw", used), ElementsAre()) << "a last message without a question";
  used = false;
  EXPECT_EQ(answers_to(std::vector{hidden, hidden}, "pw", used), std::nullopt) << "password and code";
}

}  // namespace
}  // namespace towline::ssh
