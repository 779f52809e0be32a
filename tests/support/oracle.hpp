// A slow explorer that shares nothing with the fast one: it runs each schedule from its beginning on real
// threads, which pass a baton, and enumerates all schedules of all assignments of transfers by depth-first
// search. No snapshots, no states, no memory of what was seen, no symmetry.
//
// For two workers with one transfer each in a bank of two accounts: it counts the schedules and knows whether
// any of them goes wrong. Strategies whose schedules are endless are out of its reach.
#pragma once

#include <banksim/strategy.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace banksim::oracle {

enum class Op { lock, try_lock, unlock, get, set };

struct Wish {
  Op op;
  const void* object;
  std::int64_t value;
};

// Passes one baton between the workers and the controller, so that only one of them runs.
class Stage {
 public:
  static Stage*& current() {
    static Stage* stage = nullptr;
    return stage;
  }
  static std::size_t& self() {
    thread_local std::size_t me = 0;
    return me;
  }
  struct Abandoned {};

  // Called by a worker: waits until it is its turn, and gets the result of the operation.
  std::int64_t ask(const Wish& wish) {
    if (!abandoned_) {
      wishes_[self()] = wish;
      give(kController);
      await(self());
    }
    if (!abandoned_) return answer_;
    if (wish.op == Op::unlock) return 0;  // guards unlock while the stack unwinds
    throw Abandoned{};
  }

 protected:
  static constexpr std::size_t kController = 99;

  void give(std::size_t to) {
    const std::lock_guard lock(mutex_);
    baton_ = to;
    changed_.notify_all();
  }
  void await(std::size_t me) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return baton_ == me || abandoned_; });
  }
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }

  std::vector<Wish> wishes_;  // by worker; of one that has finished the last
  std::int64_t answer_ = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t baton_ = kController;
  bool abandoned_ = false;
};

struct OracleSync {
  class Mutex {
   public:
    Mutex() = default;
    explicit Mutex(AccountId) {}
    void lock() { Stage::current()->ask({Op::lock, this, 0}); }
    bool try_lock() { return Stage::current()->ask({Op::try_lock, this, 0}) != 0; }
    void unlock() { Stage::current()->ask({Op::unlock, this, 0}); }

   private:
    [[maybe_unused]] char address_ = 0;
  };
  template <class T>
  class Cell {
   public:
    Cell(AccountId, T value) : value_(value) {}
    T get() const {
      Stage::current()->ask({Op::get, this, 0});
      return value_;
    }
    void set(T value) {
      Stage::current()->ask({Op::set, this, value.minor_units()});
      value_ = value;
    }
    T peek() const { return value_; }

   private:
    T value_;
  };
};

struct Tally {
  double schedules = 0;  // that end with everybody finished
  bool deadlock = false;
  bool race = false;
  bool wrong_money = false;
  std::size_t fewest_steps = 0;  // to the first thing that is wrong, counted as the explorer counts
};

// One run of all workers under the control of a schedule.
template <class Strategy>
class Run : public Stage {
 public:
  Run(const std::vector<Transfer>& transfers, std::uint32_t accounts)
      : opening_(accounts, Money{1}),
        bank_(opening_),
        transfers_(transfers),
        outcomes_(transfers.size()),
        finished_(transfers.size()) {
    wishes_.resize(transfers.size());
    current() = this;
    for (std::size_t w = 0; w < transfers.size(); ++w) {
      give(w);
      threads_.emplace_back([this, w] { work(w); });
      await(kController);
    }
  }
  ~Run() {
    abandon();
    for (std::thread& thread : threads_) thread.join();
  }

