// What a worker does by itself: from one operation on shared state to the next.
//
// A local state is what a worker knows: the live bytes of its stack at the operation that it is about to do, what
// it has allocated, the operation itself, and the transfer that it makes. Each is found by running the strategy's own
// code, and then known by a number. Where a local state goes on a given result is found once and remembered: workers
// cannot be told apart, so what one of them has shown holds for all.
//
// Promises: advance() is a function of its arguments alone.
// Threads: one Locals a thread at a time.
// Cost: a remembered advance is a look-up in a short list. A new one runs the transfer from its start with
// the results that led here: nothing is restored on a stack, and sanitizers can follow. It is run twice, as two
// workers, to see that it does not ask which one it is.
// Source: replay of a thread's own history is Flanagan and Godefroid's (2005). Memory of transitions is that
// of explicit state model checkers with collapse compression (Holzmann 2004).
#pragma once

#include "explore/body_watch.hpp"
#include "explore/fiber.hpp"
#include "explore/heap.hpp"
#include "explore/statics.hpp"

#include <banksim/explore.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim::model {

using LocalId = std::uint32_t;
inline constexpr LocalId kNoLocal = 0xffff'ffff;

// A mutex by the order of its first use, a cell by the order of construction.
using ObjectIndex = std::uint32_t;

struct Local {
  OpKind op;
  std::uint32_t choice = 0;  // which transfer, or the audit
  ObjectIndex object = 0;
  const void* address = nullptr;  // of the object
  std::uint64_t value;            // to be written; of commit: the outcome, or the auditor's sum
  // How it was first reached: the local state before, if any, and the result of its operation.
  LocalId before = kNoLocal;
  std::uint64_t result = 0;
};

// Whether it touches a cell.
constexpr bool is_access(OpKind op) { return op == OpKind::get || op == OpKind::set; }

class Locals;

// Appends to `key` what tells the local state `found` from others of the same transfer that are about to do
// the same operation.
using LocalKey = void (*)(const Locals& locals, const Local& found, std::vector<std::uint64_t>& key);

// The live bytes of its stack, and its heap. Exact, and a retry loop closes into a cycle.
void key_by_stack(const Locals& locals, const Local& found, std::vector<std::uint64_t>& key);

class Locals {
 public:
  static constexpr std::size_t kMaxMutexes = 16;  // that are really used

  // `choices` are the transfers; the choice after the last one is the audit. `workers`: without the auditor. `watch`,
  // if there is one, is told what runs. Throws NotExplorable.
  Locals(ExploreSubjectFactory make, std::span<const Money> opening, std::vector<Transfer> choices,
         LocalKey key, std::uint32_t workers, BodyWatch* watch = nullptr);
  ~Locals();

  // The local state at the first operation of a choice.
  LocalId begin(std::uint32_t choice);
  // The local state after the operation of `local` gave `result`.
  LocalId advance(LocalId local, std::uint64_t result);

  const Local& operator[](LocalId id) const { return locals_[id]; }
  std::uint64_t bytes() const;
  // How often the strategy's code was run, which may take as long as it likes.
  std::uint64_t bodies_run() const { return runs_; }

  // The values that cells begin with. The first are the accounts' balances.
  std::span<const std::uint64_t> cells() const { return cells_; }
  bool is_balance(ObjectIndex cell) const { return cell < accounts_; }
  bool has_own_transfer() const { return subject_->has_own_transfer(); }
  AccountId account_of_mutex(ObjectIndex mutex) const { return account_of(mutexes_[mutex]); }
  // Whether the strategy made more locks, or more cells, than there are accounts.
  bool has_more_than_accounts() const {
    return mutexes_made_ > 2 * accounts_ || cells_.size() > std::size_t{2} * accounts_;
  }
  // Of what it is about to use. kNoAccount: of the strategy's own, or nothing.
  AccountId account_of(const Local& local) const;
  // Which of the strategy's own mutexes, or cells, it is about to use: from 1 in the order in which they were
  // made. 0 where there is but one, and where it is an account's.
  std::uint32_t own_number(const Local& local) const;
  // What the strategy calls that mutex; empty: nothing.
  std::string own_name(const Local& local) const;
  std::span<const Transfer> choices() const { return choices_; }
  std::uint32_t audit_choice() const { return static_cast<std::uint32_t>(choices_.size()); }

