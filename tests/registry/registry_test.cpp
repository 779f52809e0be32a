#include "registry.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>

using namespace banksim;

TEST_CASE("The five strategies of the classroom are there, by their names", "[registry]") {
  for (const char* name : {"unsafe", "global", "naive", "ordered", "scoped"}) {
    REQUIRE(find_strategy(name) != nullptr);
    CHECK(find_strategy(name)->name == name);
  }
}

TEST_CASE("Aliases lead to the same strategy, with '-' and '_' alike", "[registry]") {
  for (const char* alias : {"scoped_lock", "scoped-lock", "std::scoped_lock", "std::scoped-lock"})
    CHECK(find_strategy(alias) == find_strategy("scoped"));
  CHECK(find_strategy("none") == find_strategy("unsafe"));
}

TEST_CASE("An unknown name is nobody", "[registry]") {
  for (const char* name : {"", "order", "orderedd", "Ordered", "all"}) CHECK(find_strategy(name) == nullptr);
}

TEST_CASE("No two strategies answer to the same name", "[registry]") {
  std::set<std::string> names;
  for (const StrategyEntry& entry : strategies()) {
    CHECK(names.insert(std::string(entry.name)).second);
    for (const std::string_view alias : entry.aliases) CHECK(names.insert(std::string(alias)).second);
  }
}
