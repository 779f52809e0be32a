// The kill matrix: every animal against every checker. It is printed, and fails when an animal gets past all
// of them, a checker kills nothing alone, a correct strategy is accused, or a faulty explorer goes unnoticed.
//
// Real runs vary, but each of their checkers has an animal that it cannot miss and the others cannot see. The
// explorer sees every schedule and must catch all; so the checkers of real runs are compared among
// themselves, and the explorer with all of them together. What the thread sanitizer says of an animal would
// end this process, so it says it in one of its own.
//
// Source: mutation analysis, DeMillo, Lipton, Sayward, Hints on Test Data Selection (1978).
#include "support/faulty_explorers.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"
#include "support/zoo_runs.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace banksim;
using namespace banksim::test;

namespace {

// --- The matrix ---

// room is the waiting room. Those before the explorer are of real runs.
enum Checker : std::size_t {
  total,
  ledger,
  negatives,
  attempts,
  live_audit,
  room,
  stall,
  thread_sanitizer,
  explorer,
  kCheckers
};
constexpr std::array<const char*, kCheckers> kCheckerNames{
    "total", "ledger", "negatives", "attempts", "audit", "room", "stall", "tsan", "explorer"};

// One sign a checker. Any other sign than the first two says that it kills, and how.
constexpr char kSawNothing = '.', kDidNotLook = '-', kKills = 'x';

struct Row {
  std::string group;
  std::string name;
  std::array<char, kCheckers> marks{};
  Row(std::string in_group, std::string_view of, char mark = kDidNotLook)
      : group(std::move(in_group)), name(of) {
    marks.fill(mark);
  }

  bool looked(std::size_t checker) const { return marks[checker] != kDidNotLook; }
  bool kills(std::size_t checker) const { return looked(checker) && marks[checker] != kSawNothing; }
  int real_kills() const {
    int sum = 0;
    for (std::size_t i = 0; i < explorer; ++i) sum += kills(i);
    return sum;
  }
  bool survives() const { return real_kills() == 0 && !kills(explorer); }

  // No other checker of real runs kills it; for the explorer: none of them does, and some did look.
  bool only(std::size_t checker) const {
    if (!kills(checker)) return false;
    if (checker != explorer) return real_kills() == 1;
    return real_kills() == 0 && std::any_of(marks.begin(), marks.begin() + explorer,
                                            [](char mark) { return mark != kDidNotLook; });
  }
};
using Matrix = std::vector<Row>;

std::vector<std::string> survivors(const Matrix& matrix) {
  std::vector<std::string> names;
  for (const Row& row : matrix)
    if (row.survives()) names.push_back(row.name);
  return names;
}

std::ptrdiff_t killed_only_by(const Matrix& matrix, std::size_t checker) {
  return std::ranges::count_if(matrix, [=](const Row& row) { return row.only(checker); });
}
bool looked_at_any(const Matrix& matrix, std::size_t checker) {
  return std::ranges::any_of(matrix, [=](const Row& row) { return row.looked(checker); });
}

// The checkers that could be left out: they looked, and without them every animal would still be killed.
std::vector<std::string> idle(const Matrix& matrix) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kCheckers; ++i)
    if (looked_at_any(matrix, i) && killed_only_by(matrix, i) == 0) names.emplace_back(kCheckerNames[i]);
  return names;
}

// Capitals where a checker kills alone.
void print_group(const Matrix& matrix, const std::string& group) {
  std::puts(group.c_str());
  for (const Row& row : matrix) {
    if (row.group != group) continue;
    std::string line = "  " + row.name;
    std::size_t column = 32;
    for (std::size_t i = 0; i < kCheckers; ++i) {
      const char mark = row.marks[i];
      const bool alone = mark >= 'a' && mark <= 'z' && row.only(i);
      line.resize(std::max(line.size(), column), ' ');
      line += alone ? static_cast<char>(mark - 'a' + 'A') : mark;
      column += std::string_view(kCheckerNames[i]).size() + 2;
    }
    std::puts(line.c_str());
  }
}

// --- One animal ---

Config small_run(std::uint32_t accounts) {
  using namespace std::chrono_literals;
  Config config;
  config.threads = 4;
  config.accounts = accounts;
  config.balance = {Money{3}};
  config.max_amount = Money{3};
  config.transfers = 10'000;
  config.hold.yield = true;
  config.audit.kind = AuditPolicy::Kind::each;
  config.timeout = 20s;
  config.stall = 1s;
  config.slice = 2ms;
  return config;
}

