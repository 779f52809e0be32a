// Amounts, balances, self-transfers and chosen transfers: what a search is given.
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <string>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;
using zoo::size;

namespace {

template <class S>
struct LargeOnesOtherwise : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool source_first = t.amount > Money{50} || t.from < t.to;
    return PairGuard<typename S::Mutex>(bank[source_first ? t.from : t.to].mutex,
                                        bank[source_first ? t.to : t.from].mutex);
  }
};

ExploreLimits of(std::int64_t balance, std::vector<std::int64_t> amounts, ExploreLimits limits = size(2, 2)) {
  limits.balance = Money{balance};
  limits.amounts.clear();
  for (const std::int64_t amount : amounts) limits.amounts.emplace_back(amount);
  return limits;
}

std::string head(const ExploreLimits& limits) {
  const std::string token = explore<LargeOnesOtherwise>(limits).findings.at(0).token;
  return token.substr(0, token.rfind('-', token.find(':')));
}

ExploreLimits replay_of(const std::string& token) {
  ExploreLimits limits;
  limits.replay = token;
  return limits;
}

}  // namespace

TEST_CASE("A fault that only large amounts show is found where they are given", "[explore]") {
  CHECK(explore<LargeOnesOtherwise>(size(2, 2)).verdict == ExploreVerdict::proved);
  const ExploreLimits limits = of(100, {1, 50, 100, 101});
  const ExploreFinding finding = explore<LargeOnesOtherwise>(limits).findings.at(0);
  CHECK(finding.kind == FindingKind::deadlock);
  const Exploration again = explore<LargeOnesOtherwise>(replay_of(finding.token));
  CHECK(again.limits.balance == limits.balance);
  CHECK(again.limits.amounts == limits.amounts);
  CHECK(again.findings.at(0).steps == finding.steps);
  CHECK(explore<Ordered>(limits).verdict == ExploreVerdict::proved);
}

TEST_CASE("A balance may need more than 32 bits", "[explore]") {
  const std::int64_t large = std::int64_t{1} << 40;
  CHECK(explore<Ordered>(of(large + 1, {large, large + 2})).verdict == ExploreVerdict::proved);
}

TEST_CASE("Balance and amounts are in a token if they are not the usual ones", "[explore]") {
  CHECK(head(of(100, {1, 50, 100})) == "broken.w2a2k1b100m1_50_100");
  CHECK(head(of(1, {60})) == "broken.w2a2k1m60");
  CHECK(head(of(0, {60}, size(3, 3, 2, true))) == "broken.w3a3k2b0m60au");
  ExploreLimits self = of(2, {1, 2});
  self.self_transfers = true;
  CHECK(head(self) == "broken.w2a2k1b2self");
  CHECK(explore<Naive>(size(2, 2)).findings.at(0).token == "naive.w2a2k1-a0638b52:0-0.1-2");
}

