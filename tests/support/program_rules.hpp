// The rules of the game for programs: who is about to do what, what that does, and what is wrong then.
//
// It shares nothing with the explorer but the names of what can be wrong. A state is a struct with everybody's line
// and registers. A step is one operation on shared state with all that the worker does up to its next one.
//
// Threads: values.
#pragma once

#include "programs.hpp"

#include <banksim/exploration.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace banksim::programs {

inline constexpr std::size_t kMaxAccounts = 3;
inline constexpr std::size_t kMaxWorkers = 4;  // with the auditor
inline constexpr std::int8_t kIdle = -1;
inline constexpr std::int8_t kNone = -1;

// One worker's place. `choice` is its transfer by number, the last one the audit.
struct Worker {
  std::int8_t finished = 0;
  std::int8_t choice = kIdle;
  std::int8_t line = 0;
  std::int8_t could_not_pay = 0;  // at some moment of this transfer, its source
  std::array<std::int8_t, kRegisters> registers{};
  auto operator<=>(const Worker&) const = default;
};

struct State {
  std::array<std::int8_t, kMaxAccounts + kOwn> owners;  // the accounts' mutexes, then the strategy's own
  std::array<std::int8_t, kMaxAccounts + kOwn> values{};
  std::array<std::int8_t, kMaxAccounts> ledger{};
  std::array<Worker, kMaxWorkers> workers{};
  auto operator<=>(const State&) const = default;
};
static_assert(std::has_unique_object_representations_v<State>);

struct HashOfState {
  std::size_t operator()(const State& state) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&state), sizeof state});
  }
};

// What is wrong, and with how many steps more than were made it is shown.
struct Wrong {
  FindingKind kind;
  std::size_t more_steps = 0;
};

// The rules: who is about to do what, and what it does.
class Rules {
 public:
  // Where something is wrong with a step, it may still go on, as far as a run can.
  Rules(const Program& program, const ExploreSize& size, bool goes_on = false)
      : size_(size),
        workers_(size.workers + (size.auditor ? 1 : 0)),
        transfer_(whole_transfer(program)),
        audit_(program.audit),
        judges_declines_(program.has_own_transfer),
        goes_on_(goes_on) {
    for (std::uint32_t from = 0; from < size.accounts; ++from)
      for (std::uint32_t to = 0; to < size.accounts; ++to)
        for (const Money amount : size.amounts)
          if (from != to || size.self_transfers) choices_.push_back({AccountId{from}, AccountId{to}, amount});
  }

  std::size_t workers() const { return workers_; }
  const std::vector<Transfer>& choices() const { return choices_; }
  const ExploreSize& size() const { return size_; }
  std::int8_t audit() const { return static_cast<std::int8_t>(choices_.size()); }
  bool is_auditor(std::size_t w) const { return w == size_.workers; }

  State initial() const {
    State state{};
    state.owners.fill(kNone);
    for (std::size_t i = 0; i < size_.accounts; ++i)
      state.values[i] = state.ledger[i] = static_cast<std::int8_t>(size_.balance.minor_units());
    return state;
  }
  bool has_more(const State& state, std::size_t w) const {
    return state.workers[w].finished < static_cast<int>(size_.transfers);
  }
  bool all_finished(const State& state) const {
    for (std::size_t w = 0; w < workers_; ++w)
      if (has_more(state, w)) return false;
    return true;
  }
  bool all_idle(const State& state) const {
    return std::ranges::all_of(state.workers, [](const Worker& worker) { return worker.choice == kIdle; });
  }

  // The line that the worker is at, with what it knows there; `choice` if it is idle and begins that one.
  Worker at_work(const State& state, std::size_t w, std::int8_t choice) const {
    Worker worker = state.workers[w];
    if (worker.choice != kIdle) return worker;
    worker.choice = choice;
    note_funds(state, worker);
    settle(worker);
    return worker;
  }
  const Instruction& line_of(const Worker& worker) const {
    return lines_of(worker)[static_cast<std::size_t>(worker.line)];
  }
  // Of the mutex or the value that it is about to use.
  std::size_t object_of(const Worker& worker) const { return object(line_of(worker).place, worker.choice); }

