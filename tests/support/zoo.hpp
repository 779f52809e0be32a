// The zoo: strategies that are broken on purpose, each in one way. Every checker is tested on them, and none
// of them may get past all checkers.
//
// They follow the rules of strategy.hpp (RAII releases, but for those that are about forgetting to), so that
// the one thing that is wrong is the one that is meant.
#pragma once

#include <banksim/strategies/all.hpp>

#include <array>
#include <mutex>
#include <string_view>

namespace banksim::zoo {

// What every broken strategy says of itself, and the validator's lock that is right for account locks.
template <class S>
struct Broken {
  static constexpr std::string_view name = "broken";
  static constexpr std::string_view summary = "broken on purpose";
  static constexpr std::string_view how = "it is broken on purpose.";
  static constexpr std::string_view wins = "never";
  static constexpr std::string_view source = "the zoo";
  static constexpr bool deadlock_free = false;
  static constexpr bool conserves_money = false;

  using Mutex = typename S::Mutex;
  using Guard = std::lock_guard<Mutex>;
  using Lock = std::unique_lock<Mutex>;

  // Unlike a PairGuard, moved and released at will.
  struct TwoLocks {
    Lock first;
    Lock second;
  };

  auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
  auto lock_pair(Bank<S>& bank, const Transfer& t) { return Ordered<S>{}.lock_pair(bank, t); }

 protected:
  // The writes of a transfer from the balances that were seen, with no question asked.
  static TransferOutcome write(Bank<S>& bank, const Transfer& t, Money from, Money to, auto&& hold) {
    bank[t.from].balance.set(from - t.amount);
    hold();
    bank[t.to].balance.set(to + t.amount);
    return TransferOutcome::done;
  }
};

inline AccountId lower(const Transfer& t) { return t.from < t.to ? t.from : t.to; }
inline AccountId upper(const Transfer& t) { return t.from < t.to ? t.to : t.from; }

// --- Races ---

template <class S>
struct LocksOnlySource : Broken<S> {
  static constexpr std::string_view name = "locks-only-source";
  auto lock_pair(Bank<S>& bank, const Transfer& t) { return std::lock_guard(bank[t.from].mutex); }
};

template <class S>
struct ReleasesFirstEarly : Broken<S> {
  static constexpr std::string_view name = "releases-first-early";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::unique_lock first(bank[lower(t)].mutex);
    return std::unique_lock(bank[upper(t)].mutex);
  }
};

template <class S>
struct ChecksFundsBeforeLocking : Broken<S> {
  static constexpr std::string_view name = "checks-funds-before-locking";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    if (bank[t.from].balance.get() < t.amount) return TransferOutcome::declined;
    const auto guard = this->lock_pair(bank, t);
    return this->write(bank, t, bank[t.from].balance.get(), bank[t.to].balance.get(), hold);
  }
};

// Asks again under the locks, so the money is always right. But the first look races.
template <class S>
struct PeeksAtFunds : Broken<S> {
  static constexpr std::string_view name = "peeks-at-funds";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    if (bank[t.from].balance.get() < t.amount) return TransferOutcome::declined;
    const auto guard = this->lock_pair(bank, t);
    return apply(bank, t, hold);
  }
};

template <class S>
struct ReadsBeforeLocking : Broken<S> {
  static constexpr std::string_view name = "reads-before-locking";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const Money from = bank[t.from].balance.get();
    const Money to = bank[t.to].balance.get();
    if (from < t.amount) return TransferOutcome::declined;
    const auto guard = this->lock_pair(bank, t);
    return this->write(bank, t, from, to, hold);
  }
};

template <class S>
struct UnlocksBeforeWriting : Broken<S> {
  static constexpr std::string_view name = "unlocks-before-writing";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    Money from;
    Money to;
    {
      const auto guard = this->lock_pair(bank, t);
      from = bank[t.from].balance.get();
      to = bank[t.to].balance.get();
    }
    if (from < t.amount) return TransferOutcome::declined;
    return this->write(bank, t, from, to, hold);
  }
};

// --- Cycles ---

// 0 before 1, 1 before 2, 2 before 0: right with two accounts.
template <class S>
struct OrderDependsOnPair : Broken<S> {
  static constexpr std::string_view name = "order-depends-on-pair";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool neighbours = index(upper(t)) - index(lower(t)) == 1;
    const AccountId first = neighbours ? lower(t) : upper(t);
    const AccountId second = neighbours ? upper(t) : lower(t);
    return PairGuard<typename S::Mutex>(bank[first].mutex, bank[second].mutex);
  }
};

