// A slow explorer that shares nothing with the fast one: it runs each schedule from its beginning on real
// threads, which pass a baton, and enumerates all schedules of all assignments of transfers by depth-first
// search. No snapshots, no states, no memory of what was seen, no symmetry.
//
// For two workers with one transfer each in a bank of two accounts: it counts the schedules and knows whether
// any of them goes wrong. Strategies whose schedules are endless are out of its reach.
#pragma once

#include <banksim/strategy.hpp>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace banksim::oracle {

enum class Op { lock, try_lock, unlock, get, set };

struct Wish {
  Op op;
  const void* object;
  std::int64_t value;
};

// One run of all workers under the control of a schedule.
class Stage {
 public:
  static Stage*& current() {
    static Stage* stage = nullptr;
    return stage;
  }
  struct Abandoned {};

  // Called by a worker: waits until it is its turn, and gets the result of the operation.
  std::int64_t ask(const Wish& wish) {
    const std::size_t me = self();
    std::unique_lock lock(mutex_);
    if (abandoned_) {
      if (wish.op == Op::unlock) return 0;  // guards unlock while the stack unwinds
      throw Abandoned{};
    }
    wishes_[me] = wish;
    baton_ = kController;
    changed_.notify_all();
    changed_.wait(lock, [&] { return baton_ == me || abandoned_; });
    if (abandoned_) {
      if (wish.op == Op::unlock) return 0;
      throw Abandoned{};
    }
    wishes_[me].reset();
    return answer_;
  }

  static std::size_t& self() {
    thread_local std::size_t me = 0;
    return me;
  }

 protected:
  static constexpr std::size_t kController = 99;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t baton_ = kController;
  std::int64_t answer_ = 0;
  bool abandoned_ = false;
  std::vector<std::optional<Wish>> wishes_;
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

template <class Strategy>
class Run : public Stage {
 public:
  Run(const std::vector<Transfer>& transfers, std::uint32_t accounts)
      : opening_(accounts, Money{1}), bank_(opening_), transfers_(transfers), outcomes_(transfers.size()) {
    wishes_.resize(transfers.size());
    finished_.resize(transfers.size());
    current() = this;
    for (std::size_t w = 0; w < transfers.size(); ++w) start(w);
  }
  ~Run() {
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::vector<std::size_t> enabled() const {
    std::vector<std::size_t> able;
    for (std::size_t w = 0; w < wishes_.size(); ++w)
      if (!finished_[w] && !blocked(w)) able.push_back(w);
    return able;
  }
  bool all_finished() const {
    for (const bool finished : finished_)
      if (!finished) return false;
    return true;
  }
  bool blocked(std::size_t w) const {
    return !finished_[w] && wishes_[w]->op == Op::lock && owners_.contains(wishes_[w]->object);
  }
  bool deadlocked() const { return !all_finished() && enabled().empty(); }
  bool racing() const {
    for (std::size_t a = 0; a < wishes_.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        if (finished_[a] || finished_[b]) continue;
        const Wish& x = *wishes_[a];
        const Wish& y = *wishes_[b];
        if (x.object == y.object && (x.op == Op::set || y.op == Op::set) &&
            (x.op == Op::get || x.op == Op::set) && (y.op == Op::get || y.op == Op::set))
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
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (bank_.accounts()[i].balance.peek() != expected[i]) return true;
    return false;
  }

  void step(std::size_t w) {
    const Wish wish = *wishes_[w];
    answer_ = 0;
    if (wish.op == Op::unlock) owners_.erase(wish.object);
    if (wish.op == Op::lock || wish.op == Op::try_lock) answer_ = owners_.emplace(wish.object, w).second;
    hand_over(w);
  }

 private:
  void start(std::size_t w) {
    baton_ = w;
    threads_.emplace_back([this, w] {
      self() = w;
      try {
        const TransferOutcome outcome = perform(strategy_, bank_, transfers_[w], [] {});
        const std::lock_guard lock(mutex_);
        outcomes_[w] = outcome;
        finished_[w] = true;
        baton_ = kController;
        changed_.notify_all();
      } catch (const Abandoned&) {
      }
    });
    wait();
  }
  void hand_over(std::size_t w) {
    {
      const std::lock_guard lock(mutex_);
      baton_ = w;
    }
    changed_.notify_all();
    wait();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return baton_ == kController; });
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
