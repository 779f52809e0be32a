// Makes random programs. Most are wrong in one way or another, many are right, and what they are is known to
// nobody who makes them: a way to come by the locks, a transfer and an audit, put together of what people write,
// and then changed in a line or two.
//
// Promises: the same seed gives the same program everywhere. Each has finitely many states, and no loop without
// an operation on shared state.
// Threads: one at a time.
#pragma once

#include "programs.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace banksim::programs {

class Generator {
 public:
  Generator(std::uint64_t seed, std::uint32_t accounts) : random_(seed), accounts_(accounts), seed_(seed) {}

  Program next() {
    Program program;
    program.seed = seed_;
    program.has_own_transfer = !chance(25);
    do {
      program.transfer = program.has_own_transfer ? transfer() : locks();
      if (!program.has_own_transfer) program.release = unlocks();
      const std::uint32_t changes = chance(40) ? 0 : below(3);
      for (std::uint32_t i = 0; i < changes; ++i)
        change(program.transfer, !program.has_own_transfer, kOfTransfer);
    } while (!is_sound(program.transfer));
    do {
      program.audit = audit();
      if (chance(20)) change(program.audit, true, accounts_ + kOwn);
    } while (!is_sound(program.audit));
    return program;
  }

 private:
  static constexpr std::uint32_t kOfTransfer = 0;
  static constexpr std::size_t kLongest = 60;

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random_() % end); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  template <class T, std::size_t N>
  T one_of(const T (&values)[N]) {
    return values[below(N)];
  }

  // --- Writing lines ---

  using Label = std::size_t;
  Label here() const { return lines_.size(); }
  void say(Code code, Place place = Place::source, std::uint8_t reg = 0) {
    lines_.push_back({.code = code, .place = place, .reg = reg});
  }
  void say(Instruction line) { lines_.push_back(line); }
  // A jump to a line that is not written yet, or to a label.
  std::size_t jump(Instruction line, Label to = 0) {
    line.to = static_cast<std::uint8_t>(to);
    lines_.push_back(line);
    return lines_.size() - 1;
  }
  void lands(std::size_t jump) { lines_[jump].to = static_cast<std::uint8_t>(here()); }

  void release(std::size_t but_last = 0) {
    for (std::size_t i = held_.size() - but_last; i-- > 0;) say(Code::unlock, held_[i]);
  }

  // --- How it comes by its locks ---

  std::vector<Place> wanted() {
    using enum Place;
    std::vector<Place> places;
    if (chance(25)) places.push_back(own_0);
    const std::uint32_t kind = below(20);
    if (kind < 9)
      places.insert(places.end(), {lower, higher});
    else if (kind < 14)
      places.insert(places.end(), {source, target});
    else if (kind < 15)
      places.insert(places.end(), {target, source});
    else if (kind < 16)
      places.insert(places.end(), {higher, lower});
    else if (kind < 17)
      places.push_back(one_of({source, target, lower}));
    else if (kind < 19)
      places.push_back(own_1);
    if (chance(10)) places.push_back(own_1);
    if (chance(6) && !places.empty()) std::swap(places.front(), places.back());
    std::vector<Place> once;
    for (const Place place : places)
      if (std::ranges::find(once, place) == once.end()) once.push_back(place);
    return once;
  }

  void come_by(Place place, Label begin) {
    const std::uint32_t way = held_.empty() ? below(14) : below(20);
    if (way < 8) {
      say(Code::lock, place);
    } else if (way < 9) {  // spins
      jump({.code = Code::try_lock, .place = place}, here());
    } else if (way < 10) {  // twice, then waits
      const auto first = jump({.code = Code::try_lock, .place = place});
      const auto got = jump({.code = Code::jump});
      lands(first);
      const auto second = jump({.code = Code::try_lock, .place = place});
      const auto got_too = jump({.code = Code::jump});
      lands(second);
      say(Code::lock, place);
      lands(got);
      lands(got_too);
    } else if (way < 11) {  // counts its tries
      say({.code = Code::set, .reg = 2, .number = static_cast<std::int8_t>(below(3))});
      const Label again = here();
      const auto failed = jump({.code = Code::try_lock, .place = place});
      const auto got = jump({.code = Code::jump});
      lands(failed);
      const auto enough = jump({.code = Code::if_equal, .reg = 2, .number = 0});
      say({.code = Code::add, .reg = 2, .number = -1});
      jump({.code = Code::jump}, again);
      lands(enough);
      say(Code::lock, place);
      lands(got);
    } else {  // tries, and lets go of what it has: then begins again, gives up, or waits for what it did not get
      const auto failed = jump({.code = Code::try_lock, .place = place});
      const auto got = jump({.code = Code::jump});
      lands(failed);
      release();
      if (way < 17 || !may_decline_) {
        jump({.code = Code::jump}, begin);
      } else if (way < 18) {
        say(Code::decline);
      } else {
        say(Code::lock, place);
        if (chance(30)) say(Code::unlock, place);
        jump({.code = Code::jump}, begin);
      }
      lands(got);
    }
    held_.push_back(place);
  }

  // What it does before, as it pleases: passes a gate, raises a flag, waits for one.
  void prelude() {
    const std::uint32_t way = below(30);
    const bool some_only = chance(50);
    std::size_t skips = 0;
    if (some_only) skips = jump({.code = chance(50) ? Code::if_large : Code::if_upward});
    if (way < 2) {  // while (gate.try_lock()) gate.unlock();
      const Label again = here();
      const auto out = jump({.code = Code::try_lock, .place = Place::own_0});
      say(Code::unlock, Place::own_0);
      jump({.code = Code::jump}, again);
      lands(out);
    } else if (way < 4) {
      say(Code::lock, Place::own_0);
      say(Code::unlock, Place::own_0);
    } else if (way < 7) {  // raises a flag, or lowers it
      say(Code::lock, Place::own_1);
      say({.code = Code::store, .place = Place::own_0, .number = static_cast<std::int8_t>(below(2))});
      say(Code::unlock, Place::own_1);
    } else if (way < 9) {  // waits for a flag
      const Label again = here();
      say(Code::lock, Place::own_1);
      say(Code::read, Place::own_0, 2);
      say(Code::unlock, Place::own_1);
      jump({.code = Code::if_equal, .reg = 2, .number = static_cast<std::int8_t>(below(2))}, again);
    }
    if (some_only) lands(skips);
  }

  Lines locks() {
    lines_.clear();
    held_.clear();
    may_decline_ = false;
    prelude();
    take_all();
    say(Code::done);
    return lines_;
  }
  void take_all() {
    const Label begin = here();
    if (chance(10)) {  // large ones in another order
      const auto large = jump({.code = Code::if_large});
      take(begin);
      const auto over = jump({.code = Code::jump});
      const auto held = held_;
      lands(large);
      held_.clear();
      std::vector<Place> turned(held.rbegin(), held.rend());
      for (const Place place : turned) come_by(place, begin);
      lands(over);
      held_ = held;
      return;
    }
    take(begin);
  }
  void take(Label begin) {
    for (const Place place : wanted()) come_by(place, begin);
  }
  Lines unlocks() {
    lines_.clear();
    release();
    if (!lines_.empty() && chance(5)) lines_.pop_back();
    return lines_;
  }

  // --- A transfer of its own ---

  Lines transfer() {
    lines_.clear();
    held_.clear();
    may_decline_ = true;
    prelude();
    if (chance(8)) return halves();
    const bool early = chance(5);
    if (early) say(Code::read, Place::source, 0);
    take_all();
    if (!early) say(Code::read, Place::source, 0);
    const auto poor = jump({.code = Code::if_poor, .reg = 0});
    if (chance(60)) {
      say({.code = Code::write, .place = Place::source, .reg = 0, .times = -1});
      say(Code::read, Place::target, 1);
    } else {
      say(Code::read, Place::target, 1);
      say({.code = Code::write, .place = Place::source, .reg = 0, .times = -1});
    }
    say({.code = Code::write, .place = Place::target, .reg = 1, .times = 1});
    if (chance(20)) std::ranges::reverse(held_);
    release();
    say(Code::done);
    lands(poor);
    release();
    say(Code::decline);
    return lines_;
  }

  // Each account for itself.
  Lines halves() {
    const Place first = chance(80) ? Place::source : Place::own_0;
    say(Code::lock, first);
    say(Code::read, Place::source, 0);
    const auto poor = jump({.code = Code::if_poor, .reg = 0});
    say({.code = Code::write, .place = Place::source, .reg = 0, .times = -1});
    say(Code::unlock, first);
    const Place second = first == Place::source ? Place::target : Place::own_0;
    say(Code::lock, second);
    say(Code::read, Place::target, 1);
    say({.code = Code::write, .place = Place::target, .reg = 1, .times = 1});
    say(Code::unlock, second);
    say(Code::done);
    lands(poor);
    say(Code::unlock, first);
    say(Code::decline);
    return lines_;
  }

  Lines audit() {
    lines_.clear();
    held_.clear();
    may_decline_ = false;
    const std::uint32_t way = below(20);
    std::vector<Place> places;
    if (way < 3) places.push_back(Place::own_0);
    if (way > 17) places.push_back(Place::own_1);
    if (way > 1)
      for (std::uint32_t i = 0; i < accounts_; ++i) places.push_back(account(i));
    if (way > 14) std::ranges::reverse(places);
    const bool one_by_one = chance(10);
    const bool tries = chance(15);
    const Label begin = here();
    say({.code = Code::set, .reg = 0});
    if (!one_by_one)
      for (const Place place : places) {
        if (tries) {
          come_by(place, begin);
        } else {
          say(Code::lock, place);
          held_.push_back(place);
        }
      }
    for (std::uint32_t i = 0; i < accounts_; ++i) {
      if (one_by_one) say(Code::lock, account(i));
      say(Code::gather, account(i), 0);
      if (one_by_one) say(Code::unlock, account(i));
    }
    release();
    say(Code::give_total);
    return lines_;
  }

  // --- Small changes ---

  Place any_place(std::uint32_t of_audit) {
    if (of_audit != kOfTransfer)
      return static_cast<Place>(static_cast<std::uint32_t>(Place::own_0) + below(of_audit));
    return static_cast<Place>(below(static_cast<std::uint32_t>(Place::account_0)));
  }

  static void shift(Lines& lines, std::size_t from, int by) {
    for (Instruction& line : lines)
      if (line.to > from) line.to = static_cast<std::uint8_t>(line.to + by);
  }
  void insert(Lines& lines, std::size_t at, Instruction line) {
    shift(lines, at, 1);
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), line);
  }

  void change(Lines& lines, bool must_not_end, std::uint32_t of_audit) {
    const std::size_t at = below(static_cast<std::uint32_t>(lines.size()));
    Instruction& line = lines[at];
    if (ends(line.code)) return;
    const auto anywhere = static_cast<std::uint8_t>(below(static_cast<std::uint32_t>(lines.size())));
    switch (below(8)) {
      case 0:
        if (jumps(line.code)) return;
        shift(lines, at, -1);
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
        return;
      case 1:
        return insert(lines, at, Instruction(line));
      case 2:
        if (at + 1 < lines.size() && !ends(lines[at + 1].code)) std::swap(line, lines[at + 1]);
        return;
      case 3:
        line.place = any_place(of_audit);
        return;
      case 4:
        line.to = anywhere;
        return;
      case 5:
        if (line.code == Code::lock) line = {.code = Code::try_lock, .place = line.place, .to = anywhere};
        if (line.code == Code::write) line.times = static_cast<std::int8_t>(-line.times);
        return;
      case 6:
        return insert(
            lines, at,
            {.code = one_of({Code::lock, Code::unlock, Code::read}), .place = any_place(of_audit), .reg = 2});
      default:
        if (!must_not_end && chance(30))
          return insert(lines, at, {.code = one_of({Code::done, Code::decline})});
        if (of_audit == kOfTransfer)
          insert(lines, at, {.code = one_of({Code::if_large, Code::if_upward}), .to = anywhere});
    }
  }

  // Whether it is short, and every loop in it has an operation.
  static bool is_sound(const Lines& lines) {
    if (lines.empty() || lines.size() > kLongest || !ends(lines.back().code)) return false;
    if (std::ranges::any_of(lines, [&](const Instruction& line) { return line.to >= lines.size(); }))
      return false;
    std::vector<int> seen(lines.size());  // 1: on the way, 2: left
    for (std::size_t at = 0; at < lines.size(); ++at)
      if (!ends_without(lines, at, seen)) return false;
    return true;
  }
  static bool ends_without(const Lines& lines, std::size_t at, std::vector<int>& seen) {
    if (is_operation(lines[at].code) || ends(lines[at].code) || seen[at] == 2) return true;
    if (seen[at] == 1) return false;
    seen[at] = 1;
    const bool jumped = !jumps(lines[at].code) || ends_without(lines, lines[at].to, seen);
    const bool went_on = lines[at].code == Code::jump || ends_without(lines, at + 1, seen);
    seen[at] = 2;
    return jumped && went_on;
  }

  std::mt19937_64 random_;
  std::uint32_t accounts_;
  std::uint64_t seed_;
  Lines lines_;
  std::vector<Place> held_;
  bool may_decline_ = true;
};

}  // namespace banksim::programs
