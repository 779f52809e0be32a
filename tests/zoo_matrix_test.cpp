// The kill matrix: every animal against every checker. It is printed, and fails when an animal gets past all
// of them, a checker kills nothing alone, a correct strategy is accused, or a faulty checker goes unnoticed.
//
// Real runs vary, but each of their checkers has an animal that it cannot miss and the others cannot see. The
// explorer must catch all. Animals run in a process of their own: support/zoo_animal.cpp.
#include "support/checker_laws.hpp"
#include "support/faulty_explorers.hpp"
#include "support/kill_matrix.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <sstream>
#include <string>

using namespace banksim;
using namespace banksim::test;

namespace {

// --- One animal ---

Finished run_animal(const char* mode, std::string_view name, std::uint32_t accounts, const char* options) {
  Finished finished = run({.arguments = {mode, std::string(name), std::to_string(accounts)},
                           .environment = {std::string("TSAN_OPTIONS=") + options},
                           .program = BANKSIM_ZOO_ANIMAL});
  INFO(mode << ' ' << name << '\n' << finished.err);
  REQUIRE(finished.code == 0);  // 2: the animal is missing from the table in zoo_animal.cpp
  return finished;
}

void look_at_real_run(MatrixRow& row, std::uint32_t accounts) {
  const Finished finished = run_animal("real", row.name, accounts, "report_bugs=0");
  for (std::size_t i = 0; i < thread_sanitizer; ++i) row.marks[i] = kSawNothing;
  std::istringstream names(finished.out);
  for (std::string name; names >> name;) {
    const auto checker = std::ranges::find(kCheckerNames, name) - kCheckerNames.begin();
    REQUIRE(checker < static_cast<std::ptrdiff_t>(thread_sanitizer));
    row.marks[static_cast<std::size_t>(checker)] = kKills;
  }
}

void look_with_thread_sanitizer(MatrixRow& row, std::uint32_t accounts) {
  if (!kThreadSanitizer) return;
  const Finished finished =
      run_animal("serial", row.name, accounts, "exitcode=0 halt_on_error=0 detect_deadlocks=1");
  const auto says = [&finished](const char* what) { return finished.err.find(what) != std::string::npos; };
  char& mark = row.marks[thread_sanitizer];
  if (says("ThreadSanitizer: data race"))
    mark = 'r';
  else if (says("ThreadSanitizer: lock-order-inversion"))
    mark = 'i';
  else
    mark = says("ThreadSanitizer") ? 'o' : kSawNothing;
}

void explore_it(MatrixRow& row, const Exploration& result) {
  row.marks[explorer] = result.findings.empty() ? kSawNothing : kKills;
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

MatrixRow row_of(const zoo::Case& animal) {
  MatrixRow row(group_of(animal), std::string(animal.name));
  explore_it(row, animal.explore(animal.limits));
  if (animal.self_transfers) return row;
  look_at_real_run(row, animal.limits.accounts);
  look_with_thread_sanitizer(row, animal.limits.accounts);
  return row;
}

// --- All ---

Matrix broken() {
  Matrix matrix;
  for (const zoo::Case& animal : zoo::cases()) matrix.push_back(row_of(animal));
  // Mistakes of the run itself: the explorer has neither workers' shares nor a ledger.
  for (const char* name : {"skips-the-last-transfer", "ledger-by-the-strategy"}) {
    MatrixRow row("Worker and ledger", name);
    look_at_real_run(row, 2);
    matrix.push_back(row);
  }
  return matrix;
}

template <template <class> class Strategy>
MatrixRow correct() {
  MatrixRow row("Correct strategies", std::string(Strategy<ModelSync>::name));
  explore_it(row, explore<Strategy>(zoo::size(2, 3)));
  look_at_real_run(row, 3);
  look_with_thread_sanitizer(row, 3);
  return row;
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
  for (const std::uint32_t workers :
       {1U, 2U}) {  // one alone is declined only if the amounts are large enough
    const Exploration proof = explorer.explore(zoo::animal<Ordered>(zoo::size(workers, 2), FindingKind{}));
    if (proof.verdict != ExploreVerdict::proved) return true;
  }
  return false;
}

std::vector<Mutant> mutants_of_checkers() {
  std::vector<Mutant> mutants{
      {"validator skips the last account", losses_misjudged(&validate_but_the_last) > 0},
      {"validator passes on zero checks", nothing_called_ok(&validate_nothing_as_ok) > 0},
      {"waiting room ignores the auditor", rings_misjudged<RoomWithoutAuditor>(true) > 0},
  };
  for (const faulty::Explorer& explorer : faulty::kExplorers)
    mutants.push_back({explorer.name, caught(explorer)});
  return mutants;
}

// --- Shown ---

void print_legend() {
  std::puts(
      "\n  x killed   . saw nothing   - did not look\n"
      "  X (or R, I): kills alone, that is, no other checker of real runs kills it; explorer: none of them.\n"
      "  room: the waiting room. tsan: the thread sanitizer (r data race, i lock-order inversion, o other).");
  std::puts(kThreadSanitizer
                ? "  Serial turns of two threads, all pairs of them: what it says needs no luck."
                : "  This build has no thread sanitizer: its column is filled by the preset tsan.");
}

void print_counts(const Matrix& matrix, std::size_t correct_ones, const std::vector<Mutant>& mutants) {
  std::string alone;
  for (std::size_t i = 0; i < kCheckers; ++i)
    if (const auto checker = static_cast<Checker>(i); looked_at_any(matrix, checker))
      alone += ' ' + std::string(kCheckerNames[i]) + ' ' + std::to_string(killed_only_by(matrix, checker));
  std::printf("\nKilled alone:%s\n", alone.c_str());
  std::printf(
      "%zu broken, %zu killed, %td by the explorer; %zu correct; %zu faulty checkers, %td noticed\n\n",
      matrix.size(), matrix.size() - survivors(matrix).size(), killed_by(matrix, explorer), correct_ones,
      mutants.size(), std::ranges::count_if(mutants, &Mutant::caught));
}

MatrixRow planted(const char* name, std::initializer_list<Checker> killers) {
  MatrixRow row("planted", name);
  row.marks.fill(kSawNothing);
  for (const Checker checker : killers) row.marks[checker] = kKills;
  return row;
}

}  // namespace

TEST_CASE("No animal survives, and every checker kills one that no other kills", "[matrix]") {
  const Matrix matrix = broken();
  const Matrix right = {correct<Global>(), correct<Ordered>(), correct<ScopedLock>()};
  const std::vector<Mutant> mutants = mutants_of_checkers();

  Matrix shown = matrix;
  shown.insert(shown.end(), right.begin(), right.end());
  std::fputs(to_text(shown).c_str(), stdout);
  std::puts("Faulty checkers");
  for (const Mutant& mutant : mutants)
    std::printf("  %-40s%s\n", mutant.name, mutant.caught ? "noticed" : "NOT NOTICED");
  print_legend();
  print_counts(matrix, right.size(), mutants);

  CHECK(survivors(matrix) == std::vector<std::string>{});
  CHECK(idle(matrix) == std::vector<std::string>{});
  CHECK_FALSE(caught(
      faulty::explorer<model::Model>("right")));  // of an explorer without a fault there is nothing to notice
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
  const MatrixRow row = row_of(zoo::find("says-done-though-declined"));
  CHECK(row.only(ledger));
}

TEST_CASE("A total is needed where the ledger makes the strategy's mistake and nobody audits", "[matrix]") {
  MatrixRow row("", "ledger-by-the-strategy");
  look_at_real_run(row, 2);
  CHECK(row.only(total));
  CHECK(row_of(zoo::find("loses-credit-to-empty")).kills(ledger));  // a right one sees what the total sees
}

TEST_CASE("What spins is no deadlock to the waiting room: stalled, and no more", "[matrix]") {
  const MatrixRow row = row_of(zoo::find("holds-and-spins"));
  CHECK(row.only(stall));
}
