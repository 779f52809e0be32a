// The supervisor's own thread: starts the others, and waits for something to happen.
#include "run/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <system_error>
#include <thread>

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

}  // namespace

void RunControl::request_stop(int signal) {
  {
    const std::lock_guard lock(mutex_);
    signal_ = signal;
  }
  wake_.notify_all();
}

void Pace::spin(nanoseconds time) const {
  const auto end = Clock::now() + time;
  while (Clock::now() < end && !cancelled_.load(std::memory_order_relaxed)) {
  }
}

// In naps, so that a run that ends need not wait for it.
void Pace::sleep(nanoseconds time) const {
  constexpr nanoseconds kNap = std::chrono::milliseconds{20};
  const auto end = Clock::now() + time;
  for (auto left = time; left.count() > 0 && !should_stop(); left = end - Clock::now())
    std::this_thread::sleep_for(std::min(left, kNap));
}

void Supervisor::State::open_latch() {
  used = resource_usage();
  start = last_progress = Clock::now();
  next_tick = start + kTick;
  go = true;
}

void Supervisor::State::await_start() {
  constexpr nanoseconds kSpin = std::chrono::milliseconds{2};  // then somebody was not given its processor
  const bool last = ready.fetch_add(1) + 1 == records.size();
  if (spinning) {
    if (last && !go) return open_latch();
    for (const auto end = Clock::now() + kSpin; Clock::now() < end;)
      if (go) return;
  } else {
    ready.notify_one();
  }
  go.wait(false);
}

// The supervisor's side of the latch; wakes those who sleep on it.
void Supervisor::State::await_all_ready() {
  if (spinning) {
    while (!go) std::this_thread::sleep_for(std::chrono::microseconds{20});
  } else {
    for (std::uint32_t seen = ready.load(); seen < records.size(); seen = ready.load()) ready.wait(seen);
    open_latch();
  }
  go.notify_all();
}

void Supervisor::State::snapshot_first_finish() {
  if (somebody_finished.exchange(true)) return;
  for (std::size_t i = 0; i < records.size(); ++i)
    first_finish[i] = records[i].attempted.load(std::memory_order_relaxed);
}

void Supervisor::State::worker_main(WorkerId self, const std::function<void(WorkerRecord&)>& body) {
  WorkerRecord& me = records[index(self)];
  await_start();
  std::exception_ptr thrown;
  try {
    body(me);
  } catch (...) {
    thrown = std::current_exception();
  }
  me.finished = Clock::now();
  snapshot_first_finish();
  {
    const std::lock_guard lock(control.mutex_);
    --running;
    if (thrown && !failure) failure = thrown;
  }
  control.wake_.notify_all();
}

// Audits at once after each interval, stretched so that auditing takes at most its share of the run.
void Supervisor::State::auditor_main(const std::function<Money()>& audit, const Config& config, Money total,
                                     const std::atomic<bool>& stop) {
  go.wait(false);
  std::unique_lock lock(control.mutex_);
  nanoseconds pause = config.audit.interval;
  const auto over = [&] { return running == 0 || stop.load(std::memory_order_relaxed); };
  try {
    while (!control.wake_.wait_until(lock, Clock::now() + pause, over)) {
      lock.unlock();
      const Clock::time_point begin = Clock::now();
      audits.record(total, audit());
      const nanoseconds took = Clock::now() - begin;
      pause = std::max(config.audit.interval, took * (kAuditShare - 1));
      lock.lock();
    }
  } catch (const Cancelled&) {
    // Called off while it waited for a lock: no audit, no verdict from it.
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    if (!failure) failure = std::current_exception();
  }
}

// Called in a handler.
[[noreturn]] void rethrow_thread_failure(std::size_t started, std::size_t wanted) {
  try {
    throw;
  } catch (const std::system_error& error) {
    throw SimulationError(
        fmt::format("could start only {} of {} threads: {}", started, wanted, error.code().message()));
  }
}

