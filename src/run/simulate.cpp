// A run from its configuration to its result: is there room for it, who does what, the run itself, the sum.
#include "run/platform.hpp"
#include "run/run_log.hpp"
#include "run/supervisor.hpp"

#include <banksim/simulate.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace banksim {
namespace {

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

// Words of all workers' logs that are reserved; beyond, and where only a duration is known, they grow.
constexpr std::uint64_t kReservedWords = std::uint64_t{1} << 21;  // 16 MiB, 134 million transfers

std::vector<WorkerRecord> share_out(const Config& config) {
  std::vector<WorkerRecord> records(config.threads);
  for (std::uint32_t i = 0; i < config.threads; ++i) {
    WorkerRecord& record = records[i];
    record.share = {i, config.threads, share_count(config, i), timed_every(config)};
    const std::uint64_t words = (record.share.count + kBlock - 1) / kBlock;
    record.done_log.reserve(static_cast<std::size_t>(std::min(words, kReservedWords / config.threads + 1)));
  }
  return records;
}

// What the logs of completed transfers will come to, at a bit each and the speed of a good day.
std::uint64_t log_bytes(const Config& config) {
  constexpr double kGoodDay = 25e6;  // transfers a second
  const double pause_s = in_seconds(config.hold.spin + config.think);
  const double per_second = pause_s > 0 ? std::min(kGoodDay, config.threads / pause_s) : kGoodDay;
  const double within_timeout = in_seconds(config.duration.value_or(config.timeout)) * per_second;
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

std::vector<Money> opening_of(const Config& config) {
  std::vector<Money> opening(config.accounts);
  for (std::uint32_t i = 0; i < config.accounts; ++i) opening[i] = config.opening(i);
  return opening;
}

}  // namespace

RunResult simulate(const Config& config, RunControl& control, RunSubjectFactory make) {
  const Money total = validate(config);
  check_memory(config);
  if (control.on_progress) control.on_progress({});
  RunSetup setup{Workload(config.workload()), opening_of(config), total,
                 config.audit.kind == AuditPolicy::Kind::each, Pace(config.hold, config.think)};
  Supervisor supervisor(config, control, setup, share_out(config));
  const std::unique_ptr<RunSubject> subject = make(setup);
  const RunLog log = supervisor.run(*subject);
  if (control.on_progress)
    control.on_progress({RunProgress::Phase::checking, Clock::now() - log.start, log.attempted()});
  return sum_up(config, setup, log, subject->balances());
}

}  // namespace banksim
