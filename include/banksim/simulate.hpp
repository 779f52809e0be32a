// One run: a strategy, real threads, a plan of transfers, and a verdict.
//
// simulate<Strategy>(config, control) builds the bank, starts the workers behind one latch, watches for
// deadlock, stall, limits and signals, joins everybody, checks the money and returns all of it as a value.
//
// Promises: always returns or throws; never hangs, prints or exits. Whatever happened, every worker has been
// joined and the money was checked.
//
// Errors: SimulationError when threads cannot be started or memory is too little; std::bad_alloc likewise.
//
// Threads: call from one thread; RunControl::request_stop() may come from any other.
//
// Cost: nothing in the measured region allocates (but one block each 8 million transfers where a duration is
// asked for), logs or shares a cache line with another worker.
#pragma once

#include <banksim/config.hpp>
#include <banksim/control.hpp>
#include <banksim/result.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace banksim {

// The machine could not do it: too few threads, too little memory.
struct SimulationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs `config` (already validated) under the strategy.
template <template <class> class Strategy>
RunResult simulate(const Config& config, RunControl& control);

// The part of simulate() that no strategy changes: threads, limits, signals, the verdict. Compiled once.
class Supervisor final : private CycleListener {
 public:
  // Checks the memory needed and lays out the shares. Throws SimulationError, std::bad_alloc.
  Supervisor(const Config& config, RunControl& control);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  std::vector<Money> opening() const;
  const Workload& workload() const { return workload_; }
  const Pace& pace() const { return pace_; }
  Money total() const { return total_; }

  // Runs `body` on every worker and `audit`, which returns the total that it saw, on the auditor; watches and
  // joins them. Rethrows what a worker threw. Called once.
  void run(const std::function<void(WorkerRecord&)>& body, const std::function<Money()>& audit);

  // Checks the money and sums up. Called once, after run().
  RunResult finish(std::vector<Money> found);

 private:
  struct State;  // threads and their book-keeping: run.cpp

  void on_cycle() noexcept override;

  const Config& config_;
  Money total_;
  std::atomic<bool> stop_{false};       // finish the transfer under way, then end
  std::atomic<bool> cancelled_{false};  // and call off every wait
  Workload workload_;
  Pace pace_;
  std::unique_ptr<State> state_;
};

template <template <class> class Strategy>
RunResult simulate(const Config& config, RunControl& control) {
  using S = std::conditional_t<Strategy<ThreadSync>::conserves_money, ThreadSync, RacySync>;
  static_assert(LockingStrategy<Strategy<S>, S>);
  Supervisor supervisor(config, control);
  Bank<S> bank(supervisor.opening());
  Strategy<S> strategy;
  Workplace<Strategy<S>, S> place{strategy,
                                  bank,
                                  supervisor.workload(),
                                  supervisor.pace(),
                                  config.audit.kind == AuditPolicy::Kind::each,
                                  supervisor.total()};
  supervisor.run([&place](WorkerRecord& record) { work(place, record); }, [&place] { return place.audit(); });
  std::vector<Money> found;
  found.reserve(bank.size());
  for (Account<S>& account : bank.accounts()) found.push_back(account.balance.get());
  return supervisor.finish(std::move(found));
}

}  // namespace banksim
