// What the seam costs: banksim's own measured loop beside hand-written loops that do as much.
//
// Each cell runs all contenders in turn, several rounds, and prints ratios of speed within the rounds: their median,
// with its interval of 95 %. Absolute figures move with the machine, ratios much less. With one thread the time is the
// processor's, so that others on the machine count for little. The loops by hand are what a careful engineer writes in
// one file: 32 transfers are drawn and prefetched, then done.
//
//   banksim_bench [NAME=LIST ...]     accounts=6,1024 threads=1,2 mutex=std,word layout=padded rounds=7 ms=60
#include "compare/statistics.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace banksim;
using Clock = std::chrono::steady_clock;

struct Cell {
  std::uint32_t accounts = 0;
  std::uint32_t threads = 0;
};

// ---- Mutexes by hand: the least that works.

struct NoMutex {
  void lock() {}
  void unlock() {}
};

class HandWord {
 public:
  void lock() {
    std::uint32_t seen = 0;
    if (word_.compare_exchange_strong(seen, 1, std::memory_order_acquire)) return;
    for (int spins = 0; spins < 40; ++spins, relax_cpu())
      if (seen = 0; word_.load(std::memory_order_relaxed) == 0 &&
                    word_.compare_exchange_strong(seen, 1, std::memory_order_acquire))
        return;
    while (word_.exchange(2, std::memory_order_acquire) != 0) sleep_on(word_, 2, std::chrono::seconds{1});
  }
  void unlock() {
    if (word_.exchange(0, std::memory_order_release) == 2) wake_one_on(word_);
  }

 private:
  std::atomic<std::uint32_t> word_{0};
};

