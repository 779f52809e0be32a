// Who the calling thread is, what it counted of its own locking, and how far what it is about is called off.
//
// Threads: each has its own context, and nobody else reads it; call_off points to what all share.
#pragma once

#include <banksim/deadlock.hpp>
#include <banksim/ids.hpp>
#include <banksim/money.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace banksim {

// Thrown out of a wait when the run is called off: a deadlock was proved, a limit passed, a signal came.
// Deliberately no std::exception: nothing but the worker's loop may catch it.
struct Cancelled {};

// What a thread counted about its own locking. Plain numbers: nobody else reads them before the join.
struct LockStats {
  std::uint64_t acquired = 0;    // successful lock() and try_lock()
  std::uint64_t contended = 0;   // lock() calls that had to wait, and got it
  std::uint64_t try_failed = 0;  // try_lock() calls that failed: the retries of schemes that abort
  std::uint64_t wait_ns = 0;     // time that they waited; of waits of some 2 us an estimate, from one in 16

  LockStats& operator+=(const LockStats& other) {
    acquired += other.acquired;
    contended += other.contended;
    try_failed += other.try_failed;
    wait_ns += other.wait_ns;
    return *this;
  }
  bool operator==(const LockStats&) const = default;
};

// Balances below zero that a thread saw while the run went on, under their locks. All but the number is of the
// first one.
struct Overdrafts {
  std::uint64_t seen = 0;
  AccountId account = kNoAccount;
  Money balance;
  std::chrono::steady_clock::time_point at;
  std::optional<std::uint64_t> transfer;  // its place in the worker's share, from 0; nothing: an audit saw it
};

struct WorkerRecord;

struct TimeSpan {
  std::chrono::steady_clock::time_point begin, end;
};

// Told when a cycle was found, by the thread that found it. Must not block for long.
class CycleListener {
 public:
  virtual void on_cycle() noexcept = 0;

 protected:
  ~CycleListener() = default;
};

// How far a run is called off. Pauses: only the waits on purpose (--hold, --think) are cut short. Unwritten:
// whoever has not written to an account gives up its waits. Everybody: in a deadlock.
enum class CallOff : std::uint8_t { nobody, pauses, unwritten, everybody };

// Who the calling thread is, for the mutexes that it locks, and how far its transfer or audit is.
// Constant-initialised and trivially destructible, so that access is one segment-relative load.
//
// A thread without a room is an outsider and just waits: should it wait for itself, nobody finds out.
struct ThreadContext {
  WorkerId self = kOutsider;
  LockStats locks;
  WaitingRoom* room = nullptr;
  CycleListener* listener = nullptr;
  const std::atomic<CallOff>* call_off = nullptr;
  std::chrono::nanoseconds slice{0};
  bool wrote = false;            // to an account
  bool has_all = false;          // the locks of what it is about: it only has to finish
  bool gave_up = false;          // Cancelled was thrown, whether or not the strategy let it pass
  std::uint64_t late_wakes = 0;  // waits that nobody woke and that saw by themselves that the lock was free
  const WorkerRecord* record = nullptr;  // a worker's; how far it is
  Overdrafts overdrafts;
  std::vector<TimeSpan>* long_waits = nullptr;  // that may hold a pause: the first ones, up to its capacity

  CallOff who_is_called_off() const {
    return call_off == nullptr ? CallOff::nobody : call_off->load(std::memory_order_relaxed);
  }
  bool is_called_off() const {
    const CallOff who = who_is_called_off();
    return who == CallOff::everybody || (who == CallOff::unwritten && !wrote && !has_all);
  }
};
// A shared object finds the program's own as fast as the program does.
#if defined(__PIC__) && !defined(__PIE__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local ThreadContext this_worker{};

// A balance below zero was seen by the calling thread, which holds the lock for it.
[[gnu::cold]] void note_overdraft(AccountId account, Money balance);

}  // namespace banksim
