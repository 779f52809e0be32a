#include <banksim/workload.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

using namespace banksim;

namespace {

Access zipf(double exponent) { return {Access::Kind::zipf, exponent, 0, 0}; }
Access hot(double picks, double accounts) { return {Access::Kind::hot, 0, picks, accounts}; }

WorkloadConfig config(std::size_t accounts, Access access = {}, std::uint64_t seed = 1) {
  return {seed, accounts, access, Money{1}, Money{100}};
}

std::vector<double> source_shares(const Workload& workload, std::size_t accounts, std::uint64_t transfers) {
  std::vector<double> shares(accounts);
  for (std::uint64_t k = 0; k < transfers; ++k)
    shares[index(workload.transfer(k).from)] += 1.0 / static_cast<double>(transfers);
  return shares;
}

// How often account i is the source: drawn first, or drawn second given another first, and then by a coin.
double drawn_share(double exponent, double norm, std::size_t i, std::size_t accounts) {
  const auto weight = [&](std::size_t j) { return std::pow(static_cast<double>(j + 1), -exponent) / norm; };
  double second = 0;
  for (std::size_t j = 0; j < accounts; ++j)
    if (j != i) second += weight(j) * weight(i) / (1 - weight(j));
  return (weight(i) + second) / 2;
}

Transfer planned(std::uint32_t from, std::uint32_t to, std::int64_t amount) {
  return {AccountId{from}, AccountId{to}, Money{amount}};
}

}  // namespace

// PINNED: a seed means the same transfers on every machine and in every version.
TEST_CASE("Transfers of a seed are what they always were", "[workload]") {
  const Workload workload(config(1000));
  CHECK(workload.transfer(0) == planned(862, 855, 30));
  CHECK(workload.transfer(1) == planned(943, 563, 67));
  CHECK(workload.transfer(999'999'999'999) == planned(100, 855, 38));
  const Workload large({1, 1000, {}, Money{1}, Money{1'000'000'000}});  // one draw is not enough
  CHECK(large.transfer(0) == planned(862, 855, 368'189'516));
  CHECK(large.transfer(1) == planned(943, 563, 45'256'998));
  const Workload skewed(config(1000, zipf(0.99), 42));
  CHECK(skewed.transfer(0) == planned(4, 7, 35));
  CHECK(skewed.transfer(7) == planned(0, 4, 90));
  const Workload hotspot(config(1000, hot(90, 10), 42));
  CHECK(hotspot.transfer(0) == planned(58, 66, 35));
  CHECK(hotspot.transfer(7) == planned(18, 56, 90));
}

TEST_CASE("Every transfer is between two accounts of the bank and within the amounts", "[workload]") {
  const std::size_t accounts = GENERATE(2u, 3u, 6u, 1000u);
  const Access access = GENERATE(Access{}, zipf(0.99), zipf(10), hot(90, 10), hot(100, 1), hot(100, 100));
  const Workload workload({1, accounts, access, Money{5}, Money{7}});
  std::set<Money> amounts;
  for (std::uint64_t k = 0; k < 5000; ++k) {
    const Transfer transfer = workload.transfer(k);
    REQUIRE(index(transfer.from) < accounts);
    REQUIRE(index(transfer.to) < accounts);
    REQUIRE(transfer.from != transfer.to);
    amounts.insert(transfer.amount);
  }
  CHECK(amounts == std::set{Money{5}, Money{6}, Money{7}});
}

TEST_CASE("Transfers from an account to itself come by chance, where they are asked for", "[workload]") {
  const Access access = GENERATE(Access{}, hot(100, 100));
  WorkloadConfig with_self = config(4, access);
  with_self.self_transfers = true;
  const Workload workload(with_self);
  int same = 0;
  for (std::uint64_t k = 0; k < 100'000; ++k) {
    const Transfer transfer = workload.transfer(k);
    REQUIRE(index(transfer.to) < 4);
    same += transfer.from == transfer.to ? 1 : 0;
  }
  CHECK(std::abs(same - 25'000) < 5 * 137);
}

TEST_CASE("Different seeds give different plans", "[workload]") {
  const Workload one(config(1000, {}, 1)), two(config(1000, {}, 2));
  int same = 0;
  for (std::uint64_t k = 0; k < 1000; ++k) same += one.transfer(k) == two.transfer(k) ? 1 : 0;
  CHECK(same < 5);
}

TEST_CASE("Uniform access picks every account and every pair alike", "[workload]") {
  constexpr std::size_t kAccounts = 6;
  constexpr std::uint64_t kTransfers = 300'000;
  const Workload workload(config(kAccounts));
  std::map<std::pair<AccountId, AccountId>, int> pairs;
  for (std::uint64_t k = 0; k < kTransfers; ++k) {
    const Transfer transfer = workload.transfer(k);
    ++pairs[{transfer.from, transfer.to}];
  }
  CHECK(pairs.size() == 30);
  // 10,000 each, with a standard deviation of about 98.
  for (const auto& [pair, count] : pairs) CHECK(std::abs(count - 10'000) < 5 * 98);
}

TEST_CASE("Zipf access follows 1 / rank^s", "[workload]") {
  constexpr std::size_t kAccounts = 50;
  const double exponent = GENERATE(0.5, 0.99, 2.0);
  const auto shares = source_shares(Workload(config(kAccounts, zipf(exponent))), kAccounts, 200'000);
  double norm = 0;
  for (std::size_t i = 1; i <= kAccounts; ++i) norm += std::pow(static_cast<double>(i), -exponent);
  for (std::size_t i = 0; i < kAccounts; ++i) {
    const double expected = drawn_share(exponent, norm, i, kAccounts);
    CHECK(std::abs(shares[i] - expected) < 5 * std::sqrt(expected / 200'000));
  }
}

TEST_CASE("Hot access sends its percentage of the picks to its percentage of the accounts", "[workload]") {
  const auto shares = source_shares(Workload(config(100, hot(90, 10))), 100, 100'000);
  CHECK(std::abs(std::accumulate(shares.begin(), shares.begin() + 10, 0.0) - 0.9) < 0.005);
  CHECK(shares[50] > 0);
}

TEST_CASE("Skewed access moves money both ways alike", "[workload]") {
  const Workload workload(config(100, GENERATE(zipf(2), hot(99, 1))));
  int from_hottest = 0, to_hottest = 0;
  for (std::uint64_t k = 0; k < 100'000; ++k) {
    from_hottest += workload.transfer(k).from == AccountId{0} ? 1 : 0;
    to_hottest += workload.transfer(k).to == AccountId{0} ? 1 : 0;
  }
  CHECK(std::abs(from_hottest - to_hottest) < 1500);  // five standard deviations
}

TEST_CASE("Access is written as the command line takes it", "[workload]") {
  CHECK(Access{}.to_string() == "uniform");
  CHECK(zipf(0.99).to_string() == "zipf:0.99");
  CHECK(hot(90, 10).to_string() == "hot:90:10");
}

TEST_CASE("A burst of the plan has the same transfers as one by one", "[workload]") {
  const Access access = GENERATE(Access{}, zipf(0.99));
  const Money most = GENERATE(Money{100}, Money{1'000'000'000});
  const Workload workload({7, 1000, access, Money{1}, most});
  std::vector<Transfer> burst(16), seen;
  workload.fill(burst, 5, 3, [&seen](const Transfer& transfer) { seen.push_back(transfer); });
  CHECK(seen == burst);
  for (std::uint64_t i = 0; i < burst.size(); ++i) CHECK(burst[i] == workload.transfer(5 + 3 * i));
}
