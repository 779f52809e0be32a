#include "cli/cli.hpp"
#include "report/exercises.hpp"

#include <array>

namespace banksim::cli {
namespace {

constexpr std::string_view kWords =
    R"(Words, as banksim uses them.

  transfer     moves an amount from one account to another: a debit, then a credit. Done, or declined because the source has too little, or called off because the run was ended.
  worker       a thread that makes transfers. Worker w of N makes the transfers w, w + N, w + 2N of the plan.
  plan         which transfers there are: the same for the same --seed, whatever the strategy and the threads.
  strategy     how the two accounts of a transfer are locked, and what it claims: no deadlock, no money lost.
  ledger       what each account should have: its opening balance and all transfers that were done, added up from the plan when the run is over. A right total can hide wrong accounts; the ledger does not.
  live audit   during a run somebody now and then takes every lock and adds up all the money. That is the auditor, one more thread (--audit 10ms), or each worker after each transfer (--audit each), or nobody (--audit off).
  deadlock     threads that wait for each other in a cycle: each holds a lock that another one of them wants. None of them can ever go on.
  cycle        who is in a deadlock. Whoever waits for one of them is blocked behind it.
  slice        a thread that has waited for a lock longer than --slice registers the lock that it wants. Every lock knows its holder. Following holder to wanted lock, back to the same thread, is a proof of deadlock, not a guess.
  livelock     threads that go on for ever and get nowhere, since they keep refusing each other a lock.
  refused      a try_lock that did not get the lock, and does not wait for it. Of a strategy that is checked: the machine could not compile or run it.
  undecided    of a strategy that is checked: nothing was proved against it and nothing proved for it, as where it waits for what the explorer does not see.
  stalled      nobody finished a transfer for the time of --stall, and there is no cycle of waits.
  lost update  two threads read the same balance and both write it: the later write undoes the earlier one.
  data race    two threads are about to touch one value, one of them to write it, and nothing says who comes first.
  contention   that threads have to wait for locks which others hold.
  fairness     whether all threads got as much done as each other: 1 is all the same, 1/N is one thread alone.
  hold, think  time added on purpose: between debit and credit, with the locks held; or between transfers.
  access       which accounts are picked. uniform: all alike. zipf:0.99: account 0 most, the others less and less. hot:90:10: 90 % of the picks fall on the first 10 % of the accounts.
  reference    in a comparison: whom the others are measured against. The one of --reference, else the fastest of those that are safe.
  ratio        in a comparison: how many times as fast as the reference a strategy is, typically, in the same round. Their speeds are shown as the reference's median times that, so that order, bars and ratios say the same.
  interval     in a comparison: 95 of 100 such intervals contain the true value. Wide is unsure.
  round        in a comparison: one run of each strategy, in an order drawn anew each time.
)";

constexpr std::string_view kNumbers =
    R"(The numbers of a run. Timings hold only for this machine and this run.

  Throughput  transfers done or declined each second, from the moment that all threads start to the end of the last.
  Latency     how long one transfer took, waiting for its locks included. One in 64 is timed, fewer in long runs and with a --duration, and all where each takes a microsecond or more on purpose (--hold, --think). p99 2 us: 99 of 100 took 2 us or less. A percentile is shown where ten timed transfers took longer: p99.9 needs 10,000; else it is a '-'. With more threads than CPUs a latency includes waiting for a CPU. A thread makes one transfer after the other, so who is slow asks for less.
  Contention  how many lock calls had to wait, and which share of all threads' time that was. 'Mostly for a holder without a CPU': the machine had more threads than CPUs, and the holder was not running. 'Refused' are try_lock calls that got nothing.
  Fairness    Jain's index of the work that each thread had done when the first one was finished: 1 is all the same.
  Money       the total before and after; how many accounts match their ledger; how many live audits found the right total.

Contention and fairness are not shown where each thread had less than 60 ms of a CPU, some 20 turns: they would be chance. A longer run shows them: -d 2s.

Five checks decide on the money: the total; each account against its ledger; no balance below zero, neither in the end nor when somebody looked; the count of attempts, made twice; the live audits. What was not checked is never OK.

One run is one order of events among very many. It can show a fault, and cannot show that there is none: see banksim help proofs.
)";

constexpr std::string_view kForScripts =
    R"(For scripts and CI.

  Output      stdout has one result and nothing else; progress, warnings and errors go to stderr. --format json and csv have every number; --export FILE writes the same result once more, by the file's suffix. A file is replaced whole or left as it was.
  Exit code   0 ok, 1 could not run, 2 usage, 3 money wrong, 4 deadlock, 5 livelock or no verdict (stalled, timeout, crashed), 6 not as expected or slower than allowed, 130 and 143 interrupted.
  Expect      --expect deadlock makes that outcome 0, and every other one not 0. Take a command that surely gets there: banksim -s naive -a 2 -t 4 --hold yield --expect deadlock
  Settings    an option is also set by the environment (BANKSIM_THREADS=50) and by a line of a file (--config FILE, threads = 50). What is typed wins. If an option is repeated, the last value wins.
  GitHub      where GITHUB_ACTIONS is true, warnings and failures are written as annotations.
  Graph       --export cycle.mmd writes the cycle of a deadlock as a Mermaid graph, which issues and READMEs draw.
  Gate        banksim compare --reference ordered --max-slowdown 10 exits with 6 where a strategy is surely more than 10 % slower than the reference: where the whole 95 % interval of its ratio lies below. Where the runs cannot tell it passes, and says about how many runs would; --undecided fail makes that 5. Both sides are measured in one command, in turns: a number of yesterday, or of another machine, is no reference. Choose the number of runs before you look: stopping when the results look good would bias them.

