#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <cxxabi.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <typeinfo>
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

// How long threads have to come back once the run is called off.
constexpr nanoseconds kGrace = std::chrono::seconds{2};

// Of the exception in flight: its type, and its text if it has one.
std::string describe_thrown() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      type == nullptr ? nullptr : abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
  const std::string type_name = name ? name.get() : "an unknown type";
  try {
    throw;
  } catch (const std::exception& error) {
    return type_name + ": " + error.what();
  } catch (...) {
    return type_name;
  }
}

// Cancelled may be thrown through a destructor that locks, which ends a program. The thread is parked instead: the
// run goes on to its verdict without it.
std::terminate_handler terminate_otherwise = nullptr;

[[noreturn]] void park_the_cancelled() {
  try {
    if (this_worker.gave_up && std::current_exception()) throw;
  } catch (const Cancelled&) {
    for (;;) ::pause();
  } catch (...) {
  }
  terminate_otherwise();
  std::abort();
}

void park_instead_of_terminating() {
  [[maybe_unused]] static const bool once = [] {
    terminate_otherwise = std::set_terminate(park_the_cancelled);
    return true;
  }();
}

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

  void watch();
  Outcome next_ending(std::unique_lock<std::mutex>& lock);
  bool tick(std::unique_lock<std::mutex>& lock);
  void call_off();
  void gather_blocked(std::unique_lock<std::mutex>& lock);
  void leave_behind();
  void describe_cycle();

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
    if (self != auditor()) context.record = &records_[index(self)];
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
  Overdrafts auditor_overdrafts_;
  WaitingRoom room_;
  StartLatch latch_;
  std::vector<std::thread> threads_;
  std::atomic<bool> somebody_finished_{false};
  std::vector<std::uint64_t> first_finish_;  // by worker; whoever is the first to finish writes it

  // The caller's thread alone, once the latch is open.
  RunLog log_;
  Clock::time_point next_tick_;
  Clock::time_point last_progress_;
  std::optional<Clock::time_point> called_off_at_;
  std::uint64_t last_attempted_ = 0;

  // Under the mutex.
  std::vector<bool> is_back_;  // by thread, the auditor last
  std::uint32_t running_;      // workers
  std::uint32_t unfinished_;   // threads
  bool cycle_found_ = false;
  std::optional<EndedBy> ended_by_;
  std::exception_ptr failure_;
};

RunLog supervise(std::shared_ptr<Run> run, RunControl& control, std::vector<WorkerRecord> records) {
  return std::make_shared<Supervisor>(std::move(run), control, std::move(records))->run();
}

RunLog Supervisor::run() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  log_.started_at.assign(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));

  park_instead_of_terminating();
  start_threads();
  try {
    latch_.await_workers();
    watch();
  } catch (...) {
    fail(std::current_exception());
    std::unique_lock lock(bell_->mutex);
    call_off();
    bell_->wake.notify_all();  // the auditor, if it sleeps
    bell_->wake.wait_for(lock, kGrace, [this] { return unfinished_ == 0; });
    log_.left_behind = unfinished_ > 0;
  }
  join_threads();
  const ResourceUsage before = std::exchange(log_.used, resource_usage());
  log_.used.user_s -= before.user_s;
  log_.used.system_s -= before.system_s;
  log_.used.voluntary_switches -= before.voluntary_switches;
  log_.used.involuntary_switches -= before.involuntary_switches;
  if (failure_) std::rethrow_exception(failure_);
  if (log_.deadlock) describe_cycle();
  {
    const std::lock_guard lock(bell_->mutex);
    log_.ended_by = ended_by_;
  }
  log_.end = Clock::now();
  log_.attempted = attempted_by(records_);
  if (log_.left_behind) return std::move(log_);  // without what the threads still write
  log_.first_finish = std::move(first_finish_);
  log_.records = std::move(records_);
  log_.audits = audits_;
  log_.overdrafts = auditor_overdrafts_;
  return std::move(log_);
}

// --- The threads ---

