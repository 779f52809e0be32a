// One run: a strategy, real threads, a plan of transfers, and a verdict.
//
// simulate<Strategy>(config, control) builds the bank, starts the workers behind one latch, watches for
// deadlock, stall, limits and signals, joins everybody, checks the money and returns all of it as a value.
//
// It ends whatever the strategy does on these threads. What the strategy throws is an outcome: crashed. Threads
// that do not come back within some seconds after the run was called off are left behind: the run is stalled, or
// the deadlock that was found, and the money is not checked. Such threads go on, and keep what they use alive; a
// process that has them is ended by _exit(). If there are none, every thread has been joined.
//
// It does not end where the strategy's constructor or destructor never returns, and it is over where the
// strategy ends the process. Against that the program runs it in a process of its own.
//
// std::set_terminate is called once: a thread that dies of Cancelled in a destructor is parked instead.
//
// A signal ends it while the bank is built, and while the money is checked: then nothing is said of the money.
//
// Errors: ConfigError where the configuration makes no sense; SimulationError when threads cannot be started
// or memory is too little, std::bad_alloc likewise; whatever on_progress or the strategy's constructor throws.
#pragma once

#include <banksim/config.hpp>
#include <banksim/control.hpp>
#include <banksim/result.hpp>
#include <banksim/strategy_rules.hpp>
#include <banksim/worker.hpp>

#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

namespace banksim {

// The machine could not do it: too few threads, too little memory.
struct SimulationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A strategy with its bank, as a run sees it: one virtual call a worker, none a transfer.
class RunSubject {
 public:
  virtual ~RunSubject() = default;
  virtual void work(WorkerRecord& mine) = 0;  // by each worker; may throw
  virtual Money audit() = 0;                  // by the auditor, while they work: the total as it sees it
  virtual std::vector<Money> balances() = 0;  // when all are joined
};
using RunSubjectFactory = std::unique_ptr<RunSubject> (*)(const RunSetup&);

template <class Strategy, Sync S>
class SimulatedStrategy : public RunSubject {
 public:
  explicit SimulatedStrategy(const RunSetup& setup)
      : setup_(setup),
        bank_(setup.opening, setup.layout, setup.look),
        strategy_(
            make_strategy<Strategy>({static_cast<std::uint32_t>(setup.opening.size()), setup.workers})) {}

  static std::unique_ptr<RunSubject> make(const RunSetup& setup) {
    return std::make_unique<SimulatedStrategy>(setup);
  }

  void work(WorkerRecord& mine) override { banksim::work(strategy_, bank_, setup_, mine); }
  Money audit() override { return audit_total(strategy_, bank_); }
  std::vector<Money> balances() override {
    std::vector<Money> found;
    found.reserve(bank_.size());
    for (Account<S>& account : bank_.accounts()) found.push_back(account.balance.get());
    return found;
  }

 private:
  const RunSetup& setup_;
  Bank<S> bank_;
  alignas(kCacheLineBytes) Strategy strategy_;  // its own mutexes must not slow down who only finds the bank
};

// `account_bytes`: what the bank takes for each.
RunResult simulate(const Config& config, RunControl& control, RunSubjectFactory make,
                   std::size_t account_bytes);

// On mutexes of the kind that the configuration says, and that must be this one.
template <template <class> class Strategy, class Lock = StdLock>
RunResult simulate(const Config& config, RunControl& control) {
  using Plain = ThreadSync<Lock>;
  static_assert(keeps_rules<Strategy<Plain>, Plain>());
  using Base = std::conditional_t<Strategy<Plain>::conserves_money, Plain, RacySync<Lock>>;
  using S = std::conditional_t<kHasOwnTransfer<Strategy<Base>, Base>, MarkingSync<Base>, Base>;
  if (config.mutex != Lock::kind)
    throw ConfigError(std::string("--mutex ") + to_string(config.mutex) +
                      ": the strategy is not built for it");
  return simulate(config, control, &SimulatedStrategy<Strategy<S>, S>::make, account_bytes<S>(config.layout));
}

}  // namespace banksim
