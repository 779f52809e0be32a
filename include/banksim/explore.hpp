// The explorer: runs a strategy's own source through every interleaving of a tiny bank, and proves what it
// can and cannot do, or gives the shortest schedule that breaks it.
//
// How        ModelSync turns lock, try_lock, unlock, get and set into scheduling points. Which transfer a
//            worker makes is a branch too, so one search covers every workload of the size. Breadth first
//            over states: the lock table, the shared values, the ledger, and for each worker the live bytes
//            of its stack with the saved registers, taken while the strategy's own code runs on a stack of
//            the explorer's own. What a worker does after one result is found out by running, once.
// A step     is one operation on shared state, together with what the worker then does by itself up to its
//            next one: choosing and beginning a transfer is one step with its first operation, ending it (the
//            commit) is one with its last.
// Promises   proved means: no cycle of waits, not even of some; no data race; no lock kept after a transfer,
//            none released by who does not hold it; no balance below zero; the total and every ledger right
//            whenever all are quiet; every audit right; and from every state every plan can still finish.
//            Freedom from races is what carries this from sequential consistency to the C++ memory model.
//            A schedule that breaks something has the fewest steps possible, and its token replays it.
//            Nothing is proved if a bound was hit, or if never a transfer was done, or never one declined.
//            A try_lock may fail though the lock is free, as the standard allows: only so are its races seen.
// Forbids    What a strategy keeps from one operation to the next is on its stack, in an S::Mutex or in an
//            S::Cell. A plain member that changes is noticed, and refused. State on the heap, in statics or
//            in thread-locals is refused where it makes a repetition differ; else it is not seen, and the
//            verdict may be wrong either way. A strategy shares no pointer into its stack, does not ask which
//            worker it is, and has no loop without an operation: that one would never end.
// Limits     Amounts of 1 and 2, accounts that open with 1; audits by one auditor. Whether a decline was
//            justified is not asked. At most 16 mutexes in use, 7 workers, 8 accounts. Nothing follows for
//            larger banks.
// Threads    one exploration at a time a thread; explorations on different threads share nothing.
// Cost       one to five million states a second, some 80 bytes a state with its edges; a start of 5 MiB.
// Source     Stateful search: SPIN (Holzmann 2004), with its collapse compression. Scheduling points in the
//            unmodified program: VeriSoft (Godefroid 1997), CHESS (Musuvathi, Qadeer 2007), relacy, and loom
//            and shuttle (Rust). Symmetry of workers: Ip and Dill (1996). A race as two conflicting accesses
//            that are both next: DRF-SC, Adve and Hill (1990).
#pragma once

#include <banksim/names.hpp>
#include <banksim/strategy.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace banksim {

// --- What to explore, and how far ---

// What makes two states of a worker the same.
enum class StateKey : std::uint8_t {
  stack,    // the live bytes of its stack: exact, and a retry loop closes into a cycle
  history,  // its operations and their results since the transfer began: exact, endless for retry loops
};

struct ExploreProgress {
  std::uint64_t states = 0;
  std::uint64_t waiting = 0;  // found and not yet expanded
  std::uint64_t depth = 0;
  std::uint64_t runs = 0;  // of random schedules: how many are over; there are no states then
};

struct ExploreLimits {
  std::uint32_t workers = 2;  // 1 to 7
  std::uint32_t accounts = 2;
  std::uint32_t transfers = 1;  // of each worker
  bool auditor = false;         // one more worker, adds up all balances under lock_all, as often
  bool self_transfers = false;  // from == to as well: outside the contract, for the tests of the checkers

  std::uint64_t max_states = 100'000'000;                   // of a search of all schedules
  std::uint64_t max_memory_bytes = std::uint64_t{4} << 30;  // of that, to some MiB; and of random schedules

  std::uint64_t random_runs = 0;  // not 0: so many random schedules instead of all of them; never a proof
  std::uint64_t seed = 1;
  std::string replay;  // not empty: this one schedule

