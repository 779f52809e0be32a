// The rules of the game: what a worker's step does to a state of the whole bank, and what is wrong with it.
//
// Promises: step() and check() are functions of their arguments; the search and the replay go through them.
// What is virtual is a rule that the tests break, one at a time, to see that it is noticed.
// Threads: one Model a thread at a time.
// Cost: a step is a few look-ups.
#pragma once

#include "explore/locals.hpp"
#include "explore/store.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace banksim::model {

inline constexpr std::uint32_t kMaxWorkers = 8;  // with the auditor
inline constexpr std::uint32_t kNoChoice = 0xffff'ffff;

// What is explored: what a token tells of it, and what it does not.
struct Setup : ReplaySubject {
  Wanted find;
  std::vector<std::uint32_t> choices{};  // by number, those transfers that workers choose among; empty: all
  LocalKey key = &key_by_stack;
};

// Of that size, in the order in which choices and tokens number them.
std::vector<Transfer> all_transfers(const ExploreSize& size);

// Who makes the next step, and with which transfer if it is the first step of one.
struct Move {
  std::uint32_t worker;
  std::uint32_t choice;
  bool refused = false;  // a try_lock of a free mutex that fails all the same, as the standard allows
  friend bool operator==(const Move&, const Move&) = default;
};

// A worker's place: how many transfers it has finished, its local state in the one under way, and whether that
// one's source was ever short of the amount since it began.
class Slot {
 public:
  Slot() = default;
  explicit Slot(std::uint32_t bits) : bits_(bits) {}
  static Slot idle(std::uint32_t finished) { return Slot(finished << kShift); }
  Slot at(LocalId local) const { return Slot((bits_ & ~kMask) | (local + 1)); }
  Slot with_short() const { return Slot(bits_ | kShort); }

  std::uint32_t finished() const { return bits_ >> kShift; }
  bool is_idle() const { return (bits_ & kMask) == 0; }
  LocalId local() const { return (bits_ & kMask) - 1; }
  bool was_short() const { return (bits_ & kShort) != 0; }
  std::uint32_t bits() const { return bits_; }
  friend bool operator==(Slot, Slot) = default;

  static constexpr std::uint32_t kMaxLocals = (1U << 23) - 2;
  static constexpr std::uint32_t kMaxTransfers = 255;

 private:
  static constexpr std::uint32_t kShift = 24;
  static constexpr std::uint32_t kShort = 1U << (kShift - 1);
  static constexpr std::uint32_t kMask = kShort - 1;
  std::uint32_t bits_ = 0;
};

struct State {
  std::uint64_t owners = 0;  // 4 bits a mutex: 0 free, else worker + 1
  std::uint32_t values = 0;  // the shared values and the ledger, interned
  std::array<Slot, kMaxWorkers> slots{};

  std::uint32_t owner(ObjectIndex mutex) const { return (owners >> (4 * mutex)) & 15; }
  void set_owner(ObjectIndex mutex, std::uint32_t owner) {
    owners = (owners & ~(std::uint64_t{15} << (4 * mutex))) | (std::uint64_t{owner} << (4 * mutex));
  }
};

// What is wrong, in a state or with a step.
struct Breach {
  FindingKind kind;
  std::uint32_t worker = 0;          // who made the step, or one of the two in a race
  Move other{};                      // of a race: the second one
  std::uint32_t choice = kNoChoice;  // of a race: the transfer that `worker` would begin
  std::int64_t expected = 0;
  std::int64_t found = 0;
  AccountId account = kNoAccount;
  std::uint32_t more_steps = 0;  // shown after the last step made: who wants, who is caught
};

class Model {
 public:
  Model(ExploreSubjectFactory make, const Setup& setup);
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Setup& setup() const { return setup_; }
  std::uint32_t workers() const { return workers_; }  // with the auditor
  bool is_auditor(std::uint32_t worker) const { return worker == setup_.workers; }
  std::size_t packed_words() const { return 3 + workers_; }

  State initial() const { return initial_; }
  void pack(const State& state, std::uint32_t* words) const;
  State unpack(const std::uint32_t* words) const;

  // Gives states that differ in the names of workers one form. Returns where worker `mover` is now.
  virtual std::uint32_t canonicalize(State& state, std::uint32_t mover) const;
  // Whether two workers are equal but for the name.
  virtual bool never_differ(const State& state, std::uint32_t a, std::uint32_t b) const;

  bool finished(const State& state) const;
  bool can_begin(const State& state, std::uint32_t worker) const;  // is idle, and has something left to do

  // Calls visit(move) for every move that might be possible.
  template <class Visit>
  void for_each_move(const State& state, Visit&& visit);
  template <class Visit>
  void for_each_move_of(const State& state, std::uint32_t worker, Visit&& visit);

  enum class Moved : std::uint8_t { yes, blocked, broken };
  // Makes the move in place. blocked: it cannot be made, or what is wrong with it is passed over and leaves no way
  // on. broken: the step itself is wrong. But for yes the state is to be dropped.
  Moved step(State& state, Move move, std::optional<Breach>& breach);

