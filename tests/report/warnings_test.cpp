// The sentences of warnings.
#include "report/report.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace banksim;

TEST_CASE("Every warning has its sentence, with its numbers in it") {
  const auto& [warning, sentence] = GENERATE(values<std::pair<Warning, std::string>>({
      {{"interrupted", "", {}}, "interrupted: this is what there was"},
      {{"sanitizer_build", "", {}}, "sanitizer build: the timings mean nothing"},
      {{"unoptimised_build", "", {}}, "unoptimised build: the timings mean nothing"},
      {{"nothing_done", "", {}}, "every transfer was declined: the amounts exceed the balances"},
      {{"oversubscribed", "", {{"threads", 50}, {"cpus", 1}}},
       "50 threads on 1 CPU: latency includes waiting for a CPU"},
      {{"oversubscribed", "", {{"most_threads", 8}, {"cpus", 2}}},
       "up to 8 threads on 2 CPUs: latency includes waiting for a CPU"},
      {{"busy_machine", "", {{"load", 3.24}, {"cpus", 2}}},
       "busy machine: load average 3.2 on 2 CPUs before the first run"},
      {{"busy_machine", "", {{"cpu_share", 0.614}}},
       "busy machine: the runs got 61 % of the processor time that they wanted"},
      {{"paused", "", {{"paused_s", 2.5}}},
       "paused 2.5 s: not counted, but a latency or a long wait may contain some of it"},
      {{"throttled", "", {{"quota_cpus", 0.5}, {"periods", 1370}, {"throttled_periods", 1350}}},
       "throttled: a quota of 0.5 CPUs was used up in 1,350 of 1,370 periods"},
      {{"starved", "", {{"cpu_share", 0.37}, {"other_cpus", 1.26}, {"cpus", 2}}},
       "busy machine: others had 1.3 of 2 CPUs, the run 37 % of what it could have used"},
      {{"paused", "", {{"runs", 1}}}, "1 run repeated after a pause: only the second is counted"},
      {{"paused", "", {{"runs", 3}}}, "3 runs repeated after a pause: only the second is counted"},
      {{"strategy_printed", "", {{"bytes", 1}, {"shown", 65'536}}},
       "the strategy printed 1 byte: it stands above"},
      {{"strategy_printed", "loud", {{"bytes", 257'000}, {"shown", 65'536}}},
       "loud printed 257,000 bytes: at most 65,536 of a run stand above"},
      {{"no_reference", "naive", {{"crashed", 1}, {"settings", 1}}},
       "the reference naive crashed: nothing to compare with"},
      {{"late", "", {{"late_s", 2.2}}}, "busy machine: the supervisor was late by 2.2 s"},
      {{"few_runs", "", {{"runs", 1}, {"runs_needed", 6}}},
       "1 run of each: too few for a 95 % interval of a median; -r 6 or more"},
      {{"short_runs", "", {{"run_s", 0.0021}}},
       "runs of 2.1 ms: starting threads is part of that; raise --transfers"},
      {{"repeated_value", "--threads", {}}, "--threads: a value stands twice and is compared once"},
      {{"no_reference", "naive", {{"timeout", 1}, {"settings", 1}}},
       "the reference naive ran out of time: nothing to compare with"},
      {{"no_reference", "naive", {{"deadlock", 3}, {"settings", 3}}},
       "the reference naive deadlocked in all 3 settings: nothing to compare with"},
      {{"no_reference", "naive", {{"stalled", 2}, {"settings", 3}}},
       "the reference naive stalled in 2 of 3 settings: nothing to compare with there"},
      {{"no_reference", "unsafe", {{"violation", 1}, {"settings", 4}, {"threads", 2}, {"hold_ns", 400}}},
       "the reference unsafe got the money wrong at 2 threads, hold 400 ns: nothing to compare with there"},
      {{"of_tomorrow", "", {}}, "of_tomorrow"},
  }));
  CHECK(warning_text(warning) == sentence);
}

TEST_CASE("An annotation is one line whatever is in it") {
  CHECK(github_annotation("error", "p99 is 50 % up\nat 2 threads") ==
        "::error title=banksim::p99 is 50 %25 up%0Aat 2 threads");
}