  // Whether what the strategy allocates is seen.
  bool sees_heap() const { return heap_.is_served(); }

  // For the key: of the body that has come to a stop just now.
  void append_live_stack(std::vector<std::uint64_t>& key) const { stack_.append_live_words(stop_low_, key); }
  void append_live_heap(std::vector<std::uint64_t>& key) const { heap_.body().append_to(key); }

  // For the switch and the model's objects. The bank makes a mutex and a cell for each account, in their order,
  // before the strategy makes any.
  std::uint64_t on_operation(OpKind kind, const void* object, std::uint64_t value, const void* low) noexcept;
  bool in_body() const { return phase_ == Phase::body; }
  void add_mutex(const void* object, const char* name);
  void add_cell(const void* object, std::uint64_t value);
  // Of an operation that no worker makes: of the strategy's constructor or destructor, when it is alone.
  std::uint64_t on_operation_alone(OpKind kind, const void* object, std::uint64_t value);
  static Locals* current();  // of this thread; null: there is none

 private:
  enum class Phase : std::uint8_t { constructor, search, body, destructor };

  // One operation of the past, which must be met again.
  struct Decided {
    LocalId at;
    std::uint64_t result;
  };
  struct Object {
    std::uint32_t made;  // as which of its kind
    ObjectIndex index;   // of a mutex once it is used
  };
  static constexpr ObjectIndex kUnused = 0xffff'ffff;

  // Where a body came to, and why it cannot be explored if it cannot.
  struct Stop {
    OpKind op = OpKind::commit;
    const void* address = nullptr;
    std::uint64_t value = 0;
    std::string failure{};
    bool operator==(const Stop&) const = default;
  };

  void construct(ExploreSubjectFactory make, std::span<const Money> opening, std::uint32_t workers);
  void destroy();
  LocalId find(LocalId from, std::uint32_t choice, std::uint64_t result);
  const Stop& run_body(std::uint32_t choice, std::uint32_t as_worker);
  void check_memory();
  void check_room(const Arena& part) noexcept;
  void check_identity(std::uint32_t choice, const Stop& found);
  void check_shared(const Stop& found) const;
  static void body(void* self);
  void note_thrown();
  void end_of_body(std::uint64_t value) noexcept;
  void fail(std::string_view why) noexcept;
  [[noreturn]] void refuse(const std::string& why) const;
  LocalId intern(const Local& found, std::vector<std::uint64_t> key);
  ObjectIndex index_of(const Local& found);
  AccountId account_of(std::uint32_t made) const { return made < accounts_ ? AccountId{made} : kNoAccount; }

  LocalKey key_;
  std::uint32_t accounts_;
  std::uint32_t workers_;
  std::vector<Transfer> choices_;
  std::map<const void*, Object> objects_;
  std::vector<std::uint64_t> cells_;
  std::uint32_t mutexes_made_ = 0;
  std::map<std::uint32_t, std::string> names_;  // of those that have one, by as which it was made
  std::vector<std::uint32_t> mutexes_;          // by first use: as which they were made

  std::vector<Local> locals_;
  std::map<std::vector<std::uint64_t>, LocalId> local_ids_;           // by key
  std::vector<LocalId> first_;                                        // by choice
  std::vector<std::vector<std::pair<std::uint64_t, LocalId>>> next_;  // by local state: where a result leads
  std::uint64_t map_bytes_ = 0;

  FiberStack stack_;
  std::vector<Decided> script_;
  std::size_t position_ = 0;
  std::uint32_t running_choice_ = 0;
  std::uint64_t runs_ = 0;
  Stop stop_;
  const void* stop_low_ = nullptr;
  BodyWatch own_watch_;
  BodyWatch& watch_;
  Phase phase_ = Phase::constructor;
  Heap heap_;
  Statics statics_;
  std::unique_ptr<ExploreSubject> subject_;
  std::vector<std::byte> as_made_;  // the strategy object's bytes, which no transfer may change
};

}  // namespace banksim::model
