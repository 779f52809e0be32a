// The bank: accounts in one array, and the one function that moves money.
//
// Each account has a cache line, 64 bytes, of its own, so that only locks can make workers wait.
//
// Threads: nothing here locks. Who calls apply() or total() must hold the locks that make it safe; which
// these are the strategy says.
#pragma once

#include <banksim/ids.hpp>
#include <banksim/money.hpp>
#include <banksim/sync.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace banksim {

// std::hardware_destructive_interference_size warns on GCC and is missing from clang 14.
inline constexpr std::size_t kCacheLineBytes = 64;

struct Transfer {
  AccountId from;
  AccountId to;  // never the same as from, unless self-transfers are asked for
  Money amount;
  friend bool operator==(const Transfer&, const Transfer&) = default;
};

enum class TransferOutcome : std::uint8_t { done, declined };

template <Sync S>
struct alignas(kCacheLineBytes) Account {
  Account(AccountId id, Money opening) : mutex(id), balance(id, opening) {}
  Account(const Account&) : balance(kNoAccount, {}) {
    static_assert(sizeof(S) == 0,
                  "an account is not copied: take a reference, auto& from = bank[transfer.from]");
  }
  [[no_unique_address]] typename S::Mutex mutex;
  typename S::template Cell<Money> balance;
};
static_assert(sizeof(Account<ThreadSync>) == kCacheLineBytes);
static_assert(sizeof(Account<RacySync>) == kCacheLineBytes);

template <Sync S>
class Bank {
 public:
  using sync_type = S;

  // One account for each opening balance.
  explicit Bank(std::span<const Money> opening)
      : size_(opening.size()), accounts_(std::allocator<Account<S>>{}.allocate(size_)) {
    for (std::size_t i = 0; i < size_; ++i)
      std::construct_at(accounts_ + i, AccountId{static_cast<std::uint32_t>(i)}, opening[i]);
  }
  ~Bank() {
    std::destroy_n(accounts_, size_);
    std::allocator<Account<S>>{}.deallocate(accounts_, size_);
  }
  Bank(const Bank&) = delete;
  Bank& operator=(const Bank&) = delete;

  std::size_t size() const { return size_; }
  Account<S>& operator[](AccountId id) { return accounts_[index(id)]; }
  Account<S>& operator[](PlainNumber auto i) {
    static_assert(sizeof(i) == 0, "accounts have an AccountId: bank[transfer.from], bank[AccountId{0}]");
    return *accounts_;
  }
  std::span<Account<S>> accounts() { return {accounts_, size_}; }

  // Sum of all balances, and a look whether one is below zero. Needs the strategy's lock_all, or no worker running.
  Money total() {
    Money sum;
    for (std::uint32_t i = 0; i < size_; ++i) {
      const Money balance = accounts_[i].balance.get();
      if (balance < Money{}) [[unlikely]]
        note_overdraft(AccountId{i}, balance);
      sum += balance;
    }
    return sum;
  }

 private:
  std::size_t size_;
  Account<S>* accounts_;
};

// Moves the money if the source can pay. The funds check and both writes belong together, so both accounts
// must be locked. `hold` is called between debit and credit, while the amount is on neither account.
template <Sync S, class Hold>
TransferOutcome apply(Bank<S>& bank, const Transfer& transfer, Hold&& hold) {
  auto& from = bank[transfer.from].balance;
  auto& to = bank[transfer.to].balance;
  const Money available = from.get();
  if (available < transfer.amount) {
    if (available < Money{}) [[unlikely]]
      note_overdraft(transfer.from, available);
    return TransferOutcome::declined;
  }
  from.set(available - transfer.amount);
  hold();
  to.set(to.get() + transfer.amount);
  return TransferOutcome::done;
}

template <Sync S>
TransferOutcome apply(Bank<S>& bank, const Transfer& transfer) {
  return apply(bank, transfer, [] {});
}

}  // namespace banksim