// The key of accounts 1 and 2 is the same; a tie goes by the order asked for.
template <class S>
struct OrderKeyTies : Broken<S> {
  static constexpr std::string_view name = "order-key-ties";
  static std::uint32_t key(AccountId id) { return (index(id) + 1) / 2; }
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool turned = key(t.to) < key(t.from);
    return PairGuard<typename S::Mutex>(bank[turned ? t.to : t.from].mutex,
                                        bank[turned ? t.from : t.to].mutex);
  }
};

// Accounts 0 and 1 share a stripe.
template <class S>
struct StripedInRequestOrder : Broken<S> {
  static constexpr std::string_view name = "striped-in-request-order";
  static std::size_t stripe(AccountId id) { return index(id) / 2 % 2; }
  using TwoLocks = typename Broken<S>::TwoLocks;
  TwoLocks lock_pair(Bank<S>&, const Transfer& t) {
    TwoLocks locks{std::unique_lock(stripes[stripe(t.from)]), {}};
    if (stripe(t.to) != stripe(t.from)) locks.second = std::unique_lock(stripes[stripe(t.to)]);
    return locks;
  }
  TwoLocks lock_all(Bank<S>&) { return {std::unique_lock(stripes[0]), std::unique_lock(stripes[1])}; }
  std::array<typename S::Mutex, 2> stripes;
};

template <class S>
struct RetriesThenBlocks : Broken<S> {
  static constexpr std::string_view name = "retries-then-blocks";
  using TwoLocks = typename Broken<S>::TwoLocks;
  TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    for (int attempt = 0; attempt <= 3; ++attempt) {
      std::unique_lock first(bank[t.from].mutex);
      std::unique_lock second(bank[t.to].mutex, std::try_to_lock);
      if (second.owns_lock()) return {std::move(first), std::move(second)};
    }
    return {std::unique_lock(bank[t.from].mutex), std::unique_lock(bank[t.to].mutex)};
  }
};

// --- Traps ---

template <class S>
struct HoldsAndSpins : Broken<S> {
  static constexpr std::string_view name = "holds-and-spins";
  using TwoLocks = typename Broken<S>::TwoLocks;
  TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    TwoLocks locks{std::unique_lock(bank[t.from].mutex), std::unique_lock(bank[t.to].mutex, std::defer_lock)};
    while (!locks.second.try_lock()) {
    }
    return locks;
  }
};

// Large transfers queue at a gate until a small one was seen; in a plan of large ones alone, for ever.
template <class S>
struct WaitsForASmallOne : Broken<S> {
  static constexpr std::string_view name = "waits-for-a-small-one";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    if (t.amount > Money{1}) {
      const std::lock_guard queue(gate_);
      while (!seen()) {
      }
    } else {
      const std::lock_guard guard(mutex_);
      small_seen_.set(true);
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }

 private:
  bool seen() {
    const std::lock_guard guard(mutex_);
    return small_seen_.get();
  }
  typename S::Mutex gate_;
  typename S::Mutex mutex_;
  typename S::template Cell<bool> small_seen_{kNoAccount, false};
};

// --- Locks kept ---

template <class S, bool forgets_source>
struct ForgetsUnlock : Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    std::unique_lock first(bank[lower(t)].mutex);
    std::unique_lock second(bank[upper(t)].mutex);
    const TransferOutcome outcome = apply(bank, t, hold);
    if (outcome == TransferOutcome::declined)
      (forgets_source == (lower(t) == t.from) ? first : second).release();
    return outcome;
  }
};

template <class S>
struct ForgetsSourceWhenDeclined : ForgetsUnlock<S, true> {
  static constexpr std::string_view name = "forgets-source-when-declined";
};

template <class S>
struct ForgetsTargetWhenDeclined : ForgetsUnlock<S, false> {
  static constexpr std::string_view name = "forgets-target-when-declined";
};

// --- Money ---

