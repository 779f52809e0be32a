// The explorer: runs a strategy's own source through every interleaving of a tiny bank. It proves what the
// strategy can and cannot do, or gives the shortest schedule that breaks it.
//
// How: ModelSync turns lock, try_lock, unlock, get and set into scheduling points. Which transfer a worker
// makes is a branch too, so one search covers every workload of the size. The search goes breadth first over
// states. A state is the lock table, the shared values, the ledger, and for each worker the live bytes of its
// stack with the saved registers, and of what it has allocated. What a worker does after one result of an operation
// is found out by running it on a stack and a heap of the explorer's own, once as each of two workers. A step is one
// operation on shared state, with all that the worker does up to its next one; the choice of the transfer belongs to
// its first step, the commit to its last.
//
// Promises: proved means that there is no cycle of waits, not even of some; no data race; no lock kept after
// a transfer, and none released by who does not hold it; no balance below zero; that the total and every
// ledger are right whenever all are quiet, and every audit; that a transfer() of the strategy's own declines only
// what its source could not pay at some moment of that transfer; and that from every state every plan can still
// finish. Freedom from races is what carries this from sequential consistency to the C++ memory model.
// Nothing is proved if a bound was hit, if no transfer was ever done, or if none was ever declined.
// A schedule that breaks something has the fewest steps possible, and its token replays it. A try_lock may
// fail though the lock is free, as the standard allows: only so are the races of those who rely on it seen. Nobody
// may count on that: what can finish only by such a refusal cannot finish.
//
// Forbids: what a strategy keeps from one operation to the next is on its stack, in what the transfer itself has
// allocated, in an S::Mutex or in an S::Cell. A strategy shares no pointer into its stack, does not ask which worker
// it is, and has no loop without an operation.
//
// Refused, with the transfer, its last operation and the reason: a byte of the strategy's own that changes, or of
// what its constructor allocated; a repetition that differs, because of hidden state or of this_worker.self; an
// S::Mutex or S::Cell that is made during a transfer, or is static; a lock in the constructor, where a cell may be
// set; an exception that leaves the transfer; a cell that is set to where the worker's stack, its heap or a
// thread_local is, or to its thread's id; a transfer of more than 500 operations. In a destructor every lock is free.
//
// Not seen, so that the verdict may be wrong either way: statics and thread-locals whose change makes no repetition
// differ; malloc() and mmap(); the address of a thread-local and the thread's id, which are the same for all workers
// here, where no cell is set to them; std::rethrow_exception. Memory from new is seen only in a program with the CMake
// target banksim_heap, as banksim is one: Exploration::heap_not_seen. Without it a container inside a transfer tells
// equal states apart.
//
// A sleep is over at once. A strategy that waits or loops without an operation never comes back: in a child process
// (isolate.hpp) it is killed after a second and refused; in one's own it is for whoever looks on to end that.
//
// Limits: the amounts that were given, audits by one auditor. At most 16 mutexes in use, 7 workers, 8 accounts.
// Nothing follows for larger banks.
//
// Threads: one exploration at a time a thread. Explorations on different threads share nothing.
//
// Cost: one to five million states a second, some 80 bytes a state with its edges, and 5 MiB to start with. A strategy
// may allocate 8 MiB, and so may each of its transfers.
//
// Source: stateful search with collapse compression is SPIN's (Holzmann 2004). Scheduling points in the
// unmodified program: VeriSoft (Godefroid 1997), CHESS (Musuvathi, Qadeer 2007), relacy, loom and shuttle.
// Symmetry of workers: Ip and Dill (1996). A race as two conflicting accesses that are both next: DRF-SC, Adve
// and Hill (1990).
//
// The rules of a strategy, and what enforces each.
//
// By the compiler, in its first line (strategy_rules.hpp, and where else is said):
// It is a template over its Sync; has its words and claims, a constructor, lock_pair and lock_all.
// Both return a guard that unlocks. No std lock stands in its type; one hidden in a struct is not seen.
// A transfer() or an audit() has the right signature. A misspelt name of either is not noticed.
// A guard is not copied (strategy.hpp), an account neither, and has an AccountId (bank.hpp).
// S::Mutex is no std::mutex and waits for no time; a Cell is used by get() and set(), and is small (sync.hpp).
// Money is no number (money.hpp). No name is used twice (registry.cpp).
//
// By a run and by the explorer: no deadlock, no money lost, no balance below zero, a right audit. A run finds what
// happened, the explorer what can happen. The tests hold the claims to it, both ways.
// By the explorer alone, as a finding: no race, no lock kept, none released by who does not hold it, no trap,
// no try_lock of one's own, no declining of what could be paid.
// By the explorer alone, which refuses: a byte of the strategy's own, or of its constructor's heap, that changes
// outside of the seam; to ask which worker one is; to share an address of one's own; locks made in a transfer; an
// exception that leaves it; a second in which nothing goes through the seam, as while one waits for a std::mutex.
//
// By nobody: no state in statics and thread-locals, unless a repetition differs by it, and none from malloc();
// tables that follow the bank's size, where the explorer warns of others; that hold() is called once.
#pragma once

