// The threads of a run, from their start to the last that comes back.
#include "run/supervisor.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

namespace banksim {
namespace {

std::string thrown_text() {
  const Thrown thrown = what_is_thrown();
  return thrown.text ? thrown.type + ": " + *thrown.text : thrown.type;
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

}  // namespace

RunLog supervise(std::shared_ptr<Run> run, RunControl& control, std::vector<WorkerRecord> records) {
  return std::make_shared<Supervisor>(std::move(run), control, std::move(records))->run();
}

RunLog Supervisor::run() {
  log_.started_at = now_utc();

  park_instead_of_terminating();
  log_.machine.throttling = control_groups().throttling();
  start_threads();
  try {
    latch_.await_workers();
    watch();
  } catch (...) {
    fail(std::current_exception());
    std::unique_lock lock(bell_->mutex);
    call_off(nanoseconds{0});
    bell_->wake.notify_all();  // the auditor, if it sleeps
    bell_->wake.wait_for(lock, kGrace, [this] { return unfinished_ == 0; });
    log_.left_behind = unfinished_ > 0;
  }
  join_threads();
  measure_machine();
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
  log_.audits_took = audits_took_;
  log_.long_audits = std::move(long_audits_);
  log_.overdrafts = auditor_overdrafts_;
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

// A thread that is done with its work may still be in the destructors of the strategy's thread-local objects.
void Supervisor::join_threads() {
  const std::size_t auditors = audited() ? 1 : 0;  // first
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!log_.left_behind && threads_[i].join_within(kGrace)) continue;
    threads_[i].detach();
    if (log_.left_behind) continue;
    const std::lock_guard lock(bell_->mutex);
    is_back_[i < auditors ? index(auditor()) : i - auditors] = false;
    ++unfinished_;
    leave_behind();
  }
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
      blame({EndKind::threw, Role::worker, self, me.called_off, 0, 0, thrown_text()});
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
  } catch (...) {
    // Called off while it waited for a lock: no audit, no verdict from it.
    if (!this_worker.gave_up)
      blame({EndKind::threw, Role::auditor, kNobody, std::nullopt, 0, 0, thrown_text()});
  }
  auditor_overdrafts_ = this_worker.overdrafts;
  come_back(auditor());
}

// Audits at once after each interval, stretched so that auditing takes at most one part in so many of the run. How long
// the first one will take is guessed.
void Supervisor::audit_now_and_then() {
  constexpr int kAuditShare = 64;
  constexpr nanoseconds kOfAnAccount{40};
  nanoseconds pause = std::max(config_.audit.interval, kOfAnAccount * config_.accounts * kAuditShare);
  const auto over = [this] { return running_ == 0 || pace_.should_stop(); };
  for (std::unique_lock lock(bell_->mutex); !bell_->wake.wait_until(lock, Clock::now() + pause, over);
       lock.lock()) {
    lock.unlock();
    const Clock::time_point begin = Clock::now();
    audit_once(audits_, run_->setup.total, [this] { return run_->subject->audit(); });
    const TimeSpan span{begin, Clock::now()};
    const nanoseconds took = span.end - begin;
    audits_took_ += took;
    if (took >= LatenessWatch::kLate && long_audits_.size() < kLongWaitsKept) long_audits_.push_back(span);
    pause = std::max(config_.audit.interval, took * (kAuditShare - 1));
  }
}

void Supervisor::note_first_finish() {
  if (somebody_finished_.exchange(true)) return;
  for (std::size_t i = 0; i < records_.size(); ++i)
    first_finish_[i] = records_[i].attempted.load(std::memory_order_relaxed);
}

}  // namespace banksim