  StateKey key = StateKey::stack;
  bool symmetry = true;  // states that differ in the names of the workers are one

  std::function<void(const ExploreProgress&)> progress;  // called now and then, by the exploring thread
  const std::atomic<bool>* cancel = nullptr;
};

// The token is malformed, or belongs to another strategy, another size or another source of the strategy.
struct BadReplayToken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a token was made for. Throws BadReplayToken if it is none.
struct ReplaySubject {
  std::string strategy;
  std::uint32_t workers;
  std::uint32_t accounts;
  std::uint32_t transfers;
  bool auditor;
  bool self_transfers;

  std::string to_string() const;  // "naive, 2 workers x 1 transfer, 2 accounts"
};
ReplaySubject replay_subject(std::string_view token);

// The strategy cannot be explored: it throws, changes a plain member, makes locks on its stack, overflows it,
// or has too many locks. One that recurses without end crashes, as it would in a run.
struct NotExplorable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// --- What was found ---

enum class ExploreVerdict : std::uint8_t { proved, violation, deadlock, livelock, inconclusive };
constexpr auto enum_names(ExploreVerdict) {
  return std::to_array({"proved", "violation", "deadlock", "livelock", "inconclusive"});
}

enum class FindingKind : std::uint8_t {
  deadlock,          // a cycle of waits
  race,              // two about to touch one value, one of them writing
  foreign_unlock,    // unlock of a mutex that the caller does not hold
  lock_kept,         // a lock still held at the end of the transfer
  negative_balance,  //
  wrong_total,       // money made or lost
  wrong_ledger,      // the total is right, but an account is not opening + its completed transfers
  wrong_audit,       // the auditor's sum
  livelock,          // a trap: steps for ever, and no transfer can end any more
};
constexpr auto enum_names(FindingKind) {
  return std::to_array({"deadlock", "race", "foreign_unlock", "lock_kept", "negative_balance", "wrong_total",
                        "wrong_ledger", "wrong_audit", "livelock"});
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
  AccountId account;                  // kNoAccount: a lock or a value of the strategy's own
  std::uint32_t own_number = 0;       // which of these, from 1 as it made them; 0 where there is but one
  std::optional<std::int64_t> value;  // read or written
  WorkerId held_by = kNobody;         // of wants and try_lock_failed
  std::optional<Transfer> begins;     // with this step the worker begins this transfer
  bool in_loop = false;               // of a livelock: this step is repeated for ever
  bool operator==(const ExploreStep&) const = default;
};

struct ExploreFinding {
  FindingKind kind;
  std::string token;              // replays it: ExploreLimits::replay
  std::uint64_t preemptions = 0;  // switches away from a worker that could have gone on
  bool fewest_steps = false;      // no schedule with fewer steps breaks anything
  std::vector<ExploreStep> steps;
  WaitForCycle cycle;                    // of a deadlock; its waiter may be the auditor
  std::optional<std::int64_t> expected;  // of wrong_total, wrong_ledger and wrong_audit alone
  std::optional<std::int64_t> found;     // of these and negative_balance
  AccountId account = kNoAccount;        // where it went wrong, if at one account
  bool operator==(const ExploreFinding&) const = default;
};

struct Exploration {
  std::string strategy;
  std::string started_at;  // UTC, ISO 8601; whoever explores and wants it recorded says it
  ExploreLimits limits;    // as asked for

  ExploreVerdict verdict = ExploreVerdict::inconclusive;
  bool complete = false;  // every state was visited, and whether it can finish was looked into
  bool replayed = false;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::optional<double>
      interleavings;        // exact below 2^53; nothing when loops make them endless, or incomplete
  std::uint64_t depth = 0;  // steps of the deepest state, counted along shortest schedules
  double elapsed_s = 0;
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t runs = 0;  // random ones

