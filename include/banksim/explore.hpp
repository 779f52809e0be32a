// The explorer: runs a strategy's own source through every interleaving of a tiny bank. It proves what the
// strategy can and cannot do, or gives the shortest schedule that breaks it.
//
// How: ModelSync turns lock, try_lock, unlock, get and set into scheduling points. Which transfer a worker
// makes is a branch too, so one search covers every workload of the size. The search goes breadth first over
// states. A state is the lock table, the shared values, the ledger, and for each worker the live bytes of its
// stack with the saved registers. What a worker does after one result of an operation is found out by running
// it, once, on a stack of the explorer's own. A step is one operation on shared state, with all that the worker
// does up to its next one; the choice of the transfer belongs to its first step, the commit to its last.
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
// Forbids: what a strategy keeps from one operation to the next is on its stack, in an S::Mutex or in an
// S::Cell. A plain member that changes is noticed, and refused. State on the heap, in statics or in
// thread-locals is refused where it makes a repetition differ; else it is not seen, and the verdict may be
// wrong either way. A strategy shares no pointer into its stack, does not ask which worker it is, and has no
// loop without an operation: that one would never end.
//
// Limits: the amounts that were given, audits by one auditor. At most 16 mutexes in use, 7 workers, 8 accounts.
// Nothing follows for larger banks.
//
// Threads: one exploration at a time a thread. Explorations on different threads share nothing.
//
// Cost: one to five million states a second, some 80 bytes a state with its edges, and 5 MiB to start with.
//
// Source: stateful search with collapse compression is SPIN's (Holzmann 2004). Scheduling points in the
// unmodified program: VeriSoft (Godefroid 1997), CHESS (Musuvathi, Qadeer 2007), relacy, loom and shuttle.
// Symmetry of workers: Ip and Dill (1996). A race as two conflicting accesses that are both next: DRF-SC, Adve
// and Hill (1990).
#pragma once

#include <banksim/exploration.hpp>
#include <banksim/strategy.hpp>

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

// A scheduling point: returns when the scheduler says so, with the result of the operation.
std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value);

// Makes the object known to the exploration that is being set up on this thread.
void add_mutex(const void* object);
void add_cell(const void* object, std::uint64_t value);

}  // namespace model

// The Sync of the explorer. Its objects carry no state: locks and values live in the search, which knows whose
// they are by the order in which they are made.
struct ModelSync {
  class Mutex {
   public:
    explicit Mutex(AccountId = kNoAccount) { model::add_mutex(this); }
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
    Cell(AccountId, T value) { model::add_cell(this, to_word(value)); }
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
  virtual bool has_own_transfer() const = 0;     // then its word that it declined is judged
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
  bool has_own_transfer() const override { return kHasOwnTransfer<Strategy, ModelSync>; }

 private:
  Bank<ModelSync> bank_;
  Strategy strategy_;
};

// Throws as check_limits(), and BadReplayToken, NotExplorable, std::bad_alloc.
Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits);

template <template <class> class Strategy>
Exploration explore(const ExploreLimits& limits) {
  return explore(Strategy<ModelSync>::name, &ExploredStrategy<Strategy<ModelSync>>::make, limits);
}

}  // namespace banksim