  struct Result {
    std::optional<State> state;  // nothing: it has to wait, or something is wrong
    std::vector<Wrong> wrong;
    std::optional<std::int64_t> outcome;  // if it ended: 0 done, 1 declined; of an audit 2
  };
  Result step(State state, std::size_t w, Worker me, bool refused) const {
    Result result;
    const Instruction& line = line_of(me);
    if (is_operation(line.code)) {
      const std::size_t at = object_of(me);
      bool jumps = false;
      if (!operate(state, static_cast<std::int8_t>(w), me, line, at, refused, jumps, result)) return result;
      me.line = static_cast<std::int8_t>(jumps ? line.to : me.line + 1);
      settle(me);
    }
    state.workers[w] = me;
    for (std::size_t other = 0; other < workers_; ++other) note_funds(state, state.workers[other]);
    if (ends(line_of(me).code) && !commit(state, w, result)) return result;
    result.state = state;
    return result;
  }

  // The owner of the mutex that `w` waits for.
  std::optional<std::size_t> waits_for(const State& state, std::size_t w) const {
    const Worker& worker = state.workers[w];
    if (worker.choice == kIdle || line_of(worker).code != Code::lock) return std::nullopt;
    const std::int8_t owner = state.owners[object_of(worker)];
    return owner == kNone ? std::nullopt : std::optional(static_cast<std::size_t>(owner));
  }
  // The workers of the cycle of waits that w is in.
  std::size_t cycle_through(const State& state, std::size_t w) const {
    std::optional<std::size_t> at = w;
    for (std::size_t length = 1; length <= workers_; ++length) {
      at = waits_for(state, *at);
      if (!at) return 0;
      if (*at == w) return length;
    }
    return 0;
  }

  // What is wrong in a state; `choices` are those that idle workers would begin.
  std::vector<Wrong> wrong_in(const State& state, const std::vector<std::int8_t>& choices) const {
    std::vector<Wrong> wrong;
    if (all_idle(state)) {
      const auto first = state.values.begin();
      const auto total = std::accumulate(first, first + size_.accounts, 0);
      if (total != size_.balance.minor_units() * static_cast<std::int64_t>(size_.accounts))
        wrong.push_back({FindingKind::wrong_total});
      else if (!std::equal(state.ledger.begin(), state.ledger.begin() + size_.accounts, first))
        wrong.push_back({FindingKind::wrong_ledger});
    }
    for (std::size_t a = 0; a < workers_; ++a) {
      if (const std::size_t members = cycle_through(state, a); members > 0)
        wrong.push_back({FindingKind::deadlock, members});
      for (std::size_t b = 0; b < a; ++b)
        if (collide(state, a, choices[a], b, choices[b])) wrong.push_back({FindingKind::race, 2});
    }
    return wrong;
  }
  bool collide(const State& state, std::size_t a, std::int8_t begins_a, std::size_t b,
               std::int8_t begins_b) const {
    const Access one = access(state, a, begins_a);
    const Access two = access(state, b, begins_b);
    return one.touches && two.touches && one.value == two.value && (one.writes || two.writes);
  }

 private:
  struct Access {
    bool touches = false;
    bool writes = false;
    std::size_t value = 0;
  };
  Access access(const State& state, std::size_t w, std::int8_t begins) const {
    if (state.workers[w].choice == kIdle && (begins == kNone || !has_more(state, w))) return {};
    const Worker worker = at_work(state, w, begins);
    const Code code = line_of(worker).code;
    const bool writes = code == Code::write || code == Code::store;
    if (!writes && code != Code::read && code != Code::gather) return {};
    return {true, writes, object_of(worker)};
  }

  const Lines& lines_of(const Worker& worker) const { return worker.choice == audit() ? audit_ : transfer_; }
  Transfer transfer_of(std::int8_t choice) const {
    return choice == audit() ? Transfer{} : choices_[static_cast<std::size_t>(choice)];
  }
  std::size_t object(Place place, std::int8_t choice) const {
    const Transfer t = transfer_of(choice);
    const std::size_t from = index(t.from);
    const std::size_t to = index(t.to);
    switch (place) {
      case Place::source:
        return from;
      case Place::target:
        return to;
      case Place::lower:
        return std::min(from, to);
      case Place::higher:
        return std::max(from, to);
      case Place::own_0:
        return size_.accounts;
      case Place::own_1:
        return size_.accounts + 1;
      default:
        return static_cast<std::size_t>(place) - static_cast<std::size_t>(Place::account_0);
    }
  }
  static std::int8_t capped(std::int64_t value) {
    return static_cast<std::int8_t>(std::clamp(value, -kMost, kMost));
  }