TEST_CASE("A token's head has one form only", "[explore]") {
  CHECK(replay_subject("naive.w2a2k1b100m1_50_100auself-a0638b52:0").amounts.size() == 3);
  for (const char* size : {"w2a2k1b1",
                           "w2a2k1m1_2",
                           "w02a2k1",
                           "w2a2k1m",
                           "w2a2k1m1_",
                           "w2a2k1m_1",
                           "w2a2k1m1_1",
                           "w2a2k1m0",
                           "w2a2k1m1_0",
                           "w2a2k1m-1",
                           "w2a2k1b-1",
                           "w2a2k1b9007199254740992",
                           "w2a2k1m9007199254740992",
                           "w2a2k1m99999999999999999999",
                           "w2a2k1b99999999999999999999",
                           "w2a2k1m1_2_3_4_5_6_7_8_9",
                           "w2a2k1selfau",
                           "w2a2k1m1b2",
                           "w2a2k1 ",
                           "w8a2k1",
                           "w2a9k1",
                           "w2a2k0",
                           "w2a2k256",
                           "w2a2k1+",
                           "w2a2k1+anything",
                           "w2a2k1+deadlock0",
                           "w2a2k1+race3",
                           "w2a2k1+raceau",
                           "w2a2k1+deadlockau3",
                           "w2a2k1+nothing"}) {
    INFO(size);
    CHECK_THROWS_AS(replay_subject("naive." + std::string(size) + "-a0638b52:0-0.1-2"), BadReplayToken);
    CHECK_THROWS_AS(explore<Naive>(replay_of("naive." + std::string(size) + "-a0638b52:0-0.1-2")),
                    BadReplayToken);
  }
  for (const char* other :
       {"naive.w2a2k1-a0638b5:0", "naive.w2a2k1-a0638b522:0", "naive.w2a2k1-A0638B52:0", "naive.w2a2k1-:0",
        "naive.w2a2k1a0638b52:0", "naive.w2a2k1-a0638b52", "w2a2k1-a0638b52:0", "naive.w2a2k1--0638b52:0"}) {
    INFO(other);
    CHECK_THROWS_AS(replay_subject(other), BadReplayToken);
  }
}

TEST_CASE("Amounts and balances out of range are refused with the option's name", "[explore]") {
  const std::int64_t most = kMaxTotal.minor_units();
  const auto& [limits, why] = GENERATE_COPY(
      std::pair(of(1, {}), "--amounts"), std::pair(of(1, {1, 2, 1}), "--amounts lists 1 twice"),
      std::pair(of(1, {0}), "--amounts"), std::pair(of(1, {1, -1}), "--amounts"),
      std::pair(of(1, {most + 1}), "--amounts"), std::pair(of(1, {1, 2, 3, 4, 5, 6, 7, 8, 9}), "--amounts"),
      std::pair(of(-1, {1}), "--balance"), std::pair(of(most / 2 + 1, {1}), "--balance"));
  CHECK_THROWS_WITH(check_limits("ordered", limits), ContainsSubstring(why));
  CHECK_NOTHROW(check_limits("ordered", of(most / 2, {1, most})));
  CHECK_NOTHROW(check_limits("ordered", of(0, {1})));
}

TEST_CASE("Workers choose among the given transfers only, and the token numbers them among all",
          "[explore]") {
  ExploreLimits limits = size(2, 3);
  const Transfer up{AccountId{1}, AccountId{2}, Money{1}};
  const Transfer down{AccountId{2}, AccountId{1}, Money{2}};
  limits.choices = {up, down};
  const ExploreFinding finding = explore<Naive>(limits).findings.at(0);
  for (const ExploreStep& step : finding.steps)
    if (step.begins) CHECK(std::ranges::count(limits.choices, *step.begins) == 1);
  CHECK(explore<Naive>(replay_of(finding.token)).findings.at(0).steps == finding.steps);
  limits.choices = {up};
  CHECK(explore<Naive>(limits).findings.empty());
  limits.choices = {{AccountId{1}, AccountId{1}, Money{1}}};
  CHECK_THROWS_AS(explore<Naive>(limits), std::invalid_argument);
  limits.self_transfers = true;
  CHECK(explore<Naive>(limits).findings.at(0).cycle.size() == 1);
}

TEST_CASE("The same transfers in the same bank make the same states, however they are named", "[explore]") {
  ExploreLimits chosen = size(3, 3, 2, true);
  for (std::uint32_t from = 0; from < 2; ++from)
    for (const std::int64_t amount : {1, 2})
      chosen.choices.push_back({AccountId{from}, AccountId{1 - from}, Money{amount}});
  const Exploration all = explore<Global>(size(3, 2, 2));
  chosen.auditor = false;
  const Exploration some = explore<Global>(chosen);
  CHECK(some.verdict == ExploreVerdict::proved);
  CHECK(some.states == all.states);
  CHECK(some.interleavings == all.interleavings);
}
