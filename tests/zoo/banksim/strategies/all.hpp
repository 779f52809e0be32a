// The list of a program of its own, banksim_zoo: the broken and the hostile strategies beside the real ones. It stands in
// the place of the list that banksim is made of, so that the whole command line can be tried on them.
#pragma once

#include "support/hostile_more.hpp"
#include "support/odd_but_correct.hpp"
#include "support/zoo.hpp"

#include <banksim/strategies/global.hpp>
#include <banksim/strategies/naive.hpp>
#include <banksim/strategies/ordered.hpp>
#include <banksim/strategies/scoped_lock.hpp>
#include <banksim/strategies/unsafe.hpp>
#include <banksim/strategy_rules.hpp>

namespace banksim {

using namespace zoo;
using namespace test::hostile;
using namespace test::odd;

using AllStrategies = StrategyList<
    Unsafe, Global, Naive, Ordered, ScopedLock, LocksOnlySource, ReleasesFirstEarly, ChecksFundsBeforeLocking,
    PeeksAtFunds, ReadsBeforeLocking, UnlocksBeforeWriting, OrderDependsOnPair, OrderKeyTies,
    StripedInRequestOrder, RetriesThenBlocks, HoldsAndSpins, WaitsForASmallOne, TwoHalves, LosesCreditToEmpty,
    SaysDoneThoughDeclined, ChecksNoFunds, OverdrawsForAMoment, GivesUp, LocksEachAccess,
    AuditsInDescendingOrder, AuditsOneAtATime, AuditsWithoutLocks, LooksForEver, SpinsForEver, SleepsAnHour,
    LocksItsOwnStdMutexTwice, WaitsForFundsWithBothLocks, AuditsForEver, ThrowsAnInt, ThrowsAfterTheDebit,
    AuditorThrows, SwallowsAndTriesAgain, SwallowsAndSaysDone, OrderedThenLog, DebitsThenWaits,
    CountsOnItsWayOut, LocksInTheGuardsDestructor, AsksThenDebits, ClosesEverything, OverflowsItsStack,
    LeavesADaemon, LeavesAThread, NeverConstructed, NeverDestroyed, BlocksEverySignal, Exits, ExitsAtOnce,
    Aborts, ReadsNull, KillsItself, KillsItsGroup, StopsItself, KillsItsParent, Throws, Prints, Terminates,
    ExitsQuickly, JumpsOut, EatsMemory, JoinsItsParentsGroup, TracesItself, PrintsForEver, PrintsAMegabyte,
    Scribbles, BecomesAnotherProgram, ForksAndGoesOn, SetsAnAlarm, LimitsItsCpuTime, InterruptsItself,
    InterruptsItsParent, StopsItsParent, ThrowsCancelled, EndsItsThread, ThreadLocalNeverEnds,
    AuditorOverflowsItsStack, ThrowsInADestructor, SwallowsAndGoesOn, TranslatesWhatIsThrown,
    LocksWhileItUnwinds, LosesAWakeUp, AfterYou, UpgradesInItsGate, LocksFromItsOwnThread,
    HoldsFromItsOwnThread, TicketLock, PoliteTicketLock, ReaderWriterGate, OptimisticRetry, TriesAndLetsGo,
    JournalInTheDestructor>;

}  // namespace banksim
