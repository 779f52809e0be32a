// A slow explorer that shares nothing with the fast one: it runs each schedule from its beginning on real
// threads, which pass a baton, and enumerates all schedules of all assignments of transfers by depth-first
// search. No snapshots, no states, no memory of what was seen, no symmetry.
//
// For two workers with one transfer each: it counts the schedules and knows whether any of them goes wrong.
// Strategies whose schedules are endless are out of its reach.
#pragma once

#include <banksim/strategy.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace banksim::oracle {

enum class Op { lock, try_lock, unlock, get, set };

// Of this thread's worker: waits until it is its turn, and gives the result of the operation.
inline thread_local std::function<bool(Op, const void*)> ask;

struct OracleSync {
  struct Mutex {
    explicit Mutex(AccountId = kNoAccount) {}
    void lock() { ask(Op::lock, this); }
    bool try_lock() { return ask(Op::try_lock, this); }
    void unlock() { ask(Op::unlock, this); }
    [[maybe_unused]] char address = 0;
  };
  template <class T>
  struct Cell {
    Cell(AccountId, T opening) : value(opening) {}
    T get() const {
      ask(Op::get, this);
      return value;
    }
    void set(T next) {
      ask(Op::set, this);
      value = next;
    }
    T value;
  };
};

struct Tally {
  double schedules = 0;  // that end with everybody finished
  bool deadlock = false;
  bool race = false;
  bool wrong_money = false;
  std::size_t fewest_steps = 0;  // to the first thing that is wrong, counted as the explorer counts
};

// One run of all workers under the control of a schedule: only who has the baton runs.
template <class Strategy>
class Run {
 public:
  Run(const std::vector<Transfer>& transfers, std::uint32_t accounts)
      : opening_(accounts, Money{1}), bank_(opening_), workers_(transfers.size()) {
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      workers_[w].transfer = transfers[w];
      workers_[w].thread = std::thread([this, w] { work(w); });
      let_run(w);
    }
  }
  ~Run() {
    give(kNobodyAnyMore);
    for (Worker& worker : workers_) worker.thread.join();
  }

  std::vector<std::size_t> enabled() const {
    std::vector<std::size_t> able;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      const Worker& worker = workers_[w];
      if (!worker.finished && !(worker.op == Op::lock && owners_.contains(worker.object))) able.push_back(w);
    }
    return able;
  }
  bool all_finished() const { return std::ranges::all_of(workers_, &Worker::finished); }
  bool racing() const {
    const auto touches = [](const Worker& worker) {
      return !worker.finished && (worker.op == Op::get || worker.op == Op::set);
    };
    for (const Worker& a : workers_)
      for (const Worker& b : workers_)
        if (&a != &b && touches(a) && touches(b) && a.object == b.object && a.op == Op::set) return true;
    return false;
  }
  bool money_wrong() {
    std::vector<Money> expected(opening_);
    for (const Worker& worker : workers_) {
      if (worker.outcome != TransferOutcome::done) continue;
      expected[index(worker.transfer.from)] -= worker.transfer.amount;
      expected[index(worker.transfer.to)] += worker.transfer.amount;
    }
    for (std::uint32_t i = 0; i < bank_.size(); ++i)
      if (bank_[AccountId{i}].balance.value != expected[i]) return true;
    return false;
  }

  void step(std::size_t w) {
    const Worker& worker = workers_[w];
    if (worker.op == Op::unlock) owners_.erase(worker.object);
    if (worker.op == Op::lock || worker.op == Op::try_lock)
      answer_ = owners_.emplace(worker.object, w).second;
    let_run(w);
  }

 private:
  static constexpr std::size_t kController = 99;
  static constexpr std::size_t kNobodyAnyMore = 100;
  struct Abandoned {};

  struct Worker {
    Transfer transfer;
    TransferOutcome outcome = TransferOutcome::declined;
    bool finished = false;
    Op op{};  // what it is about to do
    const void* object = nullptr;
    std::thread thread;
  };

  void give(std::size_t to) {
    const std::lock_guard lock(mutex_);
    baton_ = to;
    changed_.notify_all();
  }
  // False if the run was abandoned.
  bool await(std::size_t me) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return baton_ == me || baton_ == kNobodyAnyMore; });
    return baton_ == me;
  }
  void let_run(std::size_t w) {
    give(w);
    await(kController);
  }

  void work(std::size_t w) {
    Worker& worker = workers_[w];
    bool abandoned = false;
    ask = [&](Op op, const void* object) {
      if (!abandoned) {
        worker.op = op;
        worker.object = object;
        give(kController);
        abandoned = !await(w);
      }
      if (abandoned && op != Op::unlock) throw Abandoned{};  // guards unlock while the stack unwinds
      return answer_;
    };
    try {
      if (!await(w)) return;
      worker.outcome = perform(strategy_, bank_, worker.transfer, [] {});
      if (abandoned) return;
      worker.finished = true;
      give(kController);
    } catch (const Abandoned&) {
    }
  }

  std::vector<Money> opening_;
  Bank<OracleSync> bank_;
  Strategy strategy_;
  std::vector<Worker> workers_;
  std::map<const void*, std::size_t> owners_;
  bool answer_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t baton_ = kController;
};

// Depth first over the schedules of one assignment; each run is repeated from its beginning.
template <class Strategy>
void enumerate(const std::vector<Transfer>& transfers, std::uint32_t accounts, Tally& tally) {
  const auto wrong = [&tally](bool& what, std::size_t steps) {
    what = true;
    if (tally.fewest_steps == 0 || steps < tally.fewest_steps) tally.fewest_steps = steps;
  };
  std::vector<std::vector<std::size_t>> left;  // choices not yet taken, by depth; the last one is being taken
  do {
    Run<Strategy> run(transfers, accounts);
    std::size_t depth = 0;
    for (auto able = run.enabled(); !able.empty(); able = run.enabled()) {
      if (run.racing()) wrong(tally.race, depth + 2);
      if (depth == left.size()) left.push_back(able);
      run.step(left[depth++].back());
    }
    if (!run.all_finished()) {
      wrong(tally.deadlock, depth + transfers.size());
    } else {
      ++tally.schedules;
      if (run.money_wrong()) wrong(tally.wrong_money, depth);
    }
    while (!left.empty() && left.back().size() == 1) left.pop_back();
    if (!left.empty()) left.back().pop_back();
  } while (!left.empty());
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