  // On to the next operation, or to the end.
  void settle(Worker& me) const {
    const Transfer t = transfer_of(me.choice);
    const std::int64_t amount = t.amount.minor_units();
    while (true) {
      const Instruction& line = line_of(me);
      if (is_operation(line.code) || ends(line.code)) return;
      std::int8_t& reg = me.registers[line.reg];
      bool jumps = false;
      switch (line.code) {
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
          jumps = reg < amount;
          break;
        case Code::if_upward:
          jumps = t.from < t.to;
          break;
        default:
          jumps = amount > 1;
          break;
      }
      me.line = static_cast<std::int8_t>(jumps ? line.to : me.line + 1);
    }
  }

  // False if it cannot happen.
  bool operate(State& state, std::int8_t w, Worker& me, const Instruction& line, std::size_t at, bool refused,
               bool& jumps, Result& result) const {
    std::int8_t& owner = state.owners[at];
    std::int8_t& value = state.values[at];
    std::int8_t& reg = me.registers[line.reg];
    switch (line.code) {
      case Code::lock:
        if (owner != kNone) return false;
        owner = w;
        return true;
      case Code::try_lock:
        if (owner == w) result.wrong.push_back({FindingKind::own_try_lock});
        if (owner == w) return false;
        jumps = refused || owner != kNone;
        if (!jumps) owner = w;
        return true;
      case Code::unlock:
        if (owner != w) result.wrong.push_back({FindingKind::foreign_unlock});
        if (owner != w) return false;
        owner = kNone;
        return true;
      case Code::read:
        reg = value;
        return true;
      case Code::gather:
        reg = capped(reg + value);
        return true;
      case Code::store:
        value = line.number;
        break;
      default:
        value = capped(reg + line.times * transfer_of(me.choice).amount.minor_units());
        break;
    }
    if (at < size_.accounts && value < 0) result.wrong.push_back({FindingKind::negative_balance});
    return result.wrong.empty() || goes_on_;
  }

  bool commit(State& state, std::size_t w, Result& result) const {
    const Worker me = state.workers[w];
    const Instruction& end = line_of(me);
    const Transfer t = transfer_of(me.choice);
    if (std::ranges::count(state.owners, static_cast<std::int8_t>(w)) > 0) {
      result.wrong.push_back({FindingKind::lock_kept});
      return false;
    }
    if (me.choice == audit()) {
      result.outcome = 2;
      const std::int64_t sum = me.registers[end.reg];
      if (sum != size_.balance.minor_units() * static_cast<std::int64_t>(size_.accounts))
        result.wrong.push_back({FindingKind::wrong_audit});
    } else if (end.code == Code::done) {
      result.outcome = 0;
      state.ledger[index(t.from)] =
          static_cast<std::int8_t>(state.ledger[index(t.from)] - t.amount.minor_units());
      state.ledger[index(t.to)] =
          static_cast<std::int8_t>(state.ledger[index(t.to)] + t.amount.minor_units());
    } else {
      result.outcome = 1;
      if (judges_declines_ && me.could_not_pay == 0) result.wrong.push_back({FindingKind::unjust_decline});
    }
    state.workers[w] = Worker{.finished = static_cast<std::int8_t>(me.finished + 1)};
    return result.wrong.empty() || goes_on_;
  }

  void note_funds(const State& state, Worker& worker) const {
    if (!judges_declines_ || worker.choice == kIdle || worker.choice == audit()) return;
    const Transfer t = transfer_of(worker.choice);
    if (state.values[index(t.from)] < t.amount.minor_units()) worker.could_not_pay = 1;
  }

  ExploreSize size_;
  std::size_t workers_;
  Lines transfer_;
  Lines audit_;
  bool judges_declines_;
  bool goes_on_;
  std::vector<Transfer> choices_;
};

}  // namespace banksim::programs
