// One run: a strategy, real threads, a plan of transfers, and a verdict.
//
// simulate<Strategy>(config, control) builds the bank, starts the workers behind one latch, watches for
// deadlock, stall, limits and signals, joins everybody, checks the money and returns all of it as a value.
// Promises   always returns or throws; never hangs, prints or exits. Whatever happened, every worker has been
//            joined and the money was checked.
// Errors     SimulationError when threads cannot be started or memory is too little; std::bad_alloc likewise.
// Threads    call from one thread; RunControl::request_stop() may come from any other.
// Cost       nothing in the measured region allocates (but one block each 8 million transfers where a
// duration
//            is asked for), logs or shares a cache line with another worker.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/deadlock.hpp>
#include <banksim/histogram.hpp>
#include <banksim/platform.hpp>
#include <banksim/sync.hpp>
#include <banksim/worker.hpp>
#include <banksim/workload.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace banksim {

using std::chrono::nanoseconds;

// Time spent between debit and credit with the locks held: spinning, or one yield of the processor.
struct Hold {
  nanoseconds spin{0};
  bool yield = false;
};

struct AuditPolicy {
  enum class Kind : std::uint8_t { off, interval, each };
  Kind kind = Kind::interval;
  nanoseconds interval{10'000'000};
};

// What to run. Validated once by validate(); not changed afterwards.
struct Config {
  std::string strategy = "ordered";  // canonical name
  std::uint32_t threads = 8;
  std::uint32_t accounts = 1000;
  std::vector<Money> balance{Money{1000}};  // dealt round the accounts
  std::uint64_t transfers = 1'000'000;      // over all threads; ignored when a duration is given
  std::optional<nanoseconds> duration;
  Money min_amount{1};
  Money max_amount{100};
  Access access;
  Hold hold;
  nanoseconds think{0};
  std::uint64_t seed = 1;
  AuditPolicy audit;
  nanoseconds timeout{std::chrono::seconds{60}};
  nanoseconds stall{std::chrono::seconds{10}};
  nanoseconds slice{std::chrono::milliseconds{20}};

  WorkloadConfig workload() const;
  Money opening(std::uint32_t account) const { return balance[account % balance.size()]; }
};

inline constexpr std::uint32_t kMaxThreads = 4096;

// Bad input, in one line for the user. Thrown before anything runs.
struct ConfigError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// Throws ConfigError where a value, or a combination of values, makes no sense. Returns the bank's total.
Money validate(const Config& config);

// The machine could not do it: too few threads, too little memory.
struct SimulationError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Outcome : std::uint8_t { ok, violation, deadlock, stalled, timeout, interrupted };
const char* to_string(Outcome outcome);

// A member of a cycle: a wait-for edge, and the transfer that the worker was about. None for the auditor, or
// for a worker that was auditing.
struct DeadlockMember {
  WaitForEdge edge;
  bool is_auditor = false;
  std::optional<PlannedTransfer> transfer;
};

struct Deadlock {
  double detected_after_s = 0;
  std::vector<DeadlockMember> cycle;
  std::vector<WorkerId> blocked_workers;  // behind the cycle, not in it
  bool auditor_blocked = false;
};

struct Fairness {
  double jain_index = 1;  // of the work that each worker had done when the first one was finished
  std::uint64_t min_per_worker = 0;
  std::uint64_t max_per_worker = 0;
};

struct Warning {
  std::string code;  // stable, for scripts
  std::string message;
};

struct RunResult {
  Config config;
  Host host;
  std::string started_at;  // UTC, ISO 8601
  Outcome outcome = Outcome::ok;
  int signal = 0;  // that interrupted it
  TransferCounts transfers;
  double elapsed_s = 0;  // from the latch to the last worker's end
  LatencyHistogram latency;
  LockStats locks;  // of the workers
  Fairness fairness;
  ResourceUsage used;  // during the run; max_rss_kib: of the process
  Check check;
  std::optional<Deadlock> deadlock;
  std::vector<Warning> warnings;

  double throughput_per_s() const {  // completed and declined: what was decided
    return elapsed_s > 0 ? static_cast<double>(transfers.done + transfers.declined) / elapsed_s : 0;
  }
  // Share of the workers' time spent waiting for locks.
  double waiting_share() const {
    const double worker_ns = elapsed_s * 1e9 * config.threads;
    return worker_ns > 0 ? static_cast<double>(locks.wait_ns) / worker_ns : 0;
  }
};

struct Progress {
  enum class Phase : std::uint8_t { preparing, running, checking };
  Phase phase = Phase::preparing;
  nanoseconds elapsed{0};
  std::uint64_t attempted = 0;
};

// The caller's hand on a run.
class RunControl {
 public:
  // Asks for an orderly end: waits are called off, transfers under way are finished. Any thread, any time;
  // not from a signal handler.
  void request_stop(int signal);

  // Called about ten times a second from the thread that called simulate(). Set before the run.
  std::function<void(const Progress&)> on_progress;

 private:
  friend class Supervisor;
  std::mutex mutex_;
  std::condition_variable wake_;
  int signal_ = 0;
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