  struct OutcomesSeen {
    bool done = false;
    bool declined = false;
    bool audited = false;
    bool operator==(const OutcomesSeen&) const = default;
  } outcomes_seen;
  bool may_retry = false;                // there are loops, and from each of them the run can finish
  std::vector<std::string> bounds_hit;   // max_states, max_memory, cancelled, max_steps
  std::vector<ExploreFinding> findings;  // the one with the fewest steps; empty if none
};

// --- The model Sync ---

namespace model {

enum class OpKind : std::uint8_t { lock, try_lock, unlock, get, set, commit };

// A scheduling point: returns when the scheduler says so, with the result of the operation.
std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value);

// Makes the object known to the exploration that is being set up on this thread.
void add_mutex(const void* object, AccountId account);
void add_cell(const void* object, AccountId account, std::uint64_t value, bool is_balance);

}  // namespace model

// The Sync of the explorer. Its objects carry no state that changes: locks and values live in the search.
struct ModelSync {
  class Mutex {
   public:
    Mutex() : Mutex(kNoAccount) {}
    explicit Mutex(AccountId account) { model::add_mutex(this, account); }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() { model::operate(model::OpKind::lock, this, 0); }
    bool try_lock() { return model::operate(model::OpKind::try_lock, this, 0) != 0; }
    void unlock() { model::operate(model::OpKind::unlock, this, 0); }

   private:
    [[maybe_unused]] char address_ = 0;  // an object needs one
  };

  template <class T>
  class Cell {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

   public:
    Cell(AccountId account, T value) {
      model::add_cell(this, account, to_word(value), std::is_same_v<T, Money> && account != kNoAccount);
    }
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;

    T get() const { return from_word(model::operate(model::OpKind::get, this, 0)); }
    void set(T value) { model::operate(model::OpKind::set, this, to_word(value)); }

   private:
    static std::uint64_t to_word(T value) {
      std::uint64_t word = 0;
      std::memcpy(&word, &value, sizeof(T));
      return word;
    }
    static T from_word(std::uint64_t word) {
      alignas(T) std::byte bytes[sizeof(T)];
      std::memcpy(bytes, &word, sizeof(T));
      return std::bit_cast<T>(bytes);
    }

    [[maybe_unused]] char address_ = 0;
  };
};

// --- Entry ---

// A strategy with its bank, as the search sees it. Implemented below for each strategy; deliberately thin.
class ExploreSubject {
 public:
  virtual ~ExploreSubject() = default;
  virtual TransferOutcome transfer(const Transfer&) = 0;
  virtual Money audit() = 0;
  virtual std::span<std::byte> own_bytes() = 0;  // the strategy object, which no transfer may change
};
using ExploreSubjectFactory = std::unique_ptr<ExploreSubject> (*)(std::span<const Money> opening);

template <class Strategy>
class ExploredStrategy final : public ExploreSubject {
 public:
  explicit ExploredStrategy(std::span<const Money> opening) : bank_(opening) {}

  static std::unique_ptr<ExploreSubject> make(std::span<const Money> opening) {
    return std::make_unique<ExploredStrategy>(opening);
  }

  TransferOutcome transfer(const Transfer& transfer) override {
    return perform(strategy_, bank_, transfer, [] {});
  }
  Money audit() override { return audit_total(strategy_, bank_); }
  std::span<std::byte> own_bytes() override { return std::as_writable_bytes(std::span(&strategy_, 1)); }

 private:
  Bank<ModelSync> bank_;
  Strategy strategy_;
};

// Throws what explore() throws before it begins: std::invalid_argument (limits out of range), BadReplayToken
// (malformed, or of another strategy).
void validate(std::string_view strategy, const ExploreLimits& limits);

// Throws as validate(), and BadReplayToken, NotExplorable, std::bad_alloc.
Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits);

template <template <class> class Strategy>
Exploration explore(const ExploreLimits& limits) {
  return explore(Strategy<ModelSync>::name, &ExploredStrategy<Strategy<ModelSync>>::make, limits);
}

}  // namespace banksim