// All of them or none: with fewer threads than asked for, every figure would be about another run. The
// auditor comes first, because the last worker to come may open the latch.
void Supervisor::start_threads() {
  const auto self = shared_from_this();
  threads_.reserve(config_.threads + std::size_t{1});
  try {
    if (audited()) threads_.emplace_back([self] { self->auditor_main(); });
    for (std::uint32_t i = 0; i < config_.threads; ++i)
      threads_.emplace_back([self, i] { self->worker_main(WorkerId{i}); });
  } catch (...) {
    const std::size_t started = threads_.empty() ? 0 : threads_.size() - (audited() ? 1 : 0);
    pace_.stop();
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

void Supervisor::join_threads() {
  for (std::thread& thread : threads_) log_.left_behind ? thread.detach() : thread.join();
  threads_.clear();
}

void Supervisor::worker_main(WorkerId self) {
  this_worker = context_of(self);
  if (on_thread_) on_thread_();
  WorkerRecord& me = records_[index(self)];
  latch_.arrive_and_wait();
  try {
    run_->subject->work(me);
    if (me.thrown) std::rethrow_exception(me.thrown);
  } catch (...) {
    if (me.thrown)
      blame({EndKind::threw, Role::worker, self, me.called_off, 0, 0, describe_thrown()});
    else
      fail(std::current_exception());
  }
  me.finished = Clock::now();
  note_first_finish();
  come_back(self);
}

void Supervisor::auditor_main() {
  this_worker = context_of(auditor());
  if (on_thread_) on_thread_();
  latch_.wait();
  try {
    audit_now_and_then();
  } catch (const Cancelled&) {
    // Called off while it waited for a lock: no audit, no verdict from it.
  } catch (...) {
    blame({EndKind::threw, Role::auditor, kNobody, std::nullopt, 0, 0, describe_thrown()});
  }
  auditor_overdrafts_ = this_worker.overdrafts;
  come_back(auditor());
}

// Audits at once after each interval, stretched so that auditing takes at most one part in so many of the
// run.
void Supervisor::audit_now_and_then() {
  constexpr int kAuditShare = 20;
  nanoseconds pause = config_.audit.interval;
  const auto over = [this] { return running_ == 0 || pace_.should_stop(); };
  for (std::unique_lock lock(bell_->mutex); !bell_->wake.wait_until(lock, Clock::now() + pause, over);
       lock.lock()) {
    lock.unlock();
    const Clock::time_point begin = Clock::now();
    audits_.record(run_->setup.total, undertake([this] { return run_->subject->audit(); }));
    pause = std::max<nanoseconds>(config_.audit.interval, (Clock::now() - begin) * (kAuditShare - 1));
  }
}

void Supervisor::note_first_finish() {
  if (somebody_finished_.exchange(true)) return;
  for (std::size_t i = 0; i < records_.size(); ++i)
    first_finish_[i] = records_[i].attempted.load(std::memory_order_relaxed);
}

// --- The watch ---

void Supervisor::watch() {
  std::unique_lock lock(bell_->mutex);
  const auto deadline = config_.duration ? log_.start + *config_.duration : Clock::time_point::max();
  const auto limit = log_.start + config_.timeout;
  while (unfinished_ > 0) {
    if (log_.ending == Outcome::ok) log_.ending = next_ending(lock);
    if (log_.ending != Outcome::ok) call_off();
    if (called_off_at_ && unfinished_ > 0 && Clock::now() - *called_off_at_ >= kGrace) return leave_behind();
    if (Clock::now() >= deadline) pace_.stop();
    const auto next_event = pace_.should_stop() ? next_tick_ : std::min(next_tick_, deadline);
    const auto look = log_.ending == Outcome::ok ? std::min(next_event, limit) : Clock::now() + kTick;
    if (unfinished_ > 0) bell_->wake.wait_until(lock, look);
  }
  if (log_.ending == Outcome::ok && ended_by_) log_.ending = Outcome::crashed;
  // A signal that came with the last transfer interrupted nothing, but it was a wish to end.
  if (log_.ending == Outcome::ok && bell_->signal != 0) log_.ending = Outcome::interrupted;
  if (log_.ending == Outcome::interrupted) log_.signal = bell_->signal;
}

// What, if anything, ends the run now. Called with the lock held, woken by an event or by the tick.
Outcome Supervisor::next_ending(std::unique_lock<std::mutex>& lock) {
  const bool stalled = Clock::now() >= next_tick_ && tick(lock);  // first, since it lets go of the lock
  if (failure_) std::rethrow_exception(failure_);
  if (ended_by_) return Outcome::crashed;
  if (cycle_found_) {
    gather_blocked(lock);
    return Outcome::deadlock;
  }
  if (bell_->signal != 0) return Outcome::interrupted;
  if (running_ == 0) {  // meanwhile; but the auditor may not come back
    if (stalled) call_off();
    return Outcome::ok;
  }
  if (Clock::now() - log_.start >= config_.timeout) return Outcome::timeout;
  return stalled ? Outcome::stalled : Outcome::ok;
}

// Who has written finishes its transfer; in a deadlock it never would.
void Supervisor::call_off() {
  pace_.call_off(cycle_found_ ? CallOff::everybody : CallOff::unwritten);
  if (!called_off_at_) called_off_at_ = Clock::now();
}

// Tells the caller how far the run is, without the lock: the caller may want to end it. True when it is
// stalled.
bool Supervisor::tick(std::unique_lock<std::mutex>& lock) {
  next_tick_ = Clock::now() + kTick;
  const std::uint64_t attempted = attempted_by(records_);
  if (on_progress_) {
    lock.unlock();
    on_progress_({RunProgress::Phase::running, Clock::now() - log_.start, attempted});
    lock.lock();
  }
  if (attempted != last_attempted_) {
    last_attempted_ = attempted;
    last_progress_ = Clock::now();
  }
  return Clock::now() - last_progress_ >= config_.stall;
}

// Those behind the cycle come into the room a slice after they were blocked: wait for them, but not long.
void Supervisor::gather_blocked(std::unique_lock<std::mutex>& lock) {
  constexpr nanoseconds kMost = std::chrono::milliseconds{40};
  Deadlock& deadlock = log_.deadlock.emplace();
  deadlock.detected_after_s = in_seconds(Clock::now() - log_.start);
  bell_->wake.wait_until(lock, Clock::now() + std::min(config_.slice, kMost),
                         [this] { return bell_->signal != 0; });
  deadlock.blocked_workers = room_.blocked_behind();
  deadlock.auditor_blocked = std::erase(deadlock.blocked_workers, auditor()) > 0;
}

// The run is over though some are not back. A deadlock stays one: its cycle is known.
void Supervisor::leave_behind() {
  log_.left_behind = true;
  if (!ended_by_) {
    const auto missing = static_cast<std::uint32_t>(std::ranges::find(is_back_, false) - is_back_.begin());
    EndedBy& ended_by = ended_by_.emplace();
    ended_by.role = WorkerId{missing} == auditor() ? Role::auditor : Role::worker;
    if (ended_by.role == Role::worker) ended_by.worker = WorkerId{missing};
    if (ended_by.role == Role::worker) ended_by.transfer = current_transfer(ended_by.worker);
    ended_by.others = unfinished_ - 1;
  }
  if (log_.ending == Outcome::interrupted) log_.signal = bell_->signal;
  if (log_.ending == Outcome::ok || log_.ending == Outcome::timeout) log_.ending = Outcome::stalled;
}

// After the join, when it is known which transfers were called off.
void Supervisor::describe_cycle() {
  for (const WaitForEdge& edge : room_.cycle().value_or(WaitForCycle{})) {
    DeadlockMember member{edge, edge.waiter == auditor(), std::nullopt};
    if (!member.is_auditor) {
      const bool ended = !log_.left_behind || is_back_[index(edge.waiter)];
      member.transfer = ended ? records_[index(edge.waiter)].called_off : current_transfer(edge.waiter);
    }
    log_.deadlock->cycle.push_back(member);
  }
}

}  // namespace banksim
