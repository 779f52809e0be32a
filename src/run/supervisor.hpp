// Who watches a run: its threads, what ends it, and what is left when it is over. Private to this room.
#pragma once

#include "run/lateness.hpp"
#include "run/platform.hpp"
#include "run/run_log.hpp"
#include "run/start_latch.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace banksim {

// One run's threads, and the watch over them. The threads share it: one that never comes back keeps it alive.
//
// Threads: run() belongs to the caller's thread. The members up to the mutex's are written before the threads
// start or by one thread alone; the others are under the bell's mutex, and changes to them notify its condition.
class Supervisor final : public std::enable_shared_from_this<Supervisor>, private CycleListener {
 public:
  Supervisor(std::shared_ptr<Run> run, RunControl& control, std::vector<WorkerRecord> records)
      : run_(std::move(run)),
        config_(run_->config),
        pace_(run_->setup.pace),
        on_progress_(control.on_progress),
        on_thread_(control.on_thread),
        bell_(control.bell_),
        records_(std::move(records)),
        room_(config_.threads + 1),
        latch_(config_.threads, config_.threads <= host_cpus(),
               [this] {
                 log_.used = resource_usage();
                 log_.start = last_progress_ = Clock::now();
                 next_tick_ = log_.start + kTick;
               }),
        is_back_(config_.threads + 1),
        running_(config_.threads),
        unfinished_(config_.threads + (audited() ? 1u : 0u)) {
    first_finish_.resize(config_.threads);
  }

  // Called once.
  RunLog run();

 private:
  void start_threads();
  void worker_main(WorkerId self);
  void auditor_main();
  void audit_now_and_then();
  void note_first_finish();
  void join_threads();

  // What may end the run, and who waits for that is woken.
  void tell(auto change) {
    {
      const std::lock_guard lock(bell_->mutex);
      change();
    }
    bell_->wake.notify_all();
  }
  void on_cycle() noexcept override {
    tell([this] { cycle_found_ = true; });
  }
  void fail(std::exception_ptr thrown) {
    tell([&] {
      if (!failure_) failure_ = std::move(thrown);
    });
  }
  void come_back(WorkerId self) {
    tell([&] {
      is_back_[index(self)] = true;
      if (self != auditor()) --running_;
      --unfinished_;
    });
  }
  void blame(EndedBy ended_by) {
    tell([&] {
      if (!ended_by_) ended_by_ = std::move(ended_by);
    });
  }

  void measure_machine();
  void watch();
  void notice_lateness(Clock::time_point due);
  nanoseconds run_time() const { return Clock::now() - log_.start - paused_; }
  Outcome next_ending(std::unique_lock<std::mutex>& lock);
  bool tick(std::unique_lock<std::mutex>& lock);
  void call_off(nanoseconds patience = kPatience);
  void gather_blocked(std::unique_lock<std::mutex>& lock);
  void leave_behind();
  void describe_cycle();

  // How long threads have to finish what they are about once the run is called off, from the last that did: a gate or
  // a queue of the strategy's own is passed on to the next only by who goes through.
  static constexpr nanoseconds kPatience = std::chrono::milliseconds{500};
  static constexpr nanoseconds kMostPatience = std::chrono::seconds{2};
  // How long they have to come back after that.
  static constexpr nanoseconds kGrace = std::chrono::milliseconds{1500};
  // How often the supervisor looks up: for progress and for stalls.
  static constexpr nanoseconds kTick = std::chrono::milliseconds{100};

  bool audited() const { return config_.audit.kind == AuditPolicy::Kind::interval; }
  WorkerId auditor() const { return WorkerId{config_.threads}; }
  ThreadContext context_of(WorkerId self) {
    ThreadContext context;
    context.self = self;
    context.room = &room_;
    context.listener = this;
    context.call_off = &pace_.call_off();
    context.slice = config_.slice;
    if (self == auditor()) return context;
    context.record = &records_[index(self)];
    context.long_waits = &records_[index(self)].long_waits;
    return context;
  }
  // What the worker is about; nothing while it audits.
  std::optional<PlannedTransfer> current_transfer(WorkerId worker) const {
    const WorkerRecord& record = records_[index(worker)];
    if (record.auditing) return std::nullopt;
    const std::uint64_t planned = record.share.plan_index(record.attempted);
    return PlannedTransfer{planned, run_->setup.workload.transfer(planned)};
  }

  const std::shared_ptr<Run> run_;
  const Config& config_;
  Pace& pace_;
  const std::function<void(const RunProgress&)> on_progress_;
  const std::function<void()> on_thread_;
  const std::shared_ptr<RunControl::Bell> bell_;
  std::vector<WorkerRecord> records_;
  AuditLog audits_;
  nanoseconds audits_took_{0};
  std::vector<TimeSpan> long_audits_;
  Overdrafts auditor_overdrafts_;
  WaitingRoom room_;
  StartLatch latch_;
  std::vector<Thread> threads_;
  std::atomic<bool> somebody_finished_{false};
  std::vector<std::uint64_t> first_finish_;  // by worker; whoever is the first to finish writes it

  // What the machine's clocks said before the threads were started.
  const MachineClocks begin_ = read_clocks();
  const double busy_before_s_ = busy_cpu_s();

  // The caller's thread alone, once the latch is open.
  RunLog log_;
  LatenessWatch lateness_{begin_, std::min(config_.threads, host_cpus())};
  nanoseconds paused_{0};
  Clock::time_point next_tick_;
  Clock::time_point last_progress_;
  std::optional<nanoseconds> called_off_at_;  // of the run
  nanoseconds give_up_at_{0};
  std::uint64_t last_attempted_ = 0;

  // Under the mutex.
  std::vector<bool> is_back_;  // by thread, the auditor last
  std::uint32_t running_;      // workers
  std::uint32_t unfinished_;   // threads
  bool cycle_found_ = false;
  std::optional<EndedBy> ended_by_;
  std::exception_ptr failure_;
};

}  // namespace banksim
