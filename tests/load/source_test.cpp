// What a strategy's file holds, seen from its text.
#include "load/source.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace banksim;
using Names = std::vector<std::string>;

namespace {

constexpr const char* kBody = " { static constexpr const char* name = \"x\"; auto lock_pair(int); };\n";

std::string strategy(const std::string& head) { return head + kBody; }

std::vector<std::size_t> suspected(const char* text) {
  std::vector<std::size_t> lines;
  for (const Suspicion& one : suspicions_of(text)) lines.push_back(one.line);
  return lines;
}

}  // namespace

TEST_CASE("A strategy is a class template with one parameter that has a name or locks") {
  CHECK(strategies_in(strategy("template <class S> struct Mine")).strategies == Names{"Mine"});
  CHECK(strategies_in(strategy("template<typename Sync>\nclass Mine final : public Base<Sync, 2>"))
            .strategies == Names{"Mine"});
  CHECK(strategies_in(strategy("template <template <class> class S> struct Mine")).strategies ==
        Names{"Mine"});
  CHECK(strategies_in(strategy("template <class A, class B> struct Mine")).strategies.empty());
  CHECK(strategies_in("template <class S> struct Mine;").strategies.empty());
  CHECK(strategies_in("template <class M> struct Guard { M& mutex; ~Guard(); };").strategies.empty());
  CHECK(strategies_in("").strategies.empty());
}

TEST_CASE("Its name has the namespaces that it stands in") {
  CHECK(strategies_in("namespace a::b { namespace { } inline namespace c {" +
                      strategy("template <class S> struct D") + "} } " +
                      strategy("template <class S> struct E"))
            .strategies == Names{"a::b::c::D", "E"});
  CHECK(strategies_in("namespace q = a::b; using namespace a; " + strategy("template <class S> struct D"))
            .strategies == Names{"D"});
  CHECK(strategies_in("namespace a { MADE(C) int x; }; " + strategy("template <class S> struct D") + " }")
            .strategies == Names{"a::D"});
}

TEST_CASE("A base without a name is no strategy of its own, where others have one") {
  const std::string base = "template <class S> struct Base { auto lock_all(int); };";
  CHECK(strategies_in(base + strategy("template <class S> struct D : Base<S>")).strategies == Names{"D"});
  CHECK(strategies_in(base).strategies == Names{"Base"});  // whose author forgot it
}

TEST_CASE("Who is no template is told so") {
  CHECK(strategies_in("struct Mine { auto lock_pair(int); };").no_template == "Mine");
  CHECK(strategies_in("struct Other { int x; };").no_template.empty());
}

TEST_CASE("What stands in comments and literals is not code") {
  CHECK(strategies_in(
            "// template <class S> struct A { name };\n/* template <class S> struct B { name }; */\n"
            "const char* c = \"template <class S> struct C { name }; \\\" {\"; char d = '{';\n"
            "auto e = R\"x({ template <class S> struct E { name }; )x\";\nint million = 1'000'000;\n" +
            strategy("template <class S> struct F"))
            .strategies == Names{"F"});
  CHECK(strategies_in("/* never closed " + strategy("template <class S> struct F")).strategies.empty());
}

TEST_CASE("A guard without a name is suspected, with its line, and one with a name is not") {
  CHECK(
      suspected(
          "void f() {\n  std::lock_guard<M>(m);\n  std::scoped_lock(a, b);\n  std::unique_lock<M>{m};\n}") ==
      std::vector<std::size_t>{2, 3, 4});
  CHECK(suspected("{ std::lock_guard<M> guard(m); std::scoped_lock both(a, b); }").empty());
  CHECK(suspected("Both both{std::unique_lock<M>(m), std::unique_lock<M>()};").empty());
  CHECK(suspected("{ return std::unique_lock<M>(m); }").empty());
  CHECK(suspected("{ auto g = std::unique_lock<M>(m); f(std::unique_lock<M>(m)); }").empty());
  CHECK(suspected("{ if (x) std::lock_guard<M>(m); }") == std::vector<std::size_t>{1});
  CHECK(suspected("// std::lock_guard<M>(m);\n").empty());
}

TEST_CASE("What nobody can watch is suspected") {
  CHECK(suspected("std::mutex gate;\ntypename S::Mutex own;\nstd::condition_variable bell;\n") ==
        std::vector<std::size_t>{1, 3});
  CHECK(suspected("Account mutex; bank[a].mutex.lock();").empty());
}
