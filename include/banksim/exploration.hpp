// An exploration as values: how far to look, and what was found.
//
// The result says what the explorer saw and nothing more: words, documents and exit codes are made of it
// elsewhere. What a verdict means, and what it rests on, is said in explore.hpp.
//
// Threads: values.
#pragma once

#include <banksim/bank.hpp>
#include <banksim/deadlock.hpp>
#include <banksim/names.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

namespace model {
struct BodyWatch;
}

// --- What to explore, and how far ---

struct ExploreProgress {
  std::uint64_t states = 0;
  std::uint64_t waiting = 0;  // found and not yet expanded
  std::uint64_t depth = 0;
};

std::vector<Money> usual_amounts();

struct ExploreSize {
  std::uint32_t workers = 2;    // 1 to 7
  std::uint32_t accounts = 2;   // 2 to 8
  std::uint32_t transfers = 1;  // of each worker, 1 to 255
  bool auditor = false;         // one more worker, who adds up all balances under lock_all, as often
  bool self_transfers = false;  // from an account to itself as well
  // Accounts open with one minor unit, and transfers are of one and two: so a transfer is sometimes covered
  // and sometimes not, whatever came before. With amounts that are always covered "declined" would never be
  // reached, and strategies that go wrong there would pass.
  Money balance{1};
  std::vector<Money> amounts = usual_amounts();  // 1 and 2

  bool operator==(const ExploreSize&) const = default;
};

// What is looked for.
enum class Sought : std::uint8_t {
  anything,  // whatever is wrong in the fewest steps
  deadlock,
  race,
  total,     // money made or lost
  accounts,  // the total is right, and accounts are wrong
  audit,
  negative,
  trap,
  // Nothing wrong: the good run in which the most workers wait at once. In that search it is a step to come to wait
  // for a first lock, so its states are more.
  longest_wait,
};
constexpr auto enum_names(Sought) {
  return std::to_array(
      {"anything", "deadlock", "race", "total", "accounts", "audit", "negative", "trap", "longest-wait"});
}

struct Wanted {
  Sought what = Sought::anything;
  std::uint32_t members = 0;     // of a deadlock's cycle; 0: any number
  bool through_auditor = false;  // the cycle has the auditor in it

  bool operator==(const Wanted&) const = default;
};

struct ExploreLimits : ExploreSize {
  Wanted find;                    // what else is wrong is passed over, as far as a run can go on
  std::vector<Transfer> choices;  // not empty: workers choose among these, and not among all of the size
  std::uint64_t max_states = 100'000'000;
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30;  // kept to some MiB
  std::string replay;  // not empty: the token of the one schedule to make, at the token's size
  std::chrono::nanoseconds budget{std::chrono::seconds{10}};      // of a ladder: see climb()
  std::optional<std::chrono::steady_clock::time_point> deadline;  // it is called off then
  std::function<void(const ExploreProgress&)> progress;  // called now and then, by the exploring thread
  const std::atomic<bool>* cancel = nullptr;
  model::BodyWatch* watch = nullptr;  // told what of the strategy's code runs; must outlive the exploration
};

// The token is malformed, or belongs to another strategy, another size or another source of the strategy.
struct BadReplayToken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The strategy cannot be explored; the text says in which transfer, after which operation, and why: it throws, changes
// memory that it shares by other means than S, makes locks during a transfer, asks which worker it is, needs too much
// stack or heap, or has too many locks. One that recurses without end crashes, as it would in a run.
struct NotExplorable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// It can be explored, but not at this size: it has too many locks, local states or operations.
struct TooLarge : NotExplorable {
  TooLarge(std::string_view which, const std::string& why) : NotExplorable(why), bound(which) {}
  std::string bound;  // max_mutexes, max_operations or max_local_states
};

// What a token was made for.
struct ReplaySubject : ExploreSize {
  std::string strategy;

  std::string to_string() const;  // "naive, 2 workers x 1 transfer, 2 accounts"
};

// Throws BadReplayToken if it is no token.
ReplaySubject replay_subject(std::string_view token);

// Throws what explore() throws before it begins: std::invalid_argument where a limit is out of range,
// BadReplayToken where the token is malformed or of another strategy.
void check_limits(std::string_view strategy, const ExploreLimits& limits);

// --- What was found ---

enum class ExploreVerdict : std::uint8_t { proved, violation, deadlock, livelock, inconclusive };
constexpr auto enum_names(ExploreVerdict) {
  return std::to_array({"proved", "violation", "deadlock", "livelock", "inconclusive"});
}

enum class FindingKind : std::uint8_t {
  deadlock,        // a cycle of waits
  race,            // two are about to touch one value, one of them writing
  foreign_unlock,  // a mutex unlocked by who does not hold it
  lock_kept,       // a lock still held at the end of the transfer
  negative_balance,
  wrong_total,     // money made or lost
  wrong_ledger,    // the total is right, but an account is not opening + its completed transfers
  wrong_audit,     // the auditor's sum
  livelock,        // a trap: steps for ever, and no transfer can end any more
  unjust_decline,  // declined, though the source could pay all the while
  own_try_lock,    // a try_lock of a mutex that one holds, which is undefined
  longest_wait,    // nothing wrong: the run that was sought
};
constexpr auto enum_names(FindingKind) {
  return std::to_array({"deadlock", "race", "foreign_unlock", "lock_kept", "negative_balance", "wrong_total",
                        "wrong_ledger", "wrong_audit", "livelock", "unjust_decline", "own_try_lock",
                        "longest_wait"});
}