A workflow for GitHub that refuses a pull request whose strategy is slower, or broken:

on: pull_request
jobs:
  strategy:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: git show origin/${{ github.base_ref }}:mine.hpp >before.hpp
      - run: banksim check ./mine.hpp
      - run: banksim compare -s ./before.hpp,./mine.hpp --reference ./before.hpp --max-slowdown 10 -r 20 --export comparison.md
      - if: always()
        run: cat comparison.md >>"$GITHUB_STEP_SUMMARY" || true  # there is none where the check failed

Before that it has to install banksim: the two commands of its README.
)";

constexpr std::string_view kProofs =
    R"(What banksim explore proves, and what it does not.

It runs the strategy's own source on a tiny bank in every possible order: after each step, every thread that can make the next step makes it. So PROVED means that nothing can go wrong at the sizes named, for every choice of transfers, and a fault comes with the shortest way into it.

  state          where all threads are, what they hold, and all balances. What was seen before is not searched again.
  3x4x1+auditor  3 workers, 4 accounts, 1 transfer each, and one who audits.
  will finish    every run comes to its end, whichever thread the scheduler picks, if each one is picked sometime.
  can finish     at every moment there is a way to the end, but threads that retry may miss it again and again. Mostly a question of luck, which a run decides within microseconds.
  trap           from here on no transfer can end any more: a livelock.
  by chance      a try_lock may fail though the lock is free: C++ allows it, so it is tried as well.

It assumes that mutexes work, that each thread goes on sometime, and that the strategy has no hidden state: statics and thread-locals are refused. It says nothing about larger banks, though most faults need no more than three workers and an auditor. Amounts and balances are tiny too (--amounts, --balance): with the usual ones a transfer is sometimes covered and sometimes not.

Something else than the first fault is sought with --find: deadlock:3, deadlock:auditor, race, total (money made or lost), accounts (a right total, wrong accounts), audit, negative, trap, longest-wait.
)";

constexpr std::string_view kMutexes =
    R"(What the mutex costs, and how to choose one: --mutex and --layout.

A transfer that nobody disturbs costs about 40 ns with a std::mutex, and some 5 ns without any lock. So what the locks are made of matters more than the order in which a strategy takes them. Every kind is watched: it knows its holder, a long wait is looked at for deadlock, and a run can be called off.

  std     std::timed_mutex, which is what people have. It spins for 2 us, then sleeps. 40 bytes. The default.
  word    32 bits that say who holds the lock, and whether somebody sleeps. One compare-exchange to lock, one exchange to unlock, both inlined. The same waits as std. (Drepper, Futexes are tricky)
  spin    test and test-and-set with back-off; who waits long yields. A plain store unlocks it, so it is the fastest where nobody waits. Waiters burn processors that the holder may need. (Anderson 1990)
  ticket  first come, first served. With more threads than CPUs the next in the queue seldom has one, and each hand-over waits for the scheduler: it collapses. Fair is not fast. (Mellor-Crummey and Scott 1991)

  padded  each account has a cache line of its own, 64 bytes. The default.
  packed  accounts lie side by side: 16 bytes each with word and spin, 24 with ticket, 56 with std. More of a large bank fits into the caches; in a small one threads that share no account still share a line, and disturb each other.

Try it:
  banksim compare -s ordered -t 1,2,8 -a 6,1000 --mutex std,word,spin,ticket -n 100k
  banksim -s ordered -a 6 -t 2 --mutex word --layout packed
  banksim -s ordered -a 1m -t 2 --mutex word --layout packed
)";

constexpr std::string_view kNotebook =
    R"(A comparison in a notebook: global against ordered over threads, drawn by matplotlib.

import json, subprocess, matplotlib.pyplot as plt
command = "banksim compare -s global,ordered -t 1,2,4,8 -f json"
found = json.loads(subprocess.check_output(command.split()))["results"]
for name in "global", "ordered":
    rows = [row for row in found if row["config"]["strategy"] == name]
    speeds = [row["summary"]["throughput_per_s"]["median"] for row in rows]
    plt.plot([row["config"]["threads"] for row in rows], speeds, label=name)
plt.legend(title="transfers/s over threads"); plt.savefig("threads.png")

Each row has its runs too, round by round, and its ratio to the reference with the interval: see --format json.
)";

}  // namespace

std::span<const Topic> topics() {
  static const std::array kTopics = {
      Topic{"words", "ledger, audit, slice, cycle ...: what the words mean", std::string(kWords)},
      Topic{"numbers", "what a run measures and checks", std::string(kNumbers)},
      Topic{"scripts", "exit codes, files, settings, the gate", std::string(kForScripts)},
      Topic{"notebook", "eight lines of Python that draw a comparison", std::string(kNotebook)},
      Topic{"proofs", "what explore proves, and what it does not", std::string(kProofs)},
      Topic{"mutexes", "what locks are made of, and how accounts lie", std::string(kMutexes)},
      Topic{"exercises", "strategies with a fault to mend, for learning and teaching", exercises_text()}};
  return kTopics;
}

}  // namespace banksim::cli
