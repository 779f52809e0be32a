// A run from its configuration to its result: is there room for it, who does what, the run itself, the sum.
#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <banksim/simulate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace banksim {
namespace {

// --- Before ---

std::uint64_t share_count(const Config& config, std::uint32_t worker) {
  if (config.duration) return static_cast<std::uint64_t>(kMaxTotal.minor_units()) / config.threads;
  return config.transfers / config.threads + (worker < config.transfers % config.threads ? 1 : 0);
}

// Some 16,000 timed transfers are enough for percentiles, also the 99.9th; timing more would slow what is measured: two
// looks at the clock cost as much as three transfers.
std::uint64_t timed_every(const Config& config) {
  constexpr std::uint64_t kEnough = 16'384;
  constexpr std::uint64_t kMost = 64;  // blocks
  if (config.duration) return kMost / 2;
  return std::clamp<std::uint64_t>(config.transfers / (kBlock * kEnough) + 1, 1, kMost);
}

// Words of all workers' logs together: 64 MiB, half a thousand million transfers.
constexpr std::uint64_t kMostWords = std::uint64_t{1} << 23;

std::vector<WorkerRecord> share_out(const Config& config) {
  constexpr nanoseconds kSlow = std::chrono::microseconds{1};
  const bool is_slow = config.hold.spin >= kSlow || config.think >= kSlow;
  std::vector<WorkerRecord> records(config.threads);
  for (std::uint32_t i = 0; i < config.threads; ++i) {
    WorkerRecord& record = records[i];
    record.share = {i, config.threads, share_count(config, i), timed_every(config), is_slow};
    const std::uint64_t words = (record.share.count + kBlock - 1) / kBlock;
    record.long_waits.reserve(kLongWaitsKept);
    record.done_log = DoneLog(static_cast<std::size_t>(std::min(words, kMostWords / config.threads)));
  }
  return records;
}

// What the logs of completed transfers will come to, at a bit each and the speed of a good day.
std::uint64_t log_bytes(const Config& config) {
  constexpr double kGoodDay = 150e6;  // transfers a second
  const double pause_s = in_seconds(config.hold.spin + config.think);
  const double per_second = pause_s > 0 ? std::min(kGoodDay, config.threads / pause_s) : kGoodDay;
  const double within_timeout = in_seconds(config.duration.value_or(config.timeout)) * per_second;
  const double planned = config.duration ? within_timeout : static_cast<double>(config.transfers);
  constexpr double kMostBytes = kMostWords * sizeof(std::uint64_t);
  return static_cast<std::uint64_t>(std::min({planned / 8, within_timeout / 8, kMostBytes}));
}

// About what the run will touch; better refused than killed in the middle.
void check_memory(const Config& config, std::size_t account_bytes) {
  const std::uint64_t per_account =
      account_bytes + 3 * sizeof(Money) + (config.access.kind == Access::Kind::uniform ? 0 : 24);
  constexpr std::uint64_t kStackTouched = 16'384;
  const std::uint64_t needed = config.accounts * per_account +
                               config.threads * (sizeof(WorkerRecord) + kStackTouched) + log_bytes(config);
  const std::uint64_t available = available_memory_bytes();
  if (available == 0 || needed <= available) return;
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  throw SimulationError(fmt::format("this run needs about {:.3g} GiB of memory, {:.3g} GiB are available",
                                    static_cast<double>(needed) / kGib,
                                    static_cast<double>(available) / kGib));
}

// --- After ---

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

// What the machine did to the run, in the order of how much it spoils.
void warn_of_machine(const RunResult& result, std::vector<Warning>& warnings) {
  constexpr double kEnough = 0.8;  // of the processors that the workers could have used
  const auto& [quota_cpus, throttling, other_cpus, late_s, paused_s] = result.machine;
  const double cpus = result.host.logical_cpus;
  if (paused_s > 0) warnings.push_back({"paused", "", {{"paused_s", paused_s}}});
  if (throttling.throttled_periods > 0)
    warnings.push_back({"throttled",
                        "",
                        {{"quota_cpus", quota_cpus},
                         {"periods", static_cast<double>(throttling.periods)},
                         {"throttled_periods", static_cast<double>(throttling.throttled_periods)},
                         {"throttled_s", throttling.throttled_s}}});
  if (result.cpu_share() < kEnough && other_cpus > (1 - kEnough) * cpus && result.config.think.count() == 0)
    warnings.push_back(
        {"starved", "", {{"cpu_share", result.cpu_share()}, {"other_cpus", other_cpus}, {"cpus", cpus}}});
  if (late_s > 0) warnings.push_back({"late", "", {{"late_s", late_s}}});
}

std::vector<Warning> warnings_for(const RunResult& result) {
  std::vector<Warning> warnings;
  warn_of_machine(result, warnings);
  const double threads = result.config.threads, cpus = result.host.logical_cpus;
  const bool is_measured = !result.deadlock && !result.ended_by;  // or no latency is shown
  if (threads > cpus && is_measured)
    warnings.push_back({"oversubscribed", "", {{"threads", threads}, {"cpus", cpus}}});
  if (auto warning = build_warning(result.host)) warnings.push_back(std::move(*warning));
  if (result.transfers.done == 0 && result.outcome == Outcome::ok)
    warnings.push_back({"nothing_done", "", {}});
  return warnings;
}

// What is known in any case, even if nobody came back.
RunResult begin_result(const Run& run, const RunLog& log) {
  RunResult result;
  result.config = run.config;
  result.host = host();
  result.started_at = log.started_at;
  result.outcome = log.ending;
  result.used = log.used;
  result.signal = log.signal;
  result.deadlock = log.deadlock;
  result.ended_by = log.ended_by;
  const nanoseconds paused = paused_within(log.pauses, {log.start, log.end});
  result.elapsed_s = in_seconds(log.end - log.start - paused);
  result.machine = log.machine;
  result.machine.paused_s = in_seconds(paused);
  result.transfers.attempted = log.attempted;
  result.check.total_expected = run.setup.total;
  return result;
}

void note_overdrafts(const Run& run, const RunLog& log, Check& check) {
  Clock::time_point first = Clock::time_point::max();
  const auto note = [&](const Overdrafts& overdrafts, const WorkShare& share) {
    check.overdrafts += overdrafts.seen;
    if (overdrafts.seen == 0 || overdrafts.at >= first) return;
    first = overdrafts.at;
    check.first_overdraft = {overdrafts.account, overdrafts.balance, in_seconds(first - log.start), {}};
    if (!overdrafts.transfer) return;
    const std::uint64_t planned = share.plan_index(*overdrafts.transfer);
    check.first_overdraft->transfer = {planned, run.setup.workload.transfer(planned)};
  };
  note(log.overdrafts, {});
  for (const WorkerRecord& record : log.records) note(record.overdrafts, record.share);
}

// What the caller is told of a phase in which nobody else looks, and whether it wants an end.
class Looks {
 public:
  Looks(RunControl& control, RunProgress::Phase phase, std::uint64_t attempted = 0)
      : control_(control), progress_{phase, nanoseconds{0}, attempted} {
    if (control_.on_progress) control_.on_progress(progress_);
  }