  // What is wrong, and looked for, in a state that `mover` has just led to.
  std::optional<Breach> check(const State& state, std::uint32_t mover);
  std::optional<Breach> check_all(const State& state);

  // Bit set of the mutexes that nobody holds.
  std::uint32_t free_mutexes(const State& state) const;
  // Differs wherever a transfer was begun or ended between two states.
  struct TransferCounts {
    std::uint16_t finished;
    std::uint16_t under_way;
    friend bool operator==(const TransferCounts&, const TransferCounts&) = default;
  };
  TransferCounts transfer_counts(const State& state) const;
  // For every worker with a transfer to begin, one whose first operation is to lock a mutex of `never_free`.
  // Nothing if a worker has none such.
  virtual std::optional<std::vector<Move>> kept_from_beginning(const State& state, std::uint32_t never_free);

  // Whether something was wrong that is not looked for.
  bool passed_over() const { return passed_over_; }
  void pass_over() { passed_over_ = true; }

  // For those who tell the story.
  const Local& local_before(const State& state, Move move);
  // The workers of the cycle of waits through `start`, beginning there; empty if there is none.
  std::vector<std::uint32_t> wait_cycle(const State& state, std::uint32_t start) const;
  // The owner of the mutex that `worker` waits for, plus one; 0 if it is not blocked.
  std::uint32_t blocked_on(const State& state, std::uint32_t worker) const;
  std::uint64_t value_of(const State& state, ObjectIndex cell) const { return word(state.values, cell); }
  const Locals& locals() const { return locals_; }
  std::span<const Transfer> choices() const { return locals_.choices(); }

  OutcomesSeen outcomes() const { return seen_; }
  std::uint64_t bytes() const { return values_.bytes() + locals_.bytes(); }

 protected:
  // Whether the operation waits for a mutex that is held.
  virtual bool waits(OpKind op) const { return op == OpKind::lock; }
  virtual std::optional<Breach> deadlock(const State& state, std::uint32_t mover) const;
  virtual std::optional<Breach> race(const State& state, std::uint32_t mover);
  virtual std::optional<Breach> wrong_money(const State& state) const;

  std::optional<Breach> wrong_ledger(const State& state, std::uint32_t account) const;

 private:
  std::uint64_t word(std::uint32_t values, std::size_t index) const;
  std::uint32_t with_word(std::uint32_t values, std::size_t index, std::uint64_t word);
  std::size_t ledger_word(AccountId account) const { return locals_.cells().size() + index(account); }
  std::int64_t balance(const State& state, std::uint32_t account) const {
    return static_cast<std::int64_t>(word(state.values, account));
  }

  Moved commit(State& state, std::uint32_t worker, const Local& end, std::optional<Breach>& breach);
  std::optional<std::uint64_t> apply(State& state, Move move, const Local& local,
                                     std::optional<Breach>& breach);
  bool may_be_refused(const State& state, Move move);
  bool all_idle(const State& state) const;
  bool is_short(const State& state, std::uint32_t choice) const;
  bool is_sought(const State& state, const Breach& found) const;
  // Notes it in `breach` if it is sought; else passes it over.
  bool stops_at(const State& state, const Breach& found, std::optional<Breach>& breach);

  // A cell that a worker may touch with its next step.
  struct Access {
    Move move;
    ObjectIndex cell;
    bool writes;
  };

  Setup setup_;
  std::uint32_t workers_;
  std::int64_t total_;
  Locals locals_;
  std::vector<std::uint32_t> allowed_;  // the transfers to choose among
  WordSet values_;
  std::vector<std::uint32_t> scratch_;
  std::array<std::optional<bool>, 2> begins_with_access_;  // a worker, the auditor; once it is known
  std::array<std::vector<Access>, kMaxWorkers> accesses_;  // by worker, of the state that is checked
  State initial_;
  OutcomesSeen seen_;
  bool passed_over_ = false;
};

template <class Visit>
void Model::for_each_move(const State& state, Visit&& visit) {
  for (std::uint32_t worker = 0; worker < workers_; ++worker) for_each_move_of(state, worker, visit);
}

template <class Visit>
void Model::for_each_move_of(const State& state, std::uint32_t worker, Visit&& visit) {
  const auto visit_both = [&](Move move) {
    visit(move);
    if (!may_be_refused(state, move)) return;
    move.refused = true;
    visit(move);
  };
  if (!state.slots[worker].is_idle()) return visit_both({worker, kNoChoice});
  if (!can_begin(state, worker)) return;
  if (is_auditor(worker)) return visit_both({worker, locals_.audit_choice()});
  for (const std::uint32_t choice : allowed_) visit_both({worker, choice});
}

inline bool Model::may_be_refused(const State& state, Move move) {
  const Local& next = local_before(state, move);
  return next.op == OpKind::try_lock && state.owner(next.object) == 0 && !waits(next.op);
}

}  // namespace banksim::model