// All of them or none: with fewer threads than asked for, every figure would be about another run. The
// auditor comes first, because the last worker to come may open the latch.
void Supervisor::State::start_threads(const std::function<std::thread(std::uint32_t)>& start_worker,
                                      const std::function<std::thread()>& start_auditor, bool audited,
                                      std::atomic<bool>& stop) {
  const auto workers = static_cast<std::uint32_t>(records.size());
  threads.reserve(workers + 1);
  try {
    if (audited) threads.push_back(start_auditor());
    for (std::uint32_t i = 0; i < workers; ++i) threads.push_back(start_worker(i));
  } catch (...) {
    const std::size_t started = threads.empty() ? 0 : threads.size() - (audited ? 1 : 0);
    stop = true;
    go = true;
    go.notify_all();
    join_all();
    rethrow_thread_failure(started, workers);
  }
}

void Supervisor::State::join_all() {
  for (std::thread& thread : threads) thread.join();
  threads.clear();
}

bool Supervisor::State::stalled(const Config& config) {
  const std::uint64_t now_attempted = attempted();
  if (now_attempted != last_attempted) {
    last_attempted = now_attempted;
    last_progress = Clock::now();
  }
  return Clock::now() - last_progress >= config.stall;
}

// Those behind the cycle come into the room a slice after they were blocked: wait for them, but not long.
void Supervisor::State::gather_blocked(std::unique_lock<std::mutex>& lock, const Config& config) {
  deadlock_after_s = seconds(Clock::now() - start);
  const auto until = Clock::now() + std::min(config.slice, kGather);
  control.wake_.wait_until(lock, until, [this] { return control.signal_ != 0; });
  blocked = room.blocked_behind();
}

// What, if anything, ends the run now. Called with the lock held, woken by an event or by the tick.
Ending Supervisor::State::next_ending(std::unique_lock<std::mutex>& lock, const Config& config) {
  if (failure) return Ending::failed;
  if (cycle_found) {
    gather_blocked(lock, config);
    return Ending::deadlock;
  }
  if (control.signal_ != 0) return Ending::interrupted;
  if (Clock::now() - start >= config.timeout) return Ending::timeout;
  if (Clock::now() >= next_tick) {
    next_tick = Clock::now() + kTick;
    report(RunProgress::Phase::running);
    if (stalled(config)) return Ending::stalled;
  }
  return Ending::completed;
}

void Supervisor::State::watch(const Config& config, std::atomic<bool>& stop, std::atomic<bool>& cancelled) {
  std::unique_lock lock(control.mutex_);
  const Clock::time_point deadline = config.duration ? start + *config.duration : Clock::time_point::max();
  while (running > 0) {
    if (ending == Ending::completed) {
      ending = next_ending(lock, config);
      if (ending != Ending::completed) cancelled = stop = true;
    }
    if (Clock::now() >= deadline) stop = true;
    const Clock::time_point wake = stop ? next_tick : std::min(next_tick, deadline);
    const Clock::time_point look =
        ending == Ending::completed ? std::min(wake, start + config.timeout) : Clock::now() + kTick;
    if (running > 0) control.wake_.wait_until(lock, look);
  }
  if (failure) ending = Ending::failed;
  // A signal that came with the last transfer interrupted nothing, but it was a wish to end.
  if (ending == Ending::completed && control.signal_ != 0) ending = Ending::interrupted;
}

void Supervisor::on_cycle() noexcept {
  {
    const std::lock_guard lock(state_->control.mutex_);
    state_->cycle_found = true;
  }
  state_->control.wake_.notify_all();
}

void Supervisor::run(const std::function<void(WorkerRecord&)>& body, const std::function<Money()>& audit) {
  State& state = *state_;
  state.started_at = utc_now();
  state.running = config_.threads;
  const auto start_worker = [&](std::uint32_t i) {
    return std::thread([&, i] {
      this_worker = state.context(WorkerId{i}, config_, cancelled_, *this);
      state.worker_main(WorkerId{i}, body);
    });
  };
  const auto start_auditor = [&] {
    return std::thread([&] {
      this_worker = state.context(WorkerId{config_.threads}, config_, cancelled_, *this);
      state.auditor_main(audit, config_, total_, stop_);
    });
  };
  state.start_threads(start_worker, start_auditor, config_.audit.kind == AuditPolicy::Kind::interval, stop_);
  state.await_all_ready();
  state.watch(config_, stop_, cancelled_);
  state.control.wake_.notify_all();  // the auditor, if it sleeps
  state.join_all();
  state.used = used_between(state.used, resource_usage());
  if (state.failure) std::rethrow_exception(state.failure);
}

}  // namespace banksim
