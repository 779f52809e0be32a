// The watch over a run: what ends it, and who is left behind when it is over.
#include "run/supervisor.hpp"

namespace banksim {

void Supervisor::watch() {
  std::unique_lock lock(bell_->mutex);
  notice_lateness(next_tick_);
  while (unfinished_ > 0) {
    if (log_.ending != Outcome::ok && Clock::now() >= next_tick_) tick(lock);
    if (log_.ending == Outcome::ok) log_.ending = next_ending(lock);
    if (log_.ending != Outcome::ok) call_off();
    if (called_off_at_ && unfinished_ > 0 && run_time() >= give_up_at_ + kGrace) return leave_behind();
    const auto deadline =
        config_.duration ? log_.start + paused_ + *config_.duration : Clock::time_point::max();
    if (Clock::now() >= deadline) pace_.stop();
    const auto next_event = pace_.should_stop() ? next_tick_ : std::min(next_tick_, deadline);
    const auto limit = log_.start + paused_ + config_.timeout;
    const auto look = log_.ending == Outcome::ok ? std::min(next_event, limit) : Clock::now() + kTick;
    if (unfinished_ == 0) break;
    bell_->wake.wait_until(lock, look);
    notice_lateness(look);
  }
  if (log_.ending == Outcome::ok && ended_by_) log_.ending = Outcome::crashed;
  // A signal that came with the last transfer interrupted nothing, but it was a wish to end.
  if (log_.ending == Outcome::ok && bell_->signal != 0) log_.ending = Outcome::interrupted;
  if (log_.ending == Outcome::interrupted) log_.signal = bell_->signal;
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
  if (ended_by_) return Outcome::crashed;
  if (cycle_found_) {
    gather_blocked(lock);
    return Outcome::deadlock;
  }
  if (bell_->signal != 0) return Outcome::interrupted;
  if (running_ == 0) {  // meanwhile; but the auditor may not come back
    if (stalled || run_time() >= config_.timeout) call_off();
    return Outcome::ok;
  }
  if (run_time() >= config_.timeout) return Outcome::timeout;
  return stalled ? Outcome::stalled : Outcome::ok;
}

// Who has written finishes its transfer, and for a while so does everybody, longer where one after the other does; in a
// deadlock nobody ever would.
void Supervisor::call_off(nanoseconds patience) {
  if (!called_off_at_) called_off_at_ = run_time();
  const nanoseconds progress = last_progress_ - log_.start - paused_;
  give_up_at_ = std::clamp(progress, *called_off_at_, *called_off_at_ + kMostPatience) + patience;
  const bool may_finish = run_time() < give_up_at_;
  pace_.call_off(cycle_found_ ? CallOff::everybody : may_finish ? CallOff::pauses : CallOff::unwritten);
}

// Tells the caller how far the run is, without the lock: the caller may want to end it. True when it is
// stalled.
bool Supervisor::tick(std::unique_lock<std::mutex>& lock) {
  const Clock::time_point now = Clock::now();
  next_tick_ = now + kTick;
  const std::uint64_t attempted = attempted_by(records_);
  if (on_progress_) {
    lock.unlock();
    on_progress_({RunProgress::Phase::running, run_time(), attempted});
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
