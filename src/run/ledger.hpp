// The ledger: what every balance must be, from the plan and from which transfers were done.
//
// Promises: independent of the bank. It reads only the opening balances, the plan and the workers' logs.
//
// Threads: to be called when every worker was joined.
//
// Cost: one pass over the plan after the run, on all processors where that pays; 8 bytes for each account and
// processor.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/money.hpp>
#include <banksim/worker.hpp>
#include <banksim/workload.hpp>

#include <span>
#include <vector>

namespace banksim {

struct Ledger {
  std::vector<Money> expected;  // by account
  TransferCounts counts;        // done and declined as the logs have them
};

// `opening` becomes the expected balances. `attempted` of each record says how long its log is.
Ledger replay(const Workload& workload, std::vector<Money> opening, std::span<const WorkerRecord> records);

}  // namespace banksim
