#include "run/lateness.hpp"
#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace banksim {

// The start of a run: every worker is ready, then everybody goes.
//
// Where each worker has a processor of its own they wait spinning and the last to come opens, so that all
// start within nanoseconds; else they sleep and the supervisor opens. Whoever opens it runs `on_open` first.
class StartLatch {
 public:
  StartLatch(std::uint32_t workers, bool spinning, std::function<void()> on_open)
      : workers_(workers), spinning_(spinning), on_open_(std::move(on_open)) {}

  // A worker's side.
  void arrive_and_wait() {
    using std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kSpin{2};  // then somebody was not given its processor
    const bool last = ready_.fetch_add(1) + 1 == workers_;
    if (spinning_) {
      if (last) return open();
      for (const auto end = steady_clock::now() + kSpin; steady_clock::now() < end;)
        if (go_) return;
    } else {
      ready_.notify_one();
    }
    go_.wait(false);
  }

  // Of a thread that nobody waits for.
  void wait() const { go_.wait(false); }

  // The supervisor's side: returns when it is open.
  void await_workers() {
    if (spinning_) {
      while (!go_) std::this_thread::sleep_for(std::chrono::microseconds{20});
    } else {
      for (std::uint32_t seen = ready_.load(); seen < workers_; seen = ready_.load()) ready_.wait(seen);
      open();
    }
    go_.notify_all();  // those who sleep
  }

  // Opens for those who have come, because the others never will.
  void give_up() {
    go_ = true;
    go_.notify_all();
  }

 private:
  void open() {
    on_open_();
    go_ = true;
  }

  const std::uint32_t workers_;
  const bool spinning_;
  const std::function<void()> on_open_;
  std::atomic<std::uint32_t> ready_{0};
  std::atomic<bool> go_{false};
};

// One run's threads, and the watch over them.
//
// Threads: run() belongs to the caller's thread. The members up to the mutex's are written before the threads
// start or by one thread alone; the others are under RunControl's mutex, and changes to them notify its
// condition.
class Supervisor final : private CycleListener {
 public:
  Supervisor(const Config& config, RunControl& control, RunSetup& setup, std::vector<WorkerRecord> records,
             RunSubject& subject)
      : config_(config),
        control_(control),
        setup_(setup),
        subject_(subject),
        room_(config.threads + 1),
        latch_(config.threads, config.threads <= host_cpus(),
               [this] {
                 log_.used = resource_usage();
                 log_.start = last_progress_ = Clock::now();
                 next_tick_ = log_.start + kTick;
               }),
        running_(config.threads) {
    log_.records = std::move(records);
    log_.first_finish.resize(config.threads);
  }

  // Called once.
  RunLog run();

 private:
  void start_threads();
  void worker_main(WorkerId self);
  void auditor_main();
  void note_first_finish();
  void join_threads() {
    for (Thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // What may end the run, and who waits for that is woken.
  void tell(auto change) {
    {
      const std::lock_guard lock(control_.mutex_);
      change();
    }
    control_.wake_.notify_all();
  }
  void on_cycle() noexcept override {
    tell([this] { cycle_found_ = true; });
  }
  void fail(std::exception_ptr thrown) {
    tell([&] {
      if (!failure_) failure_ = std::move(thrown);
    });
  }

  void measure_machine();
  void watch();
  void notice_lateness(Clock::time_point due);
  nanoseconds run_time() const { return Clock::now() - log_.start - paused_; }
  Outcome next_ending(std::unique_lock<std::mutex>& lock);
  bool tick(std::unique_lock<std::mutex>& lock);
  void gather_blocked(std::unique_lock<std::mutex>& lock);
  void describe_cycle();

  // How often the supervisor looks up: for progress and for stalls.
  static constexpr nanoseconds kTick = std::chrono::milliseconds{100};

  bool audited() const { return config_.audit.kind == AuditPolicy::Kind::interval; }
  WorkerId auditor() const { return WorkerId{config_.threads}; }
  ThreadContext context_of(WorkerId self) {
    std::vector<TimeSpan>* waits = self == auditor() ? nullptr : &log_.records[index(self)].long_waits;
    return {self, {}, &room_, this, &setup_.pace.called_off(), config_.slice, waits};
  }

  const Config& config_;
  RunControl& control_;
  RunSetup& setup_;
  RunSubject& subject_;
  RunLog log_;
  WaitingRoom room_;
  StartLatch latch_;
  std::vector<Thread> threads_;
  std::atomic<bool> somebody_finished_{false};

  // What the machine's clocks said before the threads were started.
  const MachineClocks begin_ = read_clocks();
  const double busy_before_s_ = busy_cpu_s();

  // The caller's thread alone, once the latch is open.
  LatenessWatch lateness_{begin_, std::min(config_.threads, host_cpus())};
  nanoseconds paused_{0};
  Clock::time_point next_tick_;
  Clock::time_point last_progress_;
  std::uint64_t last_attempted_ = 0;

  // Under the mutex.
  std::uint32_t running_;
  bool cycle_found_ = false;
  std::exception_ptr failure_;
};

RunLog supervise(const Config& config, RunControl& control, RunSetup& setup,
                 std::vector<WorkerRecord> records, RunSubject& subject) {
  return Supervisor(config, control, setup, std::move(records), subject).run();
}

RunLog Supervisor::run() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  log_.started_at.assign(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));

