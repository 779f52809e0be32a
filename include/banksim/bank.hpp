// The bank: accounts in one array, and the one function that moves money.
//
// Padded, each account has a cache line, 64 bytes, of its own, so that only locks can make workers wait. Packed, they
// lie side by side, as tight as the mutex allows: more of them fit into a cache, and neighbours disturb each other.
//
// Threads: nothing here locks. Who calls apply() or total() must hold the locks that make it safe; which
// these are the strategy says.
#pragma once

#include <banksim/ids.hpp>
#include <banksim/money.hpp>
#include <banksim/names.hpp>
#include <banksim/sync.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
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

enum class Layout : std::uint8_t { padded, packed };
constexpr auto enum_names(Layout) { return std::to_array({"padded", "packed"}); }

template <Sync S>
struct Account {
  Account(AccountId id, Money opening) : mutex(id), balance(id, opening) {}
  Account(const Account&) : balance(kNoAccount, {}) {
    static_assert(sizeof(S) == 0,
                  "an account is not copied: take a reference, auto& from = bank[transfer.from]");
  }
  [[no_unique_address]] typename S::Mutex mutex;
  typename S::template Cell<Money> balance;
};
static_assert(sizeof(Account<ThreadSync<>>) <= kCacheLineBytes);

// From one account to the next.
template <Sync S>
constexpr std::size_t account_bytes(Layout layout) {
  return layout == Layout::packed ? sizeof(Account<S>) : std::max(kCacheLineBytes, sizeof(Account<S>));
}

template <Sync S>
class Bank {
 public:
  using sync_type = S;

  // One account for each opening balance. `look` is called now and then; what it throws ends the making.
  explicit Bank(std::span<const Money> opening, Layout layout = Layout::padded,
                const std::function<void()>& look = {})
      : Bank(opening.size(), account_bytes<S>(layout)) {
    constexpr std::uint32_t kBetweenLooks = 65'536;
    for (; size_ < opening.size(); ++size_) {
      if (size_ % kBetweenLooks == kBetweenLooks - 1 && look) look();
      const AccountId id{static_cast<std::uint32_t>(size_)};
      std::construct_at(&(*this)[id], id, opening[size_]);
    }
  }
  ~Bank() {
    for (std::uint32_t i = 0; i < size_; ++i) std::destroy_at(&(*this)[AccountId{i}]);
    ::operator delete(first_, kLine);
  }
  Bank(const Bank&) = delete;
  Bank& operator=(const Bank&) = delete;

  std::size_t size() const { return size_; }
  Account<S>& operator[](AccountId id) {
    return *reinterpret_cast<Account<S>*>(first_ + std::size_t{index(id)} * stride_);
  }
  Account<S>& operator[](PlainNumber auto i) {
    static_assert(sizeof(i) == 0, "accounts have an AccountId: bank[transfer.from], bank[AccountId{0}]");
    return *first_;
  }

  // All of them in the order of their numbers: for (auto& account : bank.accounts()), bank.accounts()[0].
  class Accounts {
   public:
    struct Iterator {
      Account<S>& operator*() const { return *reinterpret_cast<Account<S>*>(at); }
      Iterator& operator++() { return at += stride, *this; }
      bool operator==(const Iterator&) const = default;
      std::byte* at;
      std::size_t stride;
    };
    explicit Accounts(Bank& bank) : first_(bank.first_), stride_(bank.stride_), size_(bank.size_) {}
    Account<S>& operator[](std::size_t i) const { return *Iterator{first_ + i * stride_, stride_}; }
    std::size_t size() const { return size_; }
    Iterator begin() const { return {first_, stride_}; }
    Iterator end() const { return {first_ + size_ * stride_, stride_}; }

   private:
    std::byte* first_;
    std::size_t stride_;
    std::size_t size_;
  };
  Accounts accounts() { return Accounts(*this); }

  // Sum of all balances, and a look whether one is below zero. Needs the strategy's lock_all, or no worker running.
  Money total() {
    Money sum;
    for (std::uint32_t i = 0; i < size_; ++i) {
      const Money balance = (*this)[AccountId{i}].balance.get();
      if (balance < Money{}) [[unlikely]]
        note_overdraft(AccountId{i}, balance);
      sum += balance;
    }
    return sum;
  }

 private:
  static constexpr std::align_val_t kLine{kCacheLineBytes};

  Bank(std::size_t accounts, std::size_t stride)
      : stride_(static_cast<std::uint16_t>(stride)),
        first_(static_cast<std::byte*>(::operator new(accounts* stride, kLine))) {}

  std::size_t size_ = 0;
  std::uint16_t stride_;  // no balance can alias it, so that loops keep it in a register
  std::byte* first_;
};

// Moves the money if the source can pay. The funds check and both writes belong together, so both accounts
// must be locked. `hold` is called between debit and credit, while the amount is on neither account.
template <Sync S, class Hold>
TransferOutcome apply(Bank<S>& bank, const Transfer& transfer, Hold&& hold) {
  auto& from = bank[transfer.from].balance;
  auto& to = bank[transfer.to].balance;
  const Money available = from.get();
  if (available < transfer.amount) [[unlikely]] {
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