std::array<bool, thread_sanitizer> noticed_by(const RunResult& result) {
  const Check& check = result.check;
  return {check.total_found != check.total_expected,
          check.accounts_wrong > 0,
          check.negative_accounts > 0,
          !check.attempts_agree,
          check.audits.wrong > 0,
          result.outcome == Outcome::deadlock,
          result.outcome == Outcome::stalled};
}

// What a run shows depends on luck, for some: the first of a few that shows anything stands.
void look_at_real_run(Row& row, std::uint32_t accounts) {
  for (int tries = 0; tries < 3 && row.real_kills() == 0; ++tries) {
    const auto noticed = noticed_by(zoo::runner(row.name).run(small_run(accounts)));
    for (std::size_t i = 0; i < noticed.size(); ++i) row.marks[i] = noticed[i] ? kKills : kSawNothing;
  }
}

void look_with_thread_sanitizer(Row& row, std::uint32_t accounts) {
  if (!kThreadSanitizer) return;
  const Finished finished =
      run({.arguments = {"[.turns]"},
           .environment = {"TSAN_OPTIONS=exitcode=0 halt_on_error=0 detect_deadlocks=1",
                           "ZOO_ANIMAL=" + row.name, "ZOO_ACCOUNTS=" + std::to_string(accounts)},
           .program = "/proc/self/exe"});
  INFO(row.name << '\n' << finished.out << finished.err);
  REQUIRE(finished.code == 0);
  const auto says = [&finished](const char* what) { return finished.err.find(what) != std::string::npos; };
  row.marks[thread_sanitizer] = says("ThreadSanitizer: data race")              ? 'r'
                                : says("ThreadSanitizer: lock-order-inversion") ? 'i'
                                : says("ThreadSanitizer")                       ? 'o'
                                                                                : kSawNothing;
}

Row row_of(const zoo::Case& animal, std::string group) {
  Row row(std::move(group), animal.name);
  row.marks[explorer] = animal.explore(animal.limits).findings.empty() ? kSawNothing : kKills;
  if (animal.limits.self_transfers) return row;
  look_at_real_run(row, animal.limits.accounts);
  look_with_thread_sanitizer(row, animal.limits.accounts);
  return row;
}

std::string group_of(const zoo::Case& animal) {
  if (animal.limits.self_transfers) return "self-transfers (no real workload has them)";
  return animal.limits.auditor ? "audits" : to_string(animal.kind);
}

// A mistake of the run itself: the explorer has neither workers' shares nor a ledger.
Row row_of_run(const char* name) {
  Row row("worker and ledger", name);
  look_at_real_run(row, 2);
  return row;
}

template <template <class> class Strategy>
Row correct() {
  return row_of(zoo::animal<Strategy>(zoo::size(2, 3), FindingKind{}), "correct strategies");
}

// --- All ---

Matrix broken() {
  Matrix matrix;
  for (const zoo::Case& animal : zoo::cases()) matrix.push_back(row_of(animal, group_of(animal)));
  matrix.push_back(row_of_run("skips-the-last-transfer"));
  matrix.push_back(row_of_run("ledger-by-the-strategy"));
  return matrix;
}

// A faulty explorer says something else of an animal than what is known of it, or proves no correct strategy.
bool caught(const faulty::Explorer& explorer) {
  // First: who forgets when no lock is held would never come to an end with those who spin.
  if (explorer.explore(zoo::find("retries-then-blocks")).findings.empty()) return true;
  for (const zoo::Case& animal : zoo::cases()) {
    const Exploration result = explorer.explore(animal);
    if (result.findings.empty() || result.findings[0].kind != animal.kind) return true;
  }
  const zoo::Case naive = zoo::animal<Naive>(zoo::size(3, 3), FindingKind::deadlock);
  if (explorer.explore(naive).findings.at(0).steps.size() != zoo::find("naive").steps) return true;
  for (const std::uint32_t workers : {1U, 2U}) {  // one is declined only if the amounts are large enough
    const Exploration proof = explorer.explore(zoo::animal<Ordered>(zoo::size(workers, 2), FindingKind{}));
    if (proof.verdict != ExploreVerdict::proved) return true;
  }
  return false;
}

// --- What is said of it ---

