// The supervisor: one thread that starts the others, waits for something to happen, and sums up.
#include <banksim/ledger.hpp>
#include <banksim/simulation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <system_error>
#include <thread>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

// How often the supervisor looks up: for progress and for stalls.
constexpr nanoseconds kTick = std::chrono::milliseconds{100};
// How long a found cycle is left alone for those behind it to declare themselves, at most.
constexpr nanoseconds kGather = std::chrono::milliseconds{40};
// The auditor may take one part in so many of the run.
constexpr int kAuditShare = 20;

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

std::uint64_t share_count(const Config& config, std::uint32_t worker) {
  if (config.duration) return static_cast<std::uint64_t>(kMaxTotal.minor_units()) / config.threads;
  return config.transfers / config.threads + (worker < config.transfers % config.threads ? 1 : 0);
}

// Some 32,000 timed transfers are enough for percentiles; timing more would slow what is measured.
std::uint64_t timed_every(const Config& config) {
  constexpr std::uint64_t kEnough = 32'768;
  constexpr std::uint64_t kMost = 8;  // blocks
  if (config.duration) return kMost / 2;
  return std::clamp<std::uint64_t>(config.transfers / (kBlock * kEnough), 1, kMost);
}

// Words of all workers' logs that are reserved; beyond, and where only a duration is known, it grows.
constexpr std::uint64_t kReservedWords = std::uint64_t{1} << 21;  // 16 MiB, 134 million transfers

// What the logs of completed transfers will come to, at a bit each and the speed of a good day.
std::uint64_t log_bytes(const Config& config) {
  constexpr double kGoodDay = 25e6;  // transfers a second
  const double pause_s = seconds(config.hold.spin + config.think);
  const double per_second = pause_s > 0 ? std::min(kGoodDay, config.threads / pause_s) : kGoodDay;
  const double within_timeout = seconds(config.duration.value_or(config.timeout)) * per_second;
  const double planned = config.duration ? within_timeout : static_cast<double>(config.transfers);
  return static_cast<std::uint64_t>(std::min(planned, within_timeout) / 8);
}

// About what the run will touch; better refused than killed in the middle.
void check_memory(const Config& config) {
  const std::uint64_t per_account = sizeof(Account<ThreadSync>) + 3 * sizeof(Money) +
                                    (config.access.kind == Access::Kind::uniform ? 0 : 24);
  constexpr std::uint64_t kStackTouched = 16'384;
  const std::uint64_t needed = config.accounts * per_account +
                               config.threads * (sizeof(WorkerRecord) + kStackTouched) + log_bytes(config);
  const std::uint64_t available = available_memory_bytes();
  if (available == 0 || needed <= available) return;
  constexpr double kMib = 1024.0 * 1024.0;
  throw SimulationError(fmt::format("this run needs about {:.0f} MiB of memory, {:.0f} MiB are available",
                                    static_cast<double>(needed) / kMib,
                                    static_cast<double>(available) / kMib));
}