  std::vector<std::size_t> enabled() const {
    std::vector<std::size_t> able;
    for (std::size_t w = 0; w < wishes_.size(); ++w)
      if (!finished_[w] && !(wishes_[w].op == Op::lock && owners_.contains(wishes_[w].object)))
        able.push_back(w);
    return able;
  }
  bool all_finished() const {
    return std::ranges::all_of(finished_, [](char finished) { return finished != 0; });
  }
  bool deadlocked() const { return !all_finished() && enabled().empty(); }
  bool racing() const {
    const auto is_cell = [](Op op) { return op == Op::get || op == Op::set; };
    for (std::size_t a = 0; a < wishes_.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        const Wish& x = wishes_[a];
        const Wish& y = wishes_[b];
        if (!finished_[a] && !finished_[b] && x.object == y.object && is_cell(x.op) && is_cell(y.op) &&
            (x.op == Op::set || y.op == Op::set))
          return true;
      }
    return false;
  }
  bool money_wrong() {
    std::vector<Money> expected(opening_);
    for (std::size_t w = 0; w < transfers_.size(); ++w) {
      if (outcomes_[w] != TransferOutcome::done) continue;
      expected[index(transfers_[w].from)] -= transfers_[w].amount;
      expected[index(transfers_[w].to)] += transfers_[w].amount;
    }
    return !std::ranges::equal(bank_.accounts(), expected, {},
                               [](const auto& account) { return account.balance.peek(); });
  }

  void step(std::size_t w) {
    const Wish& wish = wishes_[w];
    answer_ = 0;
    if (wish.op == Op::unlock) owners_.erase(wish.object);
    if (wish.op == Op::lock || wish.op == Op::try_lock) answer_ = owners_.emplace(wish.object, w).second;
    give(w);
    await(kController);
  }

 private:
  void work(std::size_t w) {
    self() = w;
    try {
      outcomes_[w] = perform(strategy_, bank_, transfers_[w], [] {});
      finished_[w] = 1;
      give(kController);
    } catch (const Abandoned&) {
    }
  }

  std::vector<Money> opening_;
  Bank<OracleSync> bank_;
  Strategy strategy_;
  std::vector<Transfer> transfers_;
  std::vector<TransferOutcome> outcomes_;
  std::vector<char> finished_;
  std::map<const void*, std::size_t> owners_;
  std::vector<std::thread> threads_;
};

// Depth first over the schedules of one assignment; each run is repeated from its beginning.
template <class Strategy>
void enumerate(const std::vector<Transfer>& transfers, std::uint32_t accounts, Tally& tally) {
  const auto wrong = [&tally](std::size_t steps) {
    if (tally.fewest_steps == 0 || steps < tally.fewest_steps) tally.fewest_steps = steps;
  };
  std::vector<std::vector<std::size_t>> left;  // choices not yet taken, by depth; the last one is being taken
  while (true) {
    Run<Strategy> run(transfers, accounts);
    for (std::size_t depth = 0;; ++depth) {
      if (run.racing()) {
        tally.race = true;
        wrong(depth + 2);
      }
      if (run.deadlocked()) {
        tally.deadlock = true;
        wrong(depth + transfers.size());
        break;
      }
      if (run.all_finished()) {
        ++tally.schedules;
        if (run.money_wrong()) {
          tally.wrong_money = true;
          wrong(depth);
        }
        break;
      }
      if (depth == left.size()) left.push_back(run.enabled());
      run.step(left[depth].back());
    }
    while (!left.empty() && left.back().size() == 1) left.pop_back();
    if (left.empty()) return;
    left.back().pop_back();
  }
}

// Two workers with one transfer each; amounts of 1 and 2 where every account has 1.
template <template <class> class Strategy>
Tally two_workers(std::uint32_t accounts) {
  std::vector<Transfer> choices;
  for (std::uint32_t from = 0; from < accounts; ++from)
    for (std::uint32_t to = 0; to < accounts; ++to)
      for (const std::int64_t amount : {1, 2})
        if (from != to) choices.push_back({AccountId{from}, AccountId{to}, Money{amount}});
  Tally tally;
  for (const Transfer& first : choices)
    for (const Transfer& second : choices) enumerate<Strategy<OracleSync>>({first, second}, accounts, tally);
  return tally;
}

}  // namespace banksim::oracle
