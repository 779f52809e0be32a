// What the seam costs: banksim's own measured loop beside hand-written loops for the same transfers.
//
// Each cell runs all contenders in turn, several rounds, and prints the ratio banksim / hand-written round by
// round: median, with the least and the most. Absolute figures move with the machine, ratios much less. All
// do the same plan and take std::mutex or, where it says so, the std::timed_mutex that banksim waits on.
//
//   banksim_bench [ROUNDS [TRANSFERS]]
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace banksim;
using Clock = std::chrono::steady_clock;

struct Cell {
  std::uint32_t accounts;
  std::uint32_t threads;
  std::uint64_t transfers;
};

Config config_of(const Cell& cell, const char* strategy) {
  Config config;
  config.strategy = strategy;
  config.accounts = cell.accounts;
  config.threads = cell.threads;
  config.transfers = cell.transfers;
  return config;
}

double banksim_rate(const Cell& cell, const char* strategy) {
  RunControl control;
  return find_strategy(strategy)->run(config_of(cell, strategy), control).throughput_per_s();
}

template <class Mutex>
struct alignas(64) HandAccount {
  Mutex mutex;
  std::int64_t balance = 1000;
};

// Starts the threads behind a flag and times until the last is done.
double rate_of(const Cell& cell, const std::function<void(std::uint32_t)>& body) {
  std::atomic<std::uint32_t> ready{0};
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (std::uint32_t w = 0; w < cell.threads; ++w)
    threads.emplace_back([&, w] {
      ++ready;
      go.wait(false);
      body(w);
    });
  while (ready < cell.threads) std::this_thread::yield();
  const auto start = Clock::now();
  go = true;
  go.notify_all();
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(cell.transfers) / std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Mutex>
void ordered_by_hand(std::vector<HandAccount<Mutex>>& bank, const Transfer& transfer) {
  HandAccount<Mutex>& from = bank[index(transfer.from)];
  HandAccount<Mutex>& to = bank[index(transfer.to)];
  const bool upward = transfer.from < transfer.to;
  const std::lock_guard first(upward ? from.mutex : to.mutex);
  const std::lock_guard second(upward ? to.mutex : from.mutex);
  const std::int64_t amount = transfer.amount.minor_units();
  if (from.balance < amount) return;
  from.balance -= amount;
  to.balance += amount;
}

template <class Mutex>
double plain_rate(const Cell& cell) {
  const Workload workload(config_of(cell, "ordered").workload());
  std::vector<HandAccount<Mutex>> bank(cell.accounts);
  return rate_of(cell, [&](std::uint32_t w) {
    for (std::uint64_t k = w; k < cell.transfers; k += cell.threads)
      ordered_by_hand(bank, workload.transfer(k));
  });
}

template <class Mutex>
double prefetched_rate(const Cell& cell) {
  const Workload workload(config_of(cell, "ordered").workload());
  std::vector<HandAccount<Mutex>> bank(cell.accounts);
  return rate_of(cell, [&](std::uint32_t w) {
    std::array<Transfer, 64> block;
    for (std::uint64_t k = w; k < cell.transfers; k += block.size() * cell.threads) {
      const std::uint64_t left = (cell.transfers - k + cell.threads - 1) / cell.threads;
      const std::span<Transfer> transfers(block.data(), std::min<std::uint64_t>(block.size(), left));
      for (std::size_t i = 0; i < transfers.size(); ++i) {
        const Transfer& transfer = transfers[i] = workload.transfer(k + i * cell.threads);
        __builtin_prefetch(&bank[index(transfer.from)], 1);
        __builtin_prefetch(&bank[index(transfer.to)], 1);
      }
      for (const Transfer& transfer : transfers) ordered_by_hand(bank, transfer);
    }
  });
}

struct Contender {
  std::string name;
  std::function<double(const Cell&)> rate;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void run_cell(const Cell& cell, const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> rates(contenders.size());
  for (int round = -1; round < rounds; ++round) {  // the first warms up
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      // Every other round in turned order, so that nobody always follows the same one.
      const std::size_t turn = round % 2 == 0 ? i : contenders.size() - 1 - i;
      const double rate = contenders[turn].rate(cell);
      if (round >= 0) rates[turn].push_back(rate);
    }
  }
  fmt::print("{} accounts x {} thread{}: banksim ordered {:.1f} M/s\n", cell.accounts, cell.threads,
             cell.threads == 1 ? "" : "s", median(rates[0]) / 1e6);
  for (std::size_t i = 1; i < contenders.size(); ++i) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < rates[i].size(); ++round)
      ratios.push_back(rates[0][round] / rates[i][round]);
    const auto [least, most] = std::ranges::minmax(ratios);
    fmt::print("  / {:<34} {:6.1f} M/s   ratio {:.2f}  [{:.2f}, {:.2f}]\n", contenders[i].name,
               median(rates[i]) / 1e6, median(ratios), least, most);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  const std::uint64_t transfers = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4'000'000;
  const std::vector<Contender> contenders{
      {"banksim", [](const Cell& cell) { return banksim_rate(cell, "ordered"); }},
      {"prefetching loop, std::timed_mutex", prefetched_rate<std::timed_mutex>},
      {"prefetching loop, std::mutex", prefetched_rate<std::mutex>},
      {"plain loop, std::mutex", plain_rate<std::mutex>},
      {"banksim global", [](const Cell& cell) { return banksim_rate(cell, "global"); }},
      {"banksim unsafe", [](const Cell& cell) { return banksim_rate(cell, "unsafe"); }},
  };
  for (const std::uint32_t accounts : {6u, 1024u, 1'000'000u})
    for (const std::uint32_t threads : {1u, 2u}) run_cell({accounts, threads, transfers}, contenders, rounds);
  return 0;
}