  log_.machine.throttling = control_groups().throttling();
  start_threads();
  try {
    latch_.await_workers();
    watch();
  } catch (...) {
    fail(std::current_exception());
    setup_.pace.call_off();
  }
  control_.wake_.notify_all();  // the auditor, if it sleeps
  join_threads();
  measure_machine();
  if (failure_) std::rethrow_exception(failure_);
  if (log_.deadlock) describe_cycle();
  return std::move(log_);
}

// What was used since the latch opened, and what was withheld.
void Supervisor::measure_machine() {
  const ResourceUsage before = std::exchange(log_.used, resource_usage());
  log_.used.user_s -= before.user_s;
  log_.used.system_s -= before.system_s;
  log_.used.voluntary_switches -= before.voluntary_switches;
  log_.used.involuntary_switches -= before.involuntary_switches;

  constexpr nanoseconds kShort = std::chrono::milliseconds{100};  // for the ticks of the machine's own count
  Machine& machine = log_.machine;
  const Throttling throttled = std::exchange(machine.throttling, control_groups().throttling());
  machine.throttling.periods -= throttled.periods;
  machine.throttling.throttled_periods -= throttled.throttled_periods;
  machine.throttling.throttled_s -= throttled.throttled_s;
  machine.quota_cpus = control_groups().quota_cpus();
  machine.late_s = in_seconds(lateness_.worst());
  const MachineClocks now = read_clocks();
  const nanoseconds wall = now.now - begin_.now;
  const double others_s = busy_cpu_s() - busy_before_s_ - in_seconds(now.cpu - begin_.cpu);
  if (wall >= kShort) machine.other_cpus = std::max(0.0, others_s / in_seconds(wall));
}

// --- The threads ---

// All of them or none: with fewer threads than asked for, every figure would be about another run. The
// auditor comes first, because the last worker to come may open the latch.
void Supervisor::start_threads() {
  threads_.reserve(config_.threads + std::size_t{1});
  try {
    if (audited()) threads_.emplace_back([this] { auditor_main(); });
    for (std::uint32_t i = 0; i < config_.threads; ++i)
      threads_.emplace_back([this, i] { worker_main(WorkerId{i}); });
  } catch (...) {
    const std::size_t started = threads_.empty() ? 0 : threads_.size() - (audited() ? 1 : 0);
    setup_.pace.stop();
    latch_.give_up();
    join_threads();
    try {
      throw;
    } catch (const std::system_error& error) {
      throw SimulationError(fmt::format("could start only {} of {} threads: {}", started, config_.threads,
                                        error.code().message()));
    }
  }
}

void Supervisor::worker_main(WorkerId self) {
  this_worker = context_of(self);
  WorkerRecord& me = log_.records[index(self)];
  latch_.arrive_and_wait();
  try {
    subject_.work(me);
  } catch (...) {
    fail(std::current_exception());
  }
  me.finished = Clock::now();
  note_first_finish();
  tell([this] { --running_; });
}

// Audits at once after each interval, stretched so that auditing takes at most one part in so many of the
// run.
void Supervisor::auditor_main() {
  constexpr int kAuditShare = 20;
  this_worker = context_of(auditor());
  latch_.wait();
  nanoseconds pause = config_.audit.interval;
  const auto over = [this] { return running_ == 0 || setup_.pace.should_stop(); };
  try {
    for (std::unique_lock lock(control_.mutex_); !control_.wake_.wait_until(lock, Clock::now() + pause, over);
         lock.lock()) {
      lock.unlock();
      const Clock::time_point begin = Clock::now();
      log_.audits.record(setup_.total, subject_.audit());
      pause = std::max<nanoseconds>(config_.audit.interval, (Clock::now() - begin) * (kAuditShare - 1));
    }
  } catch (const Cancelled&) {
    // Called off while it waited for a lock: no audit, no verdict from it.
  } catch (...) {
    fail(std::current_exception());
  }
}

