// The supervisor of one run: starts its threads behind one latch, waits for what ends the run, and joins
// them.
//
// Promises: when run() returns or throws, every thread was joined.
//
// Errors: SimulationError if the threads cannot be started; whatever a worker, the auditor or on_progress
// threw.
//
// Threads: run() belongs to the caller's thread. The members up to the mutex's are written before the threads
// start or by one thread alone; the others are under RunControl's mutex, and changes to them notify its
// condition.
#pragma once

#include "run/run_log.hpp"
#include "run/start_latch.hpp"

#include <banksim/simulate.hpp>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace banksim {

class Supervisor final : private CycleListener {
 public:
  // `records` say who does what.
  Supervisor(const Config& config, RunControl& control, RunSetup& setup, std::vector<WorkerRecord> records);

  // Called once.
  RunLog run(RunSubject& subject);

 private:
  void start_threads(RunSubject& subject);
  void join_threads();
  void become(WorkerId self);
  void worker_main(RunSubject& subject, WorkerId self);
  void auditor_main(RunSubject& subject);
  void audit_until_over(RunSubject& subject);
  void note_first_finish();
  void fail(std::exception_ptr thrown);
  void on_cycle() noexcept override;

  void watch();
  Outcome next_ending(std::unique_lock<std::mutex>& lock);
  bool tick(std::unique_lock<std::mutex>& lock);
  void gather_blocked(std::unique_lock<std::mutex>& lock);
  Deadlock describe_deadlock() const;

  bool audited() const { return config_.audit.kind == AuditPolicy::Kind::interval; }
  WorkerId auditor() const { return WorkerId{config_.threads}; }

  const Config& config_;
  RunControl& control_;
  RunSetup& setup_;
  RunLog log_;
  WaitingRoom room_;
  StartLatch latch_;
  std::vector<std::thread> threads_;
  std::atomic<bool> somebody_finished_{false};

  // The caller's thread alone, once the latch is open.
  Clock::time_point next_tick_;
  Clock::time_point last_progress_;
  std::uint64_t last_attempted_ = 0;
  double deadlock_after_s_ = 0;
  std::vector<WorkerId> blocked_;

  // Under the mutex.
  std::uint32_t running_;
  bool cycle_found_ = false;
  std::exception_ptr failure_;
};

}  // namespace banksim