#include <banksim/exploration.hpp>
#include <banksim/strategy_rules.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

namespace banksim {

// --- The model Sync ---

namespace model {

enum class OpKind : std::uint8_t { lock, try_lock, unlock, get, set, commit };

// A scheduling point: returns when the scheduler says so, with the result of the operation. Throws std::logic_error
// outside of an exploration.
std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value);

// Makes the object known to the exploration that is being set up on this thread. Without one it never throws, and the
// object cannot be used.
void add_mutex(const void* object, const char* name = "");
void add_cell(const void* object, std::uint64_t value);

}  // namespace model

// The Sync of the explorer. Its objects carry no state: locks and values live in the search, which knows whose
// they are by the order in which they are made.
struct ModelSync {
  class Mutex : public StrictMutex {
   public:
    explicit Mutex(AccountId = kNoAccount) { model::add_mutex(this); }
    explicit Mutex(const char* name) { model::add_mutex(this, name); }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() { model::operate(model::OpKind::lock, this, 0); }
    bool try_lock() { return model::operate(model::OpKind::try_lock, this, 0) != 0; }
    void unlock() { model::operate(model::OpKind::unlock, this, 0); }

   private:
    [[maybe_unused]] char address_ = 0;  // an object needs one
  };

  template <class T>
  class ModelCell {
   public:
    ModelCell(AccountId, T value) { model::add_cell(this, to_word(value)); }
    ModelCell(const ModelCell&) = delete;
    ModelCell& operator=(const ModelCell&) = delete;

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
  template <class T>
  using Cell = StrictCell<ModelCell<T>, T>;
};

// --- Entry ---

// A strategy with its bank, as the search sees it. Implemented below for each strategy; deliberately thin.
class ExploreSubject {
 public:
  virtual ~ExploreSubject() = default;
  virtual TransferOutcome transfer(const Transfer&) = 0;
  virtual Money audit() = 0;
  virtual std::span<std::byte> own_bytes() = 0;  // the strategy object, which no transfer may change
  virtual bool has_own_transfer() const = 0;     // then its word that it declined is judged
};
using ExploreSubjectFactory = std::unique_ptr<ExploreSubject> (*)(std::span<const Money> opening,
                                                                  std::uint32_t workers);

template <class Strategy>
class ExploredStrategy final : public ExploreSubject {
 public:
  ExploredStrategy(std::span<const Money> opening, std::uint32_t workers)
      : bank_(opening),
        strategy_(make_strategy<Strategy>({static_cast<std::uint32_t>(opening.size()), workers})) {}

  static std::unique_ptr<ExploreSubject> make(std::span<const Money> opening, std::uint32_t workers) {
    return std::make_unique<ExploredStrategy>(opening, workers);
  }

  TransferOutcome transfer(const Transfer& transfer) override {
    return perform(strategy_, bank_, transfer, [] {});
  }
  Money audit() override { return audit_total(strategy_, bank_); }
  std::span<std::byte> own_bytes() override { return std::as_writable_bytes(std::span(&strategy_, 1)); }
  bool has_own_transfer() const override { return kHasOwnTransfer<Strategy, ModelSync>; }

 private:
  Bank<ModelSync> bank_;
  Strategy strategy_;
};

// Throws as check_limits(), and BadReplayToken, NotExplorable, std::bad_alloc.
Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits);

template <template <class> class Strategy>
Exploration explore(const ExploreLimits& limits) {
  static_assert(keeps_rules<Strategy<ModelSync>, ModelSync>());
  return explore(Strategy<ModelSync>::name, &ExploredStrategy<Strategy<ModelSync>>::make, limits);
}

// Explores one size after the other, from two workers and two accounts up, until something is found. The sizes up to
// three workers and three accounts with an auditor are searched whatever the budget, and so is one with amounts that
// are wide apart: so no verdict depends on the speed of the machine. It is proved only if all of these are. A larger
// one is begun only if it will probably fit into limits.budget and max_memory_bytes, and is stopped when the time is
// up: what is not finished counts as not searched. Of the size in `limits` its inputs count: amounts, balance and
// self_transfers.
Exploration climb(const Explorer& explore, const ExploreLimits& limits);

template <template <class> class Strategy>
Exploration climb(const ExploreLimits& limits) {
  return climb([](const ExploreLimits& one) { return explore<Strategy>(one); }, limits);
}

}  // namespace banksim