class HandSpin {
 public:
  void lock() {
    for (int spins = 0; taken_.exchange(1, std::memory_order_acquire) != 0;)
      while (taken_.load(std::memory_order_relaxed) != 0)
        if (++spins % 64 == 0)
          std::this_thread::yield();
        else
          relax_cpu();
  }
  void unlock() { taken_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::uint32_t> taken_{0};
};

class HandTicket {
 public:
  void lock() {
    const std::uint32_t mine = next_.fetch_add(1, std::memory_order_relaxed);
    for (int spins = 0; called_.load(std::memory_order_acquire) != mine;)
      if (++spins > 40)
        std::this_thread::yield();
      else
        relax_cpu();
  }
  void unlock() { called_.store(called_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

 private:
  std::atomic<std::uint32_t> next_{0}, called_{0};
};

// ---- Loops by hand.

template <class Mutex>
struct Packed {
  [[no_unique_address]] Mutex mutex;
  std::int64_t balance = 1000;
};
template <class Mutex>
struct alignas(64) Padded : Packed<Mutex> {};

struct HandTransfer {
  std::uint32_t from, to;
  std::int64_t amount;
};

// One mix a transfer, as SplitMix64 has it; 32 bits each for the accounts, what is left for the amount.
class HandPlan {
 public:
  HandPlan(std::uint32_t accounts, std::uint64_t worker) : accounts_(accounts), state_(mix64(worker + 1)) {}
  HandTransfer next() {
    const std::uint64_t random = mix64(state_ += kGolden);
    const std::uint64_t from = (random >> 32) * accounts_, to = (random & 0xffff'ffff) * (accounts_ - 1);
    const auto source = static_cast<std::uint32_t>(from >> 32), target = static_cast<std::uint32_t>(to >> 32);
    const std::uint64_t left = ((from ^ to) & 0xffff'ffff) * 100;
    return {source, target + (target >= source ? 1 : 0), static_cast<std::int64_t>(left >> 32) + 1};
  }

 private:
  std::uint64_t accounts_;
  std::uint64_t state_;
};

template <class Account>
void transfer_by_hand(std::vector<Account>& bank, const HandTransfer& transfer) {
  Account& from = bank[transfer.from];
  Account& to = bank[transfer.to];
  const bool upward = transfer.from < transfer.to;
  const std::lock_guard first(upward ? from.mutex : to.mutex);
  const std::lock_guard second(upward ? to.mutex : from.mutex);
  if (from.balance < transfer.amount) return;
  from.balance -= transfer.amount;
  to.balance += transfer.amount;
}

double seconds_used(const ResourceUsage& usage) { return usage.user_s + usage.system_s; }

// Starts the threads behind a flag and times until the last is done.
template <class Account>
double rate_by_hand(const Cell& cell, std::uint64_t transfers) {
  std::vector<Account> bank(cell.accounts);
  std::atomic<std::uint32_t> ready{0};
  std::atomic<bool> go{false};
  const auto work = [&](std::uint32_t worker) {
    HandPlan plan(cell.accounts, worker);
    ++ready;
    go.wait(false);
    std::array<HandTransfer, 32> block;
    for (std::uint64_t done = 0; done < transfers / cell.threads; done += block.size()) {
      for (HandTransfer& transfer : block) {
        transfer = plan.next();
        __builtin_prefetch(&bank[transfer.from], 1);
        __builtin_prefetch(&bank[transfer.to], 1);
      }
      for (const HandTransfer& transfer : block) transfer_by_hand(bank, transfer);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t w = 0; w < cell.threads; ++w) threads.emplace_back(work, w);
  while (ready < cell.threads) std::this_thread::yield();
  const auto start = Clock::now();
  const double used = seconds_used(resource_usage());
  go = true;
  go.notify_all();
  for (std::thread& thread : threads) thread.join();
  const double alone = seconds_used(resource_usage()) - used;
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  return static_cast<double>(transfers) / (cell.threads == 1 ? alone : wall);
}

double rate_of_banksim(const char* strategy, MutexKind mutex, Layout layout, const Cell& cell,
                       std::uint64_t transfers) {
  Config config;
  config.strategy = strategy;
  config.mutex = mutex;
  config.layout = layout;
  config.accounts = cell.accounts;
  config.threads = cell.threads;
  config.transfers = transfers;
  RunControl control;
  const RunResult result = run_registered(config, control);
  const double alone = static_cast<double>(transfers) / seconds_used(result.used);
  return cell.threads == 1 ? alone : result.throughput_per_s();
}

// ---- Contenders, and what they are measured against.

using Rate = std::function<double(const Cell&, std::uint64_t)>;

struct Contender {
  std::string name;
  Rate rate;
  std::vector<std::string> against;  // names; none: it is there for others
};

template <class Mutex>
Contender by_hand(const std::string& name, Layout layout) {
  return {"hand " + name,
          layout == Layout::padded ? rate_by_hand<Padded<Mutex>> : rate_by_hand<Packed<Mutex>>,
          {}};
}

Contender by_hand(MutexKind mutex, Layout layout) {
  const std::string name = fmt::format("{} {}", to_string(mutex), to_string(layout));
  switch (mutex) {
    case MutexKind::word:
      return by_hand<HandWord>(name, layout);
    case MutexKind::spin:
      return by_hand<HandSpin>(name, layout);
    case MutexKind::ticket:
      return by_hand<HandTicket>(name, layout);
    default:
      return by_hand<std::timed_mutex>(name, layout);
  }
}

using Options = std::map<std::string, std::vector<std::string>>;

std::vector<Contender> contenders(const Options& options) {
  const std::string plain = "std::mutex", none = "no lock";
  std::vector<Contender> all{by_hand<std::mutex>(plain, Layout::padded),
                             by_hand<NoMutex>(none, Layout::padded)};
  const auto banksim = [](const char* strategy, MutexKind mutex, Layout layout) {
    return [=](const Cell& cell, std::uint64_t transfers) {
      return rate_of_banksim(strategy, mutex, layout, cell, transfers);
    };
  };
  all.push_back({"unsafe", banksim("unsafe", MutexKind::standard, Layout::padded), {"hand " + none}});
  for (const std::string& mutex : options.at("mutex"))
    for (const std::string& layout : options.at("layout")) {
      const MutexKind kind = named<MutexKind>(mutex).value();
      const Layout tight = named<Layout>(layout).value();
      all.push_back(by_hand(kind, tight));
      all.push_back({fmt::format("ordered {} {}", mutex, layout),
                     banksim("ordered", kind, tight),
                     {"hand " + plain, all.back().name}});
    }
  return all;
}

// As many transfers as take about so long.
std::uint64_t transfers_for(double seconds, const Contender& contender, const Cell& cell) {
  std::uint64_t transfers = 20'000;
  for (double took = 0; took < seconds / 4 && transfers < 100'000'000; transfers *= 3)
    took = static_cast<double>(transfers) / contender.rate(cell, transfers);
  return static_cast<std::uint64_t>(contender.rate(cell, transfers / 3) * seconds) + 1000;
}

void run_cell(const Cell& cell, const Options& options) {
  const std::vector<Contender> all = contenders(options);
  const int rounds = std::atoi(options.at("rounds")[0].c_str());
  const double seconds = std::atof(options.at("ms")[0].c_str()) / 1000;
  std::vector<std::uint64_t> transfers;
  for (const Contender& contender : all) transfers.push_back(transfers_for(seconds, contender, cell));
  std::map<std::string, std::vector<double>> rates;
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < all.size(); ++i) {
      // Every other round in turned order, so that nobody always follows the same one.
      const std::size_t turn = round % 2 == 0 ? i : all.size() - 1 - i;
      rates[all[turn].name].push_back(all[turn].rate(cell, transfers[turn]));
    }
  fmt::print("{} accounts x {} thread{}\n", cell.accounts, cell.threads, cell.threads == 1 ? "" : "s");
  for (const Contender& contender : all) {
    fmt::print("  {:<22} {:7.1f} M/s", contender.name, sample_median(rates[contender.name]) / 1e6);
    for (const std::string& other : contender.against) {
      const Relative relative = relate(rates[contender.name], rates[other]);
      const Interval interval = relative.ci95.value_or(Interval{});
      fmt::print("   / {} {:.2f} [{:.2f}, {:.2f}]", other, relative.ratio, interval[0], interval[1]);
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  Options options{{"accounts", {"6", "1024", "1000000"}},
                  {"threads", {"1", "2", "50"}},
                  {"mutex", {"std", "word", "spin", "ticket"}},
                  {"layout", {"padded", "packed"}},
                  {"rounds", {"7"}},
                  {"ms", {"60"}}};
  for (int i = 1; i < argc; ++i) {
    std::istringstream words(argv[i]);
    std::string name, value;
    std::getline(words, name, '=');
    options.at(name).clear();
    while (std::getline(words, value, ',')) options.at(name).push_back(value);
  }
  for (const std::string& accounts : options.at("accounts"))
    for (const std::string& threads : options.at("threads"))
      run_cell(
          {static_cast<std::uint32_t>(std::stoul(accounts)), static_cast<std::uint32_t>(std::stoul(threads))},
          options);
  return 0;
}