// Two right halves that are no whole: only who looks in between can see it.
template <class S>
struct TwoHalves : Broken<S> {
  static constexpr std::string_view name = "two-halves";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    {
      const std::lock_guard guard(bank[t.from].mutex);
      const Money available = bank[t.from].balance.get();
      if (available < t.amount) return TransferOutcome::declined;
      bank[t.from].balance.set(available - t.amount);
    }
    hold();
    const std::lock_guard guard(bank[t.to].mutex);
    bank[t.to].balance.set(bank[t.to].balance.get() + t.amount);
    return TransferOutcome::done;
  }
};

template <class S>
struct LosesCreditToEmpty : Broken<S> {
  static constexpr std::string_view name = "loses-credit-to-empty";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const auto guard = this->lock_pair(bank, t);
    if (bank[t.to].balance.get() != Money{}) return apply(bank, t, hold);
    const Money available = bank[t.from].balance.get();
    if (available < t.amount) return TransferOutcome::declined;
    bank[t.from].balance.set(available - t.amount);
    return TransferOutcome::done;
  }
};

template <class S>
struct SaysDoneThoughDeclined : Broken<S> {
  static constexpr std::string_view name = "says-done-though-declined";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const auto guard = this->lock_pair(bank, t);
    apply(bank, t, hold);
    return TransferOutcome::done;
  }
};

template <class S>
struct ChecksNoFunds : Broken<S> {
  static constexpr std::string_view name = "checks-no-funds";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const auto guard = this->lock_pair(bank, t);
    return this->write(bank, t, bank[t.from].balance.get(), bank[t.to].balance.get(), hold);
  }
};

// Pays first, asks later. It gives back under the same locks, so that no other thread sees it; but a balance
// was below zero.
template <class S>
struct OverdrawsForAMoment : Broken<S> {
  static constexpr std::string_view name = "overdraws-for-a-moment";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const auto guard = this->lock_pair(bank, t);
    const Money left = bank[t.from].balance.get() - t.amount;
    bank[t.from].balance.set(left);
    hold();
    if (left < Money{}) {
      bank[t.from].balance.set(left + t.amount);
      return TransferOutcome::declined;
    }
    bank[t.to].balance.set(bank[t.to].balance.get() + t.amount);
    return TransferOutcome::done;
  }
};

// Three tries, then declined, whatever is on the account.
template <class S>
struct GivesUp : Broken<S> {
  static constexpr std::string_view name = "gives-up";
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      const std::lock_guard own(bank[t.from].mutex);
      const std::unique_lock other(bank[t.to].mutex, std::try_to_lock);
      if (other.owns_lock()) return apply(bank, t, hold);
    }
    return TransferOutcome::declined;
  }
};

// Free of races, so a race detector is silent.
template <class S>
struct LocksEachAccess : Broken<S> {
  static constexpr std::string_view name = "locks-each-access";
  Money read(Account<S>& account) {
    const std::lock_guard guard(account.mutex);
    return account.balance.get();
  }
  void write(Account<S>& account, Money value) {
    const std::lock_guard guard(account.mutex);
    account.balance.set(value);
  }
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const Money available = read(bank[t.from]);
    if (available < t.amount) return TransferOutcome::declined;
    write(bank[t.from], available - t.amount);
    hold();
    write(bank[t.to], read(bank[t.to]) + t.amount);
    return TransferOutcome::done;
  }
};

// --- The validator's lock ---

template <class S>
struct AuditsInDescendingOrder : Broken<S> {
  static constexpr std::string_view name = "audits-in-descending-order";
  auto lock_all(Bank<S>& bank) {
    std::array<std::unique_lock<typename S::Mutex>, 8> locks;  // banks here are tiny
    for (auto i = static_cast<std::uint32_t>(bank.size()); i-- > 0;)
      locks[i] = std::unique_lock(bank[AccountId{i}].mutex);
    return locks;
  }
};

template <class S>
struct AuditsOneAtATime : Broken<S> {
  static constexpr std::string_view name = "audits-one-at-a-time";
  Money audit(Bank<S>& bank) {
    Money sum;
    for (std::uint32_t i = 0; i < bank.size(); ++i) {
      const std::lock_guard guard(bank[AccountId{i}].mutex);
      sum += bank[AccountId{i}].balance.get();
    }
    return sum;
  }
};

template <class S>
struct AuditsWithoutLocks : Broken<S> {
  static constexpr std::string_view name = "audits-without-locks";
  NoGuard lock_all(Bank<S>&) { return {}; }
};

}  // namespace banksim::zoo
