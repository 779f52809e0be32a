// Before the first thread: is there room for the run, and who does what.
#include "run/supervisor.hpp"

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

}  // namespace

Supervisor::Supervisor(const Config& config, RunControl& control)
    : config_(config),
      total_(validate(config)),
      workload_((check_memory(config), config.workload())),
      pace_(config.hold.spin, config.hold.yield, config.think, stop_, cancelled_),
      state_(std::make_unique<State>(config, control)) {
  state_->report(RunProgress::Phase::preparing);
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

}  // namespace banksim
