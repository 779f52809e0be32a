// A program as a strategy: the explorer and real threads run it through an interpreter that has nothing but its
// stack. Which program that is stands in `current` while an exploration or a run goes on, and does not change.
//
// Threads: of one program at a time.
#pragma once

#include "programs.hpp"
#include "zoo.hpp"

#include <algorithm>
#include <array>

namespace banksim::programs {

inline const Program* current = nullptr;

template <class S>
class Interpreter : public zoo::Broken<S> {
 public:
  static constexpr std::string_view name = "program";

  Money audit(Bank<S>& bank) {
    Progress progress;
    run(bank, current->audit, {}, progress);
    return Money{progress.registers[current->audit[progress.line].reg]};
  }

 protected:
  // All that a worker knows.
  struct Progress {
    std::array<std::int64_t, kRegisters> registers{};
    std::uint32_t line = 0;
    std::uint32_t held = 0;  // bit set of mutexes: they are released if a run is called off
  };

  // Returns how it ended.
  Code run(Bank<S>& bank, const Lines& lines, const Transfer& t, Progress& progress) {
    try {
      while (!ends(lines[progress.line].code)) execute(bank, lines[progress.line], t, progress);
    } catch (...) {
      for (std::uint32_t at = 0; at < bank.size() + kOwn; ++at)
        if ((progress.held >> at & 1U) != 0) mutex(bank, at).unlock();
      throw;
    }
    return lines[progress.line].code;
  }

  static std::uint32_t object(const Bank<S>& bank, Place place, const Transfer& t) {
    const auto own = static_cast<std::uint32_t>(bank.size());
    switch (place) {
      case Place::source:
        return static_cast<std::uint32_t>(index(t.from));
      case Place::target:
        return static_cast<std::uint32_t>(index(t.to));
      case Place::lower:
        return static_cast<std::uint32_t>(index(zoo::lower(t)));
      case Place::higher:
        return static_cast<std::uint32_t>(index(zoo::upper(t)));
      case Place::own_0:
        return own;
      case Place::own_1:
        return own + 1;
      default:
        return static_cast<std::uint32_t>(place) - static_cast<std::uint32_t>(Place::account_0);
    }
  }
  typename S::Mutex& mutex(Bank<S>& bank, std::uint32_t at) {
    return at < bank.size() ? bank[AccountId{at}].mutex : mutexes_[at - bank.size()];
  }

 private:
  std::int64_t get(Bank<S>& bank, std::uint32_t at) {
    if (at < bank.size()) return bank[AccountId{at}].balance.get().minor_units();
    return at == bank.size() ? value_0_.get() : value_1_.get();
  }
  void set(Bank<S>& bank, std::uint32_t at, std::int64_t value) {
    if (at < bank.size()) return bank[AccountId{at}].balance.set(Money{value});
    at == bank.size() ? value_0_.set(value) : value_1_.set(value);
  }
  static std::int64_t capped(std::int64_t value) { return std::clamp(value, -kMost, kMost); }

  void execute(Bank<S>& bank, const Instruction& line, const Transfer& t, Progress& progress) {
    const std::uint32_t at = object(bank, line.place, t);
    std::int64_t& reg = progress.registers[line.reg];
    bool jumps = false;
    switch (line.code) {
      case Code::lock:
        mutex(bank, at).lock();
        progress.held |= 1U << at;
        break;
      case Code::try_lock:
        jumps = !mutex(bank, at).try_lock();
        if (!jumps) progress.held |= 1U << at;
        break;
      case Code::unlock:
        progress.held &= ~(1U << at);
        mutex(bank, at).unlock();
        break;
      case Code::read:
        reg = get(bank, at);
        break;
      case Code::gather:
        reg = capped(reg + get(bank, at));
        break;
      case Code::write:
        set(bank, at, capped(reg + line.times * t.amount.minor_units()));
        break;
      case Code::store:
        set(bank, at, line.number);
        break;
      case Code::set:
        reg = line.number;
        break;
      case Code::add:
        reg = capped(reg + line.number);
        break;
      case Code::jump:
        jumps = true;
        break;
      case Code::if_equal:
        jumps = reg == line.number;
        break;
      case Code::if_poor:
        jumps = reg < t.amount.minor_units();
        break;
      case Code::if_upward:
        jumps = t.from < t.to;
        break;
      default:
        jumps = t.amount > Money{1};
        break;
    }
    progress.line = jumps ? line.to : progress.line + 1;
  }

  typename S::Mutex mutexes_[kOwn];
  typename S::template Cell<std::int64_t> value_0_{kNoAccount, 0};
  typename S::template Cell<std::int64_t> value_1_{kNoAccount, 0};
};

template <class S>
class MovesByProgram : public Interpreter<S> {
 public:
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    typename Interpreter<S>::Progress progress;
    const Code end = this->run(bank, current->transfer, t, progress);
    hold();
    return end == Code::done ? TransferOutcome::done : TransferOutcome::declined;
  }
};

template <class S>
class LocksByProgram : public Interpreter<S> {
 public:
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    typename Interpreter<S>::Progress progress;
    this->run(bank, current->transfer, t, progress);
    return Guard{*this, bank, t};
  }

 private:
  struct Guard {
    Guard(LocksByProgram& strategy, Bank<S>& bank, const Transfer& transfer)
        : strategy_(strategy), bank_(bank), transfer_(transfer) {}
    ~Guard() {
      for (const Instruction& line : current->release)
        strategy_.mutex(bank_, Interpreter<S>::object(bank_, line.place, transfer_)).unlock();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    LocksByProgram& strategy_;
    Bank<S>& bank_;
    Transfer transfer_;
  };
};

}  // namespace banksim::programs