void Supervisor::note_first_finish() {
  if (somebody_finished_.exchange(true)) return;
  for (std::size_t i = 0; i < log_.records.size(); ++i)
    log_.first_finish[i] = log_.records[i].attempted.load(std::memory_order_relaxed);
}

// --- The watch ---

void Supervisor::watch() {
  std::unique_lock lock(control_.mutex_);
  notice_lateness(next_tick_);
  while (running_ > 0) {
    if (log_.ending == Outcome::ok) {
      log_.ending = next_ending(lock);
      if (log_.ending != Outcome::ok) setup_.pace.call_off();
    }
    const auto deadline =
        config_.duration ? log_.start + paused_ + *config_.duration : Clock::time_point::max();
    if (Clock::now() >= deadline) setup_.pace.stop();
    const auto next_event = setup_.pace.should_stop() ? next_tick_ : std::min(next_tick_, deadline);
    const auto limit = log_.start + paused_ + config_.timeout;
    const auto look = log_.ending == Outcome::ok ? std::min(next_event, limit) : Clock::now() + kTick;
    if (running_ == 0) break;
    control_.wake_.wait_until(lock, look);
    notice_lateness(look);
  }
  // A signal that came with the last transfer interrupted nothing, but it was a wish to end.
  if (log_.ending == Outcome::ok && control_.signal_ != 0) log_.ending = Outcome::interrupted;
  if (log_.ending == Outcome::interrupted) log_.signal = control_.signal_;
}

// The supervisor should have been woken at `due`. Where nobody could run since, all that is timed moves by as much.
void Supervisor::notice_lateness(Clock::time_point due) {
  if (Clock::now() - lateness_.read_at() < kTick) return;  // it is not late, and the clocks are dear
  const nanoseconds pause = lateness_.woken(due, read_clocks());
  if (pause.count() == 0) return;
  log_.pauses.push_back({due, due + pause});
  paused_ += pause;
  last_progress_ += pause;
}

// What, if anything, ends the run now. Called with the lock held, woken by an event or by the tick.
Outcome Supervisor::next_ending(std::unique_lock<std::mutex>& lock) {
  const bool stalled = Clock::now() >= next_tick_ && tick(lock);  // first, since it lets go of the lock
  if (failure_) std::rethrow_exception(failure_);
  if (cycle_found_) {
    gather_blocked(lock);
    return Outcome::deadlock;
  }
  if (control_.signal_ != 0) return Outcome::interrupted;
  if (running_ == 0) return Outcome::ok;  // meanwhile
  if (run_time() >= config_.timeout) return Outcome::timeout;
  return stalled ? Outcome::stalled : Outcome::ok;
}

// Tells the caller how far the run is, without the lock: the caller may want to end it. True when it is
// stalled.
bool Supervisor::tick(std::unique_lock<std::mutex>& lock) {
  const Clock::time_point now = Clock::now();
  next_tick_ = now + kTick;
  const std::uint64_t attempted = attempted_by(log_.records);
  if (control_.on_progress) {
    lock.unlock();
    control_.on_progress({RunProgress::Phase::running, run_time(), attempted});
    lock.lock();
    if (Clock::now() >= next_tick_) lateness_.restart(read_clocks());  // the caller took its time
  }
  if (attempted != last_attempted_) {
    last_attempted_ = attempted;
    last_progress_ = now;
  }
  return now - last_progress_ >= config_.stall;
}

// Those behind the cycle come into the room a slice after they were blocked: wait for them, but not long.
void Supervisor::gather_blocked(std::unique_lock<std::mutex>& lock) {
  constexpr nanoseconds kMost = std::chrono::milliseconds{40};
  Deadlock& deadlock = log_.deadlock.emplace();
  deadlock.detected_after_s = in_seconds(run_time());
  control_.wake_.wait_until(lock, Clock::now() + std::min(config_.slice, kMost),
                            [this] { return control_.signal_ != 0; });
  deadlock.blocked_workers = room_.blocked_behind();
  deadlock.auditor_blocked = std::erase(deadlock.blocked_workers, auditor()) > 0;
}

// After the join, when it is known which transfers were called off.
void Supervisor::describe_cycle() {
  for (const WaitForEdge& edge : room_.cycle().value_or(WaitForCycle{})) {
    DeadlockMember member{edge, edge.waiter == auditor(), std::nullopt};
    if (!member.is_auditor) member.transfer = log_.records[index(edge.waiter)].called_off;
    log_.deadlock->cycle.push_back(member);
  }
}

}  // namespace banksim