  int signal() const { return control_.signal(); }
  // Asked for, and for so long that what is nearly done would have been done.
  bool must_end(nanoseconds patience = std::chrono::milliseconds{250}) {
    constexpr nanoseconds kBetween = std::chrono::milliseconds{50};
    const Clock::time_point now = Clock::now();
    if (now < next_) return false;
    next_ = now + kBetween;
    progress_.elapsed = now - begin_;
    if (control_.on_progress) control_.on_progress(progress_);
    if (signal() == 0) return false;
    if (!asked_at_) asked_at_ = now;
    return now - *asked_at_ >= patience;
  }

 private:
  RunControl& control_;
  RunProgress progress_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_;
  std::optional<Clock::time_point> asked_at_;
};

// What was measured, whether the money found on the accounts is right, and what to say of it.
RunResult sum_up(Run& run, const RunLog& log, std::span<const Money> found, Looks& looks) {
  RunResult result = begin_result(run, log);
  const Config& config = run.config;
  const RunSetup& setup = run.setup;
  result.fairness = fairness_of(log.first_finish);
  result.transfers.attempted = 0;
  Clock::time_point end = log.start;
  AuditLog audits = log.audits;
  std::vector<Transfer> in_flight;
  for (const WorkerRecord& record : log.records) {
    result.transfers.attempted += record.attempted.load(std::memory_order_relaxed) + record.cancelled();
    result.transfers.done += record.done;
    result.transfers.declined += record.declined;
    result.transfers.cancelled += record.cancelled();
    result.latency += record.latency;
    result.locks += record.locks;
    for (const TimeSpan& wait : record.long_waits)
      result.locks.wait_ns -= static_cast<std::uint64_t>(paused_within(log.pauses, wait).count());
    audits += record.audits;
    end = std::max(end, record.finished);
    if (record.called_off && record.called_off_wrote) in_flight.push_back(record.called_off->transfer);
  }
  const nanoseconds paused = paused_within(log.pauses, {log.start, end});
  result.elapsed_s = in_seconds(end - log.start - paused);
  result.machine.paused_s = in_seconds(paused);

  nanoseconds audits_took = log.audits_took;
  for (const TimeSpan& audit : log.long_audits) audits_took -= paused_within(log.pauses, audit);
  result.audits_s = in_seconds(audits_took);

  std::optional<Ledger> replayed = run.books.replay(log.records, [&looks] { return looks.must_end(); });
  if (!replayed) {
    result.outcome = Outcome::interrupted;
    result.signal = looks.signal();
    return result;
  }
  Ledger& ledger = *replayed;
  ledger.counts.cancelled = result.transfers.cancelled;
  // A run that was let finish has done the plan, the whole plan, and nothing but the plan.
  const bool whole_plan = log.ending == Outcome::ok && !config.duration;
  ledger.counts.attempted = whole_plan ? config.transfers : result.transfers.attempted;
  result.check =
      check_money(setup.total, ledger.expected, found, result.transfers, ledger.counts, audits, in_flight);
  note_overdrafts(run, log, result.check);
  const bool stands = result.check.ok() || log.ending == Outcome::interrupted;
  if (!stands) result.outcome = Outcome::violation;
  result.warnings = warnings_for(result);
  return result;
}

}  // namespace

