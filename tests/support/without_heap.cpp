// A program that explores and does not link banksim_heap: it must know what it does not see.
#include <banksim/explore.hpp>
#include <banksim/strategies/ordered.hpp>

int main() { return banksim::explore<banksim::Ordered>({}).heap_not_seen ? 0 : 1; }