void print(const Matrix& matrix, const Matrix& right, const std::vector<std::string>& unnoticed) {
  Matrix shown = matrix;
  shown.insert(shown.end(), right.begin(), right.end());
  std::printf("%32s", "");
  for (const char* const name : kCheckerNames) std::printf("%s  ", name);
  std::puts("");
  for (auto head = shown.begin(); head != shown.end(); ++head)
    if (std::ranges::find(shown, head->group, &Row::group) == head) print_group(shown, head->group);
  std::puts(
      "\n  x killed   . saw nothing   - did not look\n"
      "  X (or R, I): kills alone, that is, no other checker of real runs kills it; explorer: none of them.\n"
      "  room: the waiting room. tsan: the thread sanitizer (r data race, i lock-order inversion, o other).");
  std::puts(kThreadSanitizer
                ? "  Serial turns of two threads, all pairs of them: what it says needs no luck."
                : "  This build has no thread sanitizer: its column is filled by the preset tsan.");
  std::printf("\nKilled alone:");
  for (std::size_t i = 0; i < kCheckers; ++i)
    if (looked_at_any(matrix, i)) std::printf(" %s %td", kCheckerNames[i], killed_only_by(matrix, i));
  const auto explored = std::ranges::count_if(matrix, [](const Row& row) { return row.kills(explorer); });
  std::printf(
      "\n%zu broken, %zu killed, %td by the explorer; %zu correct; %zu faulty explorers, %zu noticed\n\n",
      matrix.size(), matrix.size() - survivors(matrix).size(), explored, right.size(),
      faulty::kExplorers.size(), faulty::kExplorers.size() - unnoticed.size());
}

Row planted(const char* name, std::initializer_list<Checker> killers) {
  Row row("planted", name, kSawNothing);
  for (const Checker checker : killers) row.marks[checker] = kKills;
  return row;
}

}  // namespace

TEST_CASE("Serial turns of one animal, for the thread sanitizer", "[.turns]") {
  const char* const animal = std::getenv("ZOO_ANIMAL");
  const char* const accounts = std::getenv("ZOO_ACCOUNTS");
  REQUIRE((animal != nullptr && accounts != nullptr));
  zoo::runner(animal).take_turns(static_cast<std::uint32_t>(std::strtoul(accounts, nullptr, 10)));
}

TEST_CASE("No animal survives, and every checker kills one that no other kills", "[matrix]") {
  const Matrix matrix = broken();
  const Matrix right = {correct<Global>(), correct<Ordered>(), correct<ScopedLock>()};
  std::vector<std::string> unnoticed;
  for (const faulty::Explorer& one : faulty::kExplorers)
    if (!caught(one)) unnoticed.emplace_back(one.name);
  print(matrix, right, unnoticed);

  CHECK(survivors(matrix) == std::vector<std::string>{});
  CHECK(idle(matrix) == std::vector<std::string>{});
  CHECK(unnoticed == std::vector<std::string>{});
  CHECK_FALSE(caught(faulty::explorer<model::Model>("without a fault")));
  CHECK(survivors(right).size() == right.size());  // nobody accuses them
  for (const Row& row : matrix) {
    INFO(row.name);
    if (row.looked(explorer)) CHECK(row.kills(explorer));
    // Where the explorer finds a race the sanitizer must too, and nowhere else.
    if (row.looked(thread_sanitizer))
      CHECK((row.marks[thread_sanitizer] == 'r') == (zoo::find(row.name).kind == FindingKind::race));
  }
  const auto row = [&matrix](const char* name) { return *std::ranges::find(matrix, name, &Row::name); };
  CHECK(row("says-done-though-declined").only(ledger));
  CHECK(row("holds-and-spins").only(stall));  // what spins is no deadlock to the waiting room
  // The total is needed where the ledger makes the strategy's mistake and nobody audits; a right ledger sees
  // what the total sees.
  CHECK(row("ledger-by-the-strategy").only(total));
  CHECK(row("loses-credit-to-empty").kills(ledger));
}

TEST_CASE("A matrix names the animal that nobody kills, and the checkers that kill nothing alone",
          "[matrix]") {
  using Names = std::vector<std::string>;
  CHECK(survivors({planted("caught", {ledger}), planted("survivor", {}), planted("explored", {explorer})}) ==
        Names{"survivor"});

  Matrix matrix;
  for (std::size_t i = 0; i < kCheckers; ++i) matrix.push_back(planted("own", {static_cast<Checker>(i)}));
  CHECK(idle(matrix).empty());
  matrix[total] = planted("shared", {total, ledger, explorer});
  CHECK(idle(matrix) == Names{"total"});
  matrix[total] = planted("with the explorer", {total, explorer});  // a class of its own
  CHECK(idle(matrix).empty());
  matrix[explorer] = planted("with a real run", {room, explorer});
  CHECK(idle(matrix) == Names{"explorer"});

  Row unrun("planted",
            "explored alone");  // what nobody ran for real is no credit; who did not look, not idle
  unrun.marks[explorer] = kKills;
  CHECK(idle({unrun}) == Names{"explorer"});
  unrun.marks[total] = kSawNothing;
  CHECK(idle({unrun}) == Names{"total"});
}