std::optional<Warning> build_warning(const Host& host) {
  if (!host.sanitizers.empty()) return Warning{"sanitizer_build", "", {}};
  if (host.build_type == "Release" || host.build_type == "RelWithDebInfo") return std::nullopt;
  return Warning{"unoptimised_build", "", {}};
}

bool RunResult::waits_for_cpu() const {
  constexpr double kFew = 0.1, kLittle = 0.01;
  const double not_others = host.logical_cpus - machine.other_cpus;
  const double cpus = machine.quota_cpus > 0 ? std::min(not_others, machine.quota_cpus) : not_others;
  const double idle = cpus - cpu_share() * usable_cpus();
  const bool could_all_run = config.threads * (1 - kFew) <= cpus;
  if (waiting_share() < kLittle || could_all_run || idle > kFew * host.logical_cpus) return false;
  // Where holders run, a lock is handed over sooner, and in a queue each holds it on purpose.
  constexpr double kHandOver_ns = 50'000;
  const double queue_ns = 2.0 * config.threads * static_cast<double>(config.hold.spin.count());
  return static_cast<double>(locks.wait_ns) >
         (kHandOver_ns + queue_ns) * static_cast<double>(locks.contended);
}

RunResult simulate(const Config& config, RunControl& control, RunSubjectFactory make,
                   std::size_t account_bytes) {
  const Money total = validate(config);
  check_memory(config, account_bytes);
  Looks preparing(control, RunProgress::Phase::preparing);
  std::vector<Money> opening(config.accounts);
  for (std::uint32_t i = 0; i < config.accounts; ++i) opening[i] = config.opening(i);
  const auto run = std::make_shared<Run>(config, std::move(opening), total);
  struct EndedEarly {};
  run->setup.look = [&preparing] {
    if (preparing.must_end(nanoseconds{0})) throw EndedEarly{};
  };
  try {
    run->subject = make(run->setup);
  } catch (const EndedEarly&) {
    RunLog log;
    log.started_at = now_utc();
    log.ending = Outcome::interrupted;
    log.signal = preparing.signal();
    return begin_result(*run, log);
  }
  run->setup.look = {};
  run->books.open(std::move(run->setup.opening));
  const RunLog log = supervise(run, control, share_out(config));
  if (log.left_behind) {
    RunResult result = begin_result(*run, log);
    result.warnings = warnings_for(result);
    return result;
  }
  const std::vector<Money> found = run->subject->balances();
  run->subject.reset();  // it is foreign code, too; what comes after is ours
  Looks checking(control, RunProgress::Phase::checking, log.attempted);
  return sum_up(*run, log, found, checking);
}

}  // namespace banksim
