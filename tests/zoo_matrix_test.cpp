// The kill matrix: every animal against every checker. It is printed, and fails when an animal gets past all
// of them, a checker kills nothing alone, a correct strategy is accused, or a faulty checker goes unnoticed.
//
// Real runs vary, but each of their checkers has an animal that it cannot miss and the others cannot see. The
// explorer must catch all. What the thread sanitizer says of an animal would end this process, so it says it
// in one of its own.
#include "support/checker_laws.hpp"
#include "support/faulty_explorers.hpp"
#include "support/kill_matrix.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"
#include "support/zoo_runs.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

using namespace banksim;
using namespace banksim::test;

namespace {

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
void look_at_real_run(MatrixRow& row, std::uint32_t accounts) {
  for (int tries = 0; tries < 3 && row.real_kills() == 0; ++tries) {
    const auto noticed = noticed_by(zoo::runner(row.name).run(small_run(accounts)));
    for (std::size_t i = 0; i < noticed.size(); ++i) row.marks[i] = noticed[i] ? kKills : kSawNothing;
  }
}

void look_with_thread_sanitizer(MatrixRow& row, std::uint32_t accounts) {
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

MatrixRow row_of(std::string group, const zoo::Case& animal) {
  MatrixRow row(std::move(group), animal.name);
  row.marks[explorer] = animal.explore(animal.limits).findings.empty() ? kSawNothing : kKills;
  if (animal.self_transfers) return row;
  look_at_real_run(row, animal.limits.accounts);
  look_with_thread_sanitizer(row, animal.limits.accounts);
  return row;
}

std::string group_of(const zoo::Case& animal) {
  if (animal.self_transfers) return "Self-transfers (no real workload has them)";
  if (animal.limits.auditor) return "Audits";
  switch (animal.kind) {
    case FindingKind::race:
      return "Races";
    case FindingKind::deadlock:
      return "Deadlocks";
    case FindingKind::livelock:
      return "Livelocks";
    case FindingKind::lock_kept:
    case FindingKind::foreign_unlock:
      return "Unlocking";
    default:
      return "Money";
  }
}
MatrixRow row_of(const zoo::Case& animal) { return row_of(group_of(animal), animal); }

// A mistake of the run itself: the explorer has neither workers' shares nor a ledger.
MatrixRow row_of_run(const char* name) {
  MatrixRow row("Worker and ledger", name);
  look_at_real_run(row, 2);
  return row;
}

template <template <class> class Strategy>
MatrixRow correct() {
  return row_of("Correct strategies", zoo::animal<Strategy>(zoo::size(2, 3), FindingKind{}));
}

// --- All ---

Matrix broken() {
  Matrix matrix;
  for (const zoo::Case& animal : zoo::cases()) matrix.push_back(row_of(animal));
  matrix.push_back(row_of_run("skips-the-last-transfer"));
  matrix.push_back(row_of_run("ledger-by-the-strategy"));
  return matrix;
}

struct Mutant {
  const char* name;
  bool caught;
};

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

std::vector<Mutant> mutants_of_checkers() {
  std::vector<Mutant> mutants{
      {"validator skips the last account", losses_misjudged(validate_but_the_last) > 0},
      {"validator passes on zero checks", nothing_called_ok(validate_nothing_as_ok) > 0},
      {"waiting room ignores the auditor", rings_misjudged<RoomWithoutAuditor>(true) > 0},
  };
  for (const faulty::Explorer& explorer : faulty::kExplorers)
    mutants.push_back({explorer.name, caught(explorer)});
  return mutants;
}

void print(const Matrix& matrix, const Matrix& right, const std::vector<Mutant>& mutants) {
  Matrix shown = matrix;
  shown.insert(shown.end(), right.begin(), right.end());
  std::fputs(to_text(shown).c_str(), stdout);
  std::puts("Faulty checkers");
  for (const Mutant& mutant : mutants)
    std::printf("  %-40s%s\n", mutant.name, mutant.caught ? "noticed" : "NOT NOTICED");
  std::puts(
      "\n  x killed   . saw nothing   - did not look\n"
      "  X (or R, I): kills alone, that is, no other checker of real runs kills it; explorer: none of them.\n"
      "  room: the waiting room. tsan: the thread sanitizer (r data race, i lock-order inversion, o other).");
  std::puts(kThreadSanitizer
                ? "  Serial turns of two threads, all pairs of them: what it says needs no luck."
                : "  This build has no thread sanitizer: its column is filled by the preset tsan.");
  std::string alone;
  for (std::size_t i = 0; i < kCheckers; ++i)
    if (looked_at_any(matrix, i))
      alone += ' ' + std::string(kCheckerNames[i]) + ' ' + std::to_string(killed_only_by(matrix, i));
  std::printf("\nKilled alone:%s\n", alone.c_str());
  const auto explored =
      std::ranges::count_if(matrix, [](const MatrixRow& row) { return row.kills(explorer); });
  std::printf(
      "%zu broken, %zu killed, %td by the explorer; %zu correct; %zu faulty checkers, %td noticed\n\n",
      matrix.size(), matrix.size() - survivors(matrix).size(), explored, right.size(), mutants.size(),
      std::ranges::count_if(mutants, &Mutant::caught));
}

MatrixRow planted(const char* name, std::initializer_list<Checker> killers) {
  MatrixRow row("planted", name);
  row.marks.fill(kSawNothing);
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
  const std::vector<Mutant> mutants = mutants_of_checkers();
  print(matrix, right, mutants);

  CHECK(survivors(matrix) == std::vector<std::string>{});
  CHECK(idle(matrix) == std::vector<std::string>{});
  CHECK_FALSE(caught(faulty::explorer<model::Model>("without a fault")));
  CHECK(survivors(right).size() == right.size());  // nobody accuses them
  for (const Mutant& mutant : mutants) {
    INFO(mutant.name);
    CHECK(mutant.caught);
  }
  for (const MatrixRow& row : matrix) {
    INFO(row.name);
    if (row.looked(explorer)) CHECK(row.kills(explorer));
    // Where the explorer finds a race the sanitizer must too, and nowhere else.
    if (row.looked(thread_sanitizer))
      CHECK((row.marks[thread_sanitizer] == 'r') == (zoo::find(row.name).kind == FindingKind::race));
  }
}

TEST_CASE("A matrix names the animal that nobody kills", "[matrix]") {
  const Matrix matrix = {planted("caught", {ledger}), planted("survivor", {}),
                         planted("explored", {explorer})};
  CHECK(survivors(matrix) == std::vector<std::string>{"survivor"});
}

TEST_CASE("A matrix names the checkers that kill nothing alone", "[matrix]") {
  Matrix matrix;
  for (std::size_t i = 0; i < kCheckers; ++i) matrix.push_back(planted("own", {static_cast<Checker>(i)}));
  CHECK(idle(matrix).empty());
  matrix[total] = planted("shared", {total, ledger, explorer});
  CHECK(idle(matrix) == std::vector<std::string>{"total"});
  matrix[total] = planted("with the explorer", {total, explorer});  // a class of its own
  CHECK(idle(matrix).empty());
  matrix[explorer] = planted("with a real run", {room, explorer});
  CHECK(idle(matrix) == std::vector<std::string>{"explorer"});
}

TEST_CASE("Who did not look at all is not called idle, and what nobody ran for real is no credit",
          "[matrix]") {
  MatrixRow unrun("planted", "explored alone");
  unrun.marks[explorer] = kKills;
  CHECK(idle({unrun}) == std::vector<std::string>{"explorer"});
  unrun.marks[total] = kSawNothing;
  CHECK(idle({unrun}) == std::vector<std::string>{"total"});
}

TEST_CASE("A matrix is at most 110 columns wide", "[matrix]") {
  std::istringstream lines(to_text({planted("the-longest-name-that-an-animal-has", {explorer})}));
  for (std::string text; std::getline(lines, text);) CHECK(text.size() <= 110);
}

TEST_CASE("What only the ledger sees, only the ledger sees, of the checkers of real runs", "[matrix]") {
  CHECK(row_of(zoo::find("says-done-though-declined")).only(ledger));
}

TEST_CASE("A total is needed where the ledger makes the strategy's mistake and nobody audits", "[matrix]") {
  CHECK(row_of_run("ledger-by-the-strategy").only(total));
  CHECK(row_of(zoo::find("loses-credit-to-empty")).kills(ledger));  // a right one sees what the total sees
}

TEST_CASE("What spins is no deadlock to the waiting room: stalled, and no more", "[matrix]") {
  CHECK(row_of(zoo::find("holds-and-spins")).only(stall));
}
