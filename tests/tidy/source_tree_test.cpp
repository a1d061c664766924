// The scanner on small texts: a check that cannot fail would be worse than none.
#include "tidy/source_tree.hpp"

#include <gtest/gtest.h>

namespace towline::tidy {

namespace {

TEST(TidyScanner, takes_comments_and_literals_out_and_keeps_lines) {
  EXPECT_EQ(code_of("a // detached\nb /* x\ny */ c \"getenv\" '\\'' 1'000\n"), "a \nb \n c \"\" '' 1'000\n");
  EXPECT_EQ(code_of("R\"(a\n\"b)\" c"), "R\"\"\n c");
}

TEST(TidyScanner, finds_functions_and_their_length) {
  const auto found = functions(
      "namespace a {\n"
      "struct S {\n"
      "  int x = 0;\n"
      "  int f() const {\n"
      "    if (x) {\n"
      "      return 1;\n"
      "    }\n"
      "    return 2;\n"
      "  }\n"
      "};\n"
      "const int table[] = {\n1,\n2};\n"
      "void g() { }\n"
      "}\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 4U);
  EXPECT_EQ(found[0].lines, 6U);
  EXPECT_EQ(found[1].lines, 1U);
}

TEST(TidyScanner, finds_constructors_with_initialisers_and_functions_after_templates) {
  EXPECT_EQ(functions("S::S(int a)\n    : a_(a), b_(2) {\n  f();\n}\n").size(), 1U);
  EXPECT_EQ(functions("template <class T>\nvoid f(T t) {\n}\n").size(), 1U);
  EXPECT_EQ(functions("template <class T>\nstruct X {\n  int a;\n};\n").size(), 0U);
}

TEST(TidyScanner, finds_capturing_lambdas_that_are_coroutines) {
  EXPECT_EQ(capturing_coroutine_lambdas("f([this]() -> Task<> { co_return; });").size(), 1U);
  EXPECT_EQ(capturing_coroutine_lambdas("f([&x](int a) -> Task<> {\n  co_await g(a);\n});").size(), 1U);
  EXPECT_TRUE(capturing_coroutine_lambdas("f([](S& s) -> Task<> { co_return; });").empty());
  EXPECT_TRUE(capturing_coroutine_lambdas("f([this] { return 1; }); Task<> g() { co_return; }").empty());
  EXPECT_TRUE(capturing_coroutine_lambdas("x[i] = 1; { co_return; } [[nodiscard]] int f();").empty());
}

TEST(TidyScanner, finds_conditions_beside_an_await_and_in_what_is_awaited) {
  EXPECT_EQ(conditional_awaits("f();\nco_await (c ? a(*x) : b());"), std::vector<std::size_t>{2});
  EXPECT_EQ(conditional_awaits("{ x = c ? co_await a(*x) : co_await b(); }").size(), 2U);
  EXPECT_EQ(conditional_awaits("co_await f(S{.a = c ? a : b}, 1);").size(), 1U);
  EXPECT_EQ(conditional_awaits("if (!co_await f(c ? a : b)) g();").size(), 1U);
  EXPECT_TRUE(conditional_awaits("x = c ? a : b; co_await f(x); y = c ? a : b;").empty());
  EXPECT_TRUE(conditional_awaits("if (co_await f()) { x = c ? a : b; }").empty());
  EXPECT_TRUE(conditional_awaits("co_await f([x] { return x ? a : b; });").empty());
  EXPECT_TRUE(conditional_awaits("switch (x) { case 1: co_await f(); }").empty());
}

TEST(TidyScanner, finds_names_that_are_brought_in_for_nothing) {
  EXPECT_EQ(
      unused_names("using std::chrono::seconds;\nusing ssh::Key;\nusing Keys = int;\nKeyed k; seconds s;"),
      std::vector<std::string>{"Key"});
}

TEST(TidyScanner, finds_whole_words_only) {
  EXPECT_TRUE(has_word("asio::detached)", "detached"));
  EXPECT_FALSE(has_word("is_detached()", "detached"));
  EXPECT_TRUE(has_word("secure_getenv getenv(x)", "getenv"));
}

TEST(TidyScanner, finds_includes_of_both_kinds) {
  const SourceFile file{"src/a/b.cpp",
                        "#include \"net/listen.hpp\"\n#include <libssh2.h>\n// #include <no>\n", ""};
  EXPECT_EQ(includes(file), (std::vector<std::string>{"net/listen.hpp", "libssh2.h"}));
  EXPECT_EQ(file.stem(), "b");
}

TEST(TidyScanner, a_room_is_a_folder_of_src_or_of_ssh) {
  EXPECT_EQ(room_of("net/listen.hpp"), "net");
  EXPECT_EQ(room_of("ssh/wire/message.hpp"), "ssh/wire");
  EXPECT_EQ(room_of("ssh/transport/client/client_transport.hpp"), "ssh/transport");
  EXPECT_EQ(room_of("ssh/auth/client/agent.hpp"), "ssh/auth");
  EXPECT_EQ(room_of("ssh/auth/server/refusal.hpp"), "ssh/auth/server");
  EXPECT_EQ(room_of("expose/web/hosts.hpp"), "expose/web");
  EXPECT_EQ(room_of("expose/options.hpp"), "expose");
  EXPECT_EQ(room_of("exit_code.hpp"), "");
  EXPECT_EQ((SourceFile{"src/ssh/wire/message.hpp", "", ""}).room(), "ssh/wire");
  EXPECT_EQ((SourceFile{"src/main.cpp", "", ""}).room(), "");
}

}  // namespace

}  // namespace towline::tidy