Fairness fairness_of(const std::vector<std::uint64_t>& work) {
  double sum = 0, squares = 0;
  for (const std::uint64_t amount : work) {
    const auto value = static_cast<double>(amount);
    sum += value;
    squares += value * value;
  }
  const auto [least, most] = std::ranges::minmax(work);
  // Jain, Chiu, Hawe (1984).
  const double jain = squares > 0 ? sum * sum / (static_cast<double>(work.size()) * squares) : 1;
  return {jain, least, most};
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
  void report(Progress::Phase phase) {
    if (!control.on_progress) return;
    const bool ran = phase != Progress::Phase::preparing;
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
    report(Progress::Phase::running);
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

Deadlock Supervisor::State::describe_deadlock(const Config& config) const {
  Deadlock deadlock;
  deadlock.detected_after_s = deadlock_after_s.value_or(0);
  const WorkerId auditor{config.threads};
  for (const WaitForEdge& edge : room.cycle().value_or(WaitForCycle{})) {
    DeadlockMember member{edge, edge.waiter == auditor, std::nullopt};
    if (!member.is_auditor) member.transfer = records[index(edge.waiter)].called_off;
    deadlock.cycle.push_back(member);
  }
  for (const WorkerId waiter : blocked) {
    if (waiter == auditor)
      deadlock.auditor_blocked = true;
    else
      deadlock.blocked_workers.push_back(waiter);
  }
  return deadlock;
}

Supervisor::Supervisor(const Config& config, RunControl& control)
    : config_(config),
      total_(validate(config)),
      workload_((check_memory(config), config.workload())),
      pace_(config.hold.spin, config.hold.yield, config.think, stop_, cancelled_),
      state_(std::make_unique<State>(config, control)) {
  state_->report(Progress::Phase::preparing);
  for (std::uint32_t i = 0; i < config.threads; ++i) {
    WorkerRecord& record = state_->records[i];
    record.share = {i, config.threads, share_count(config, i), timed_every(config)};
    const std::uint64_t words = (record.share.count + kBlock - 1) / kBlock;
    record.done_log.reserve(static_cast<std::size_t>(std::min(words, kReservedWords / config.threads + 1)));
  }
}

Supervisor::~Supervisor() = default;

std::vector<Money> Supervisor::opening() const {
  std::vector<Money> opening(config_.accounts);
  for (std::uint32_t i = 0; i < config_.accounts; ++i) opening[i] = config_.opening(i);
  return opening;
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

namespace {

Outcome outcome_of(Ending ending, const Check& check) {
  if (ending == Ending::interrupted) return Outcome::interrupted;
  if (!check.ok()) return Outcome::violation;
  switch (ending) {
    case Ending::deadlock:
      return Outcome::deadlock;
    case Ending::stalled:
      return Outcome::stalled;
    case Ending::timeout:
      return Outcome::timeout;
    default:
      return Outcome::ok;
  }
}

std::vector<Warning> warnings_for(const RunResult& result) {
  std::vector<Warning> warnings;
  const Config& config = result.config;
  if (config.threads > result.host.logical_cpus)
    warnings.push_back(
        {"oversubscribed",
         fmt::format("{} threads on {} CPU{}: latency includes waiting for a CPU", config.threads,
                     result.host.logical_cpus, result.host.logical_cpus == 1 ? "" : "s")});
  if (!result.host.sanitizers.empty())
    warnings.push_back({"sanitizer_build", "sanitizer build: the timings mean nothing"});
  else if (result.host.build_type != "Release" && result.host.build_type != "RelWithDebInfo")
    warnings.push_back({"unoptimised_build", "unoptimised build: the timings mean nothing"});
  if (result.transfers.done == 0 && result.outcome == Outcome::ok)
    warnings.push_back({"nothing_done", "every transfer was declined: the amounts exceed the balances"});
  return warnings;
}

}  // namespace

RunResult Supervisor::finish(std::vector<Money> found) {
  State& state = *state_;
  state.report(Progress::Phase::checking);
  RunResult result;
  result.config = config_;
  result.host = host();
  result.started_at = state.started_at;
  result.used = state.used;
  result.fairness = fairness_of(state.first_finish);
  Clock::time_point end = state.start;
  AuditLog audits = state.audits;
  for (const WorkerRecord& record : state.records) {
    result.transfers.attempted += record.attempted.load(std::memory_order_relaxed) + record.cancelled();
    result.transfers.done += record.done;
    result.transfers.declined += record.declined;
    result.transfers.cancelled += record.cancelled();
    result.latency += record.latency;
    result.locks += record.locks;
    audits += record.audits;
    end = std::max(end, record.finished);
  }
  result.elapsed_s = seconds(end - state.start);

  Ledger ledger = replay(workload_, opening(), state.records);
  ledger.counts.cancelled = result.transfers.cancelled;
  // A run that was let finish has done the plan, the whole plan, and nothing but the plan.
  const bool whole_plan = state.ending == Ending::completed && !config_.duration;
  ledger.counts.attempted = whole_plan ? config_.transfers : result.transfers.attempted;
  result.check = validate(total_, ledger.expected, found, result.transfers, ledger.counts, audits);

  result.outcome = outcome_of(state.ending, result.check);
  if (state.ending == Ending::interrupted) {
    const std::lock_guard lock(state.control.mutex_);
    result.signal = state.control.signal_;
  }
  if (state.ending == Ending::deadlock) result.deadlock = state.describe_deadlock(config_);
  result.warnings = warnings_for(result);
  return result;
}

}  // namespace banksim
