// What the supervisor of a run keeps while it runs: private to preparing, watching and summing up.
#pragma once

#include "run/platform.hpp"

#include <banksim/simulate.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace banksim {

using Clock = std::chrono::steady_clock;

inline double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Why the run ended; the first reason stands.
enum class Ending : std::uint8_t { completed, deadlock, stalled, timeout, interrupted, failed };

struct Supervisor::State {
  State(const Config& config, RunControl& run_control)
      : control(run_control),
        records(config.threads),
        room(config.threads + 1),
        spinning(config.threads <= host_cpus()),
        first_finish(config.threads) {}

  RunControl& control;
  std::vector<WorkerRecord> records;
  WaitingRoom room;
  std::vector<std::thread> threads;

  // The latch: everybody is ready, then everybody goes. Where each thread has a processor they wait spinning
  // and the last to come opens, so that all start within nanoseconds; else they sleep and the supervisor
  // opens.
  const bool spinning;
  std::atomic<std::uint32_t> ready{0};
  std::atomic<bool> go{false};

  // Under control.mutex_, signalled by control.wake_.
  std::uint32_t running = 0;
  bool cycle_found = false;
  std::exception_ptr failure;

  // What everybody had done when the first worker was finished.
  std::atomic<bool> somebody_finished{false};
  std::vector<std::uint64_t> first_finish;

  AuditLog audits;
  Ending ending = Ending::completed;
  std::string started_at;
  Clock::time_point start;
  Clock::time_point next_tick;
  Clock::time_point last_progress;
  std::uint64_t last_attempted = 0;
  std::optional<double> deadlock_after_s;
  std::vector<WorkerId> blocked;
  ResourceUsage used;

  std::uint64_t attempted() const {
    std::uint64_t sum = 0;
    for (const WorkerRecord& record : records) sum += record.attempted.load(std::memory_order_relaxed);
    return sum;
  }
  void report(RunProgress::Phase phase) {
    if (!control.on_progress) return;
    const bool ran = phase != RunProgress::Phase::preparing;
    control.on_progress({phase, ran ? nanoseconds(Clock::now() - start) : nanoseconds{0}, attempted()});
  }
  ThreadContext context(WorkerId self, const Config& config, const std::atomic<bool>& cancelled,
                        CycleListener& listener) {
    return {self, {}, &room, &listener, &cancelled, config.slice};
  }

  void open_latch();
  void await_start();
  void await_all_ready();
  void snapshot_first_finish();
  void worker_main(WorkerId self, const std::function<void(WorkerRecord&)>& body);
  void auditor_main(const std::function<Money()>& audit, const Config& config, Money total,
                    const std::atomic<bool>& stop);
  void start_threads(const std::function<std::thread(std::uint32_t)>& start_worker,
                     const std::function<std::thread()>& start_auditor, bool audited,
                     std::atomic<bool>& stop);
  void join_all();
  bool stalled(const Config& config);
  void gather_blocked(std::unique_lock<std::mutex>& lock, const Config& config);
  Ending next_ending(std::unique_lock<std::mutex>& lock, const Config& config);
  void watch(const Config& config, std::atomic<bool>& stop, std::atomic<bool>& cancelled);
  Deadlock describe_deadlock(const Config& config) const;
};

}  // namespace banksim
