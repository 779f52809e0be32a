#include "run/supervisor.hpp"

#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <system_error>
#include <utility>

namespace banksim {
namespace {

// How often the supervisor looks up: for progress and for stalls.
constexpr nanoseconds kTick = std::chrono::milliseconds{100};
// How long a found cycle is left alone for those behind it to declare themselves, at most.
constexpr nanoseconds kGather = std::chrono::milliseconds{40};
// The auditor may take one part in so many of the run.
constexpr int kAuditShare = 20;

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

ResourceUsage used_between(const ResourceUsage& before, const ResourceUsage& after) {
  return {after.user_s - before.user_s, after.system_s - before.system_s,
          after.voluntary_switches - before.voluntary_switches,
          after.involuntary_switches - before.involuntary_switches, after.max_rss_kib};
}

// Called in a handler.
[[noreturn]] void rethrow_start_failure(std::size_t started, std::size_t wanted) {
  try {
    throw;
  } catch (const std::system_error& error) {
    throw SimulationError(
        fmt::format("could start only {} of {} threads: {}", started, wanted, error.code().message()));
  }
}

}  // namespace

Supervisor::Supervisor(const Config& config, RunControl& control, RunSetup& setup,
                       std::vector<WorkerRecord> records)
    : config_(config),
      control_(control),
      setup_(setup),
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

RunLog Supervisor::run(RunSubject& subject) {
  log_.started_at = utc_now();
  start_threads(subject);
  try {
    latch_.await_workers();
    watch();
  } catch (...) {
    fail(std::current_exception());
    setup_.pace.call_off();
  }
  control_.wake_.notify_all();  // the auditor, if it sleeps
  join_threads();
  log_.used = used_between(log_.used, resource_usage());
  if (failure_) std::rethrow_exception(failure_);
  if (log_.ending == Outcome::deadlock) log_.deadlock = describe_deadlock();
  return std::move(log_);
}

// ---- The threads.

// All of them or none: with fewer threads than asked for, every figure would be about another run. The
// auditor comes first, because the last worker to come may open the latch.
void Supervisor::start_threads(RunSubject& subject) {
  threads_.reserve(config_.threads + std::size_t{1});
  try {
    if (audited()) threads_.emplace_back([this, &subject] { auditor_main(subject); });
    for (std::uint32_t i = 0; i < config_.threads; ++i)
      threads_.emplace_back([this, &subject, i] { worker_main(subject, WorkerId{i}); });
  } catch (...) {
    const std::size_t started = threads_.empty() ? 0 : threads_.size() - (audited() ? 1 : 0);
    setup_.pace.stop();
    latch_.give_up();
    join_threads();
    rethrow_start_failure(started, config_.threads);
  }
}

void Supervisor::join_threads() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Supervisor::become(WorkerId self) {
  this_worker = {self, {}, &room_, this, &setup_.pace.called_off(), config_.slice};
}

void Supervisor::worker_main(RunSubject& subject, WorkerId self) {
  become(self);
  WorkerRecord& me = log_.records[index(self)];
  latch_.arrive_and_wait();
  std::exception_ptr thrown;
  try {
    subject.work(me);
  } catch (...) {
    thrown = std::current_exception();
  }
  me.finished = Clock::now();
  note_first_finish();
  if (thrown) fail(thrown);
  {
    const std::lock_guard lock(control_.mutex_);
    --running_;
  }
  control_.wake_.notify_all();
}

void Supervisor::auditor_main(RunSubject& subject) {
  become(auditor());
  latch_.wait();
  try {
    audit_until_over(subject);
  } catch (const Cancelled&) {
    // Called off while it waited for a lock: no audit, no verdict from it.
  } catch (...) {
    fail(std::current_exception());
  }
}

// Audits at once after each interval, stretched so that auditing takes at most its share of the run.
void Supervisor::audit_until_over(RunSubject& subject) {
  nanoseconds pause = config_.audit.interval;
  const auto over = [this] { return running_ == 0 || setup_.pace.should_stop(); };
  for (std::unique_lock lock(control_.mutex_);
       !control_.wake_.wait_until(lock, Clock::now() + pause, over);) {
    lock.unlock();
    const Clock::time_point begin = Clock::now();
    log_.audits.record(setup_.total, subject.audit());
    const nanoseconds took = Clock::now() - begin;
    pause = std::max(config_.audit.interval, took * (kAuditShare - 1));
    lock.lock();
  }
}

void Supervisor::note_first_finish() {
  if (somebody_finished_.exchange(true)) return;
  for (std::size_t i = 0; i < log_.records.size(); ++i)
    log_.first_finish[i] = log_.records[i].attempted.load(std::memory_order_relaxed);
}

void Supervisor::fail(std::exception_ptr thrown) {
  {
    const std::lock_guard lock(control_.mutex_);
    if (!failure_) failure_ = std::move(thrown);
  }
  control_.wake_.notify_all();
}

void Supervisor::on_cycle() noexcept {
  {
    const std::lock_guard lock(control_.mutex_);
    cycle_found_ = true;
  }
  control_.wake_.notify_all();
}

// ---- The watch.

void Supervisor::watch() {
  std::unique_lock lock(control_.mutex_);
  const auto deadline = config_.duration ? log_.start + *config_.duration : Clock::time_point::max();
  const auto limit = log_.start + config_.timeout;
  while (running_ > 0) {
    if (log_.ending == Outcome::ok) {
      log_.ending = next_ending(lock);
      if (log_.ending != Outcome::ok) setup_.pace.call_off();
    }
    if (Clock::now() >= deadline) setup_.pace.stop();
    const auto next_event = setup_.pace.should_stop() ? next_tick_ : std::min(next_tick_, deadline);
    const auto look = log_.ending == Outcome::ok ? std::min(next_event, limit) : Clock::now() + kTick;
    if (running_ > 0) control_.wake_.wait_until(lock, look);
  }
  // A signal that came with the last transfer interrupted nothing, but it was a wish to end.
  if (log_.ending == Outcome::ok && control_.signal_ != 0) log_.ending = Outcome::interrupted;
  if (log_.ending == Outcome::interrupted) log_.signal = control_.signal_;
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
  if (Clock::now() - log_.start >= config_.timeout) return Outcome::timeout;
  return stalled ? Outcome::stalled : Outcome::ok;
}

// Tells the caller how far the run is, without the lock: the caller may want to end it. True when it is
// stalled.
bool Supervisor::tick(std::unique_lock<std::mutex>& lock) {
  next_tick_ = Clock::now() + kTick;
  const std::uint64_t attempted = log_.attempted();
  if (control_.on_progress) {
    lock.unlock();
    control_.on_progress({RunProgress::Phase::running, Clock::now() - log_.start, attempted});
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
  deadlock_after_s_ = in_seconds(Clock::now() - log_.start);
  const auto until = Clock::now() + std::min(config_.slice, kGather);
  control_.wake_.wait_until(lock, until, [this] { return control_.signal_ != 0; });
  blocked_ = room_.blocked_behind();
}

Deadlock Supervisor::describe_deadlock() const {
  Deadlock deadlock;
  deadlock.detected_after_s = deadlock_after_s_;
  for (const WaitForEdge& edge : room_.cycle().value_or(WaitForCycle{})) {
    DeadlockMember member{edge, edge.waiter == auditor(), std::nullopt};
    if (!member.is_auditor) member.transfer = log_.records[index(edge.waiter)].called_off;
    deadlock.cycle.push_back(member);
  }
  for (const WorkerId waiter : blocked_) {
    if (waiter == auditor())
      deadlock.auditor_blocked = true;
    else
      deadlock.blocked_workers.push_back(waiter);
  }
  return deadlock;
}

}  // namespace banksim
