#include "isolate/isolate.hpp"

#include "record/record.hpp"
#include "run/platform.hpp"

#include <banksim/simulate.hpp>

#include <chrono>
#include <new>
#include <stdexcept>

namespace banksim {
namespace {

using namespace std::chrono_literals;
using Kind = Mailbox::Kind;

constexpr const char* kPerhapsStatic =
    "; does it keep in a static, or in a thread_local, what one transfer has allocated?";

Kind kind_of(const std::exception& thrown) {
  if (dynamic_cast<const ConfigError*>(&thrown) != nullptr) return Kind::config_error;
  if (dynamic_cast<const SimulationError*>(&thrown) != nullptr) return Kind::machine_error;
  if (dynamic_cast<const BadReplayToken*>(&thrown) != nullptr) return Kind::bad_token;
  if (dynamic_cast<const NotExplorable*>(&thrown) != nullptr) return Kind::refused;
  if (dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr) return Kind::out_of_memory;
  return Kind::error;
}

// Does the work, and leaves what it returns or throws.
void leave(Mailbox& box, const std::function<std::string()>& work) {
  try {
    box.leave(Kind::result, work());
  } catch (const std::exception& thrown) {
    box.leave(kind_of(thrown), thrown.what());
  } catch (...) {
    box.leave(Kind::error, "the strategy threw something that is no std::exception");
  }
}

void throw_again(const std::pair<Kind, std::string>& left) {
  const std::string& what = left.second;
  switch (left.first) {
    case Kind::config_error:
      throw ConfigError(what);
    case Kind::machine_error:
      throw SimulationError(what);
    case Kind::bad_token:
      throw BadReplayToken(what);
    case Kind::refused:
      throw NotExplorable(what);
    case Kind::out_of_memory:
      throw std::bad_alloc();
    case Kind::error:
      throw std::runtime_error(what);
    case Kind::result:
    case Kind::nothing:
      break;
  }
}

// What the mailbox's numbers are of a run.
RunProgress progress_of(const Mailbox& box) {
  const std::uint64_t phase = box.numbers[0];
  return {phase <= 2 ? static_cast<RunProgress::Phase>(phase) : RunProgress::Phase::running,
          std::chrono::nanoseconds{static_cast<std::int64_t>(box.numbers[1].load())}, box.numbers[2]};
}

EndedBy ended_by(const Config& config, const ChildEnd& end) {
  EndedBy why;
  why.kind = end.killed          ? EndKind::never_came_back
             : end.out_of_memory ? EndKind::memory
             : end.signal != 0   ? EndKind::signal
                                 : EndKind::exited;
  why.number = end.killed ? 0 : end.signal != 0 ? end.signal : end.status;
  if (!end.thread || *end.thread > config.threads) return why;
  why.role = *end.thread == config.threads ? Role::auditor : Role::worker;
  if (why.role == Role::auditor) return why;
  why.worker = WorkerId{*end.thread};
  if (!end.transfer) return why;
  const std::uint64_t planned = *end.thread + *end.transfer * config.threads;
  why.transfer = {planned, Workload(config.workload()).transfer(planned)};
  return why;
}

}  // namespace

RunResult run_isolated(Isolation& isolation, const Runner& runner, const Config& config,
                       RunControl& control) {
  const std::string started_at = now_utc();
  const auto work = [&](Mailbox& box) {
    leave(box, [&] {
      RunControl own;
      own.on_thread = take_signal_stack;
      own.on_progress = [&](const RunProgress& progress) {
        box.beat({static_cast<std::uint64_t>(progress.phase),
                  static_cast<std::uint64_t>(progress.elapsed.count()), progress.attempted});
        if (const int signal = box.signal) own.request_stop(signal);
      };
      return whole_json(runner(config, own));
    });
  };
  RunProgress last;
  const auto on_tick = [&](const Mailbox& box) {
    last = progress_of(box);
    if (control.on_progress && box.beats > 0) control.on_progress(last);
  };
  // In time for the child's own two seconds, for its answer on a busy machine, and for making and reading the bank.
  const auto most = config.timeout + 3s + config.accounts * 2us;
  const ChildEnd end = isolation.run(work, {most, on_tick, [](const Mailbox& box) {
                                              return progress_of(box).phase == RunProgress::Phase::checking;
                                            }});
  RunResult result;
  if (end.left && end.left->first == Kind::result) {
    result = read_run(end.left->second).value;
  } else if (end.left) {
    throw_again(*end.left);
  } else {
    result.host = host();
    result.started_at = started_at;
    result.check.total_expected = validate(config);
    result.outcome = isolation.signal() != 0 ? Outcome::interrupted
                     : end.killed            ? Outcome::stalled
                                             : Outcome::crashed;
    result.signal = isolation.signal();
    result.elapsed_s = in_seconds(last.elapsed);
    result.transfers.attempted = last.attempted;
    result.ended_by = ended_by(config, end);
  }
  result.config = config;
  if (end.printed_bytes > 0)
    result.warnings.push_back(
        {"strategy_printed",
         "",
         {{"bytes", static_cast<double>(end.printed_bytes)}, {"shown", static_cast<double>(kMostShown)}}});
  return result;
}

Exploration explore_isolated(Isolation& isolation, std::string_view strategy, const Explorer& explorer,
                             const ExploreLimits& limits, std::chrono::nanoseconds silence) {
  const std::string started_at = now_utc();
  ExploreProgress last;
  const auto work = [&](Mailbox& box) {
    leave(box, [&] {
      ExploreLimits own = limits;
      own.cancel = &box.cancel;
      own.watch = &box.body;
      own.progress = [&box](const ExploreProgress& progress) {
        box.beat({progress.states, progress.waiting, progress.depth});
      };
      return whole_json(explorer(own));
    });
  };
  const auto on_tick = [&](const Mailbox& box) {
    last = {box.numbers[0], box.numbers[1], box.numbers[2]};
    if (limits.progress && box.beats > 0) limits.progress(last);
  };
  // One that has to end by then does that by itself, unless the strategy's code is in the way.
  const auto most = limits.deadline ? *limits.deadline - std::chrono::steady_clock::now() + 2s : 8760h;
  const ChildEnd end = isolation.run(work, {most, on_tick, nullptr, silence});
  Exploration found;
  if (end.left && end.left->first == Kind::result) {
    found = read_exploration(end.left->second).value;
  } else if (end.left) {
    throw_again(*end.left);
  } else if (end.killed && isolation.signal() == 0) {
    throw NotExplorable(model::refusal(
        end.where,
        "it loops, or waits for something that the explorer cannot see, such as a std::mutex of its own, or time: "
        "use S::Mutex"));
  } else if (!end.killed && !end.out_of_memory && isolation.signal() == 0) {
    throw NotExplorable(model::refusal(
        end.where, end.left_its_stack ? model::kNeedsMuchStack
                   : end.signal != 0  ? "it ended the process: " + signal_name(end.signal) +
                                           (end.signal == SIGSEGV ? kPerhapsStatic : "")
                                     : "it ended the process: exit status " + std::to_string(end.status)));
  } else {
    found.states = last.states;
    found.depth = last.depth;
    found.bounds_hit = {end.out_of_memory ? "max_memory" : "cancelled"};
    found.limits = limits;
    found.strategy = strategy;
    found.started_at = started_at;
  }
  return found;
}

}  // namespace banksim