enum class StepOp : std::uint8_t {
  lock,
  try_lock,
  try_lock_failed,
  unlock,
  read,
  write,
  finish,         // a transfer that ended without an operation on shared state
  wants,          // blocked: the lock is held
  about_to_read,  // caught there: a race
  about_to_write,
};
constexpr auto enum_names(StepOp) {
  return std::to_array({"lock", "try_lock", "try_lock_failed", "unlock", "read", "write", "finish", "wants",
                        "about_to_read", "about_to_write"});
}

struct ExploreStep {
  std::uint64_t step;  // from 1
  WorkerId worker;     // the auditor comes after the last worker
  StepOp op;
  AccountId account;                       // kNoAccount: a lock or a value of the strategy's own
  std::uint32_t own_number = 0;            // which of these, from 1 as it made them; 0 where there is but one
  std::string own_name = {};               // what the strategy calls that lock; empty: nothing
  std::optional<std::int64_t> value = {};  // read or written
  WorkerId held_by = kNobody;              // of wants and try_lock_failed
  std::optional<Transfer> begins;          // with this step the worker begins this transfer
  bool in_loop = false;                    // of a livelock: this step is repeated for ever
  bool operator==(const ExploreStep&) const = default;
};

struct ExploreFinding {
  FindingKind kind;
  std::string token;              // replays it: ExploreLimits::replay
  std::uint64_t preemptions = 0;  // switches away from a worker that could have gone on
  bool fewest_steps = false;      // no schedule with fewer steps breaks what is looked for
  std::vector<ExploreStep> steps;
  WaitForCycle cycle;                    // of a deadlock; its waiter may be the auditor
  std::optional<std::int64_t> expected;  // of wrong_total, wrong_ledger and wrong_audit alone
  std::optional<std::int64_t> found;     // of these and negative_balance
  AccountId account = kNoAccount;        // where it went wrong, if at one account
  bool operator==(const ExploreFinding&) const = default;
};

struct OutcomesSeen {
  bool done = false;
  bool declined = false;
  bool audited = false;
  bool operator==(const OutcomesSeen&) const = default;
};

// One size of a ladder, searched.
struct ExploreRung {
  ExploreSize size;
  ExploreVerdict verdict = ExploreVerdict::inconclusive;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::optional<double> interleavings;  // as of an Exploration
  double elapsed_s = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::vector<std::string> bounds_hit;

  bool operator==(const ExploreRung&) const = default;
};

struct Exploration {
  std::string strategy;
  std::string started_at;  // UTC, ISO 8601; said by whoever explores and wants it recorded
  ExploreLimits limits;    // as asked for; of a replay with the token's size

  ExploreVerdict verdict = ExploreVerdict::inconclusive;
  bool complete = false;     // every state was visited, and whether it can finish was looked into
  bool passed_over = false;  // something else was wrong than what is to be found: nothing is proved
  bool replayed = false;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  // Exact below 2^53. Nothing when loops make them endless, when the search is not complete, and when faults were
  // passed over.
  std::optional<double> interleavings;
  std::uint64_t depth = 0;  // steps to the deepest state, each by the shortest way
  double elapsed_s = 0;
  std::uint64_t peak_memory_bytes = 0;

  OutcomesSeen outcomes_seen;
  // What the strategy allocates was not seen, in a program without the CMake target banksim_heap: hidden state on the
  // heap is not refused there, and a container inside a transfer tells equal states apart.
  bool heap_not_seen = false;
  bool may_retry = false;  // there are loops, and from each of them the run can finish
  // So many workers can refuse each other for ever, if the scheduler lets them; 0: nobody can. Counted are those
  // who make steps in a loop in which whoever could make a step does make one, and in which no step is a try_lock
  // that fails for no reason. The fewest of all such loops.
  std::uint32_t can_refuse_for_ever = 0;
  // It has more locks or cells of its own than there are accounts: two accounts that share one were never met.
  bool collisions_not_met = false;
  std::vector<std::string> bounds_hit;  // max_states, max_memory, cancelled; of a ladder a TooLarge's too
  // The one with the fewest steps; empty if none. A race may be followed by how it makes the money wrong.
  std::vector<ExploreFinding> findings;

  // Of a ladder: the sizes that were searched, from the smallest, and where nothing was found those that were not.
  // Above is what one of them says: the one with the fault, the first that is not proved, or the last one.
  // Empty where one size was asked for.
  std::vector<ExploreRung> rungs;
  std::vector<ExploreSize> not_searched;
};

// Whatever explores one size as the limits say.
using Explorer = std::function<Exploration(const ExploreLimits&)>;

}  // namespace banksim
