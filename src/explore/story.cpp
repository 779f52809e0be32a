// A schedule as people and scripts see it: steps with names and values, and the token that replays it.
//
// Token      STRATEGY.wWaAkK[au][self]-FINGERPRINT:MOVE.MOVE...[~MOVE...[!MOVE...]]
//            A move is a worker, with -N where it begins its transfer number N, and x where a try_lock
//            fails though nobody holds the lock. The moves after ~ repeat for
//            ever, and those after ! never become possible. The fingerprint is taken over the operations and
//            values met on the way: it fits every build of the same source, and no other strategy, size or
//            source.
#include "explore/search.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace banksim::model {
namespace {

std::string size_of(const ExploreLimits& limits) {
  std::string size = "w";
  size += std::to_string(limits.workers);
  size += 'a';
  size += std::to_string(limits.accounts);
  size += 'k';
  size += std::to_string(limits.transfers);
  if (limits.auditor) size += "au";
  if (limits.self_transfers) size += "self";
  return size;
}

// FNV-1a.
class Fingerprint {
 public:
  void add(std::uint64_t word) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ = (hash_ ^ (word & 0xff)) * 0x100'0000'01b3U;
      word >>= 8;
    }
  }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  std::string hex() const {
    std::string text(8, '0');
    auto bits = static_cast<std::uint32_t>(hash_ ^ (hash_ >> 32));
    for (std::size_t i = 8; i-- > 0; bits >>= 4) text[i] = "0123456789abcdef"[bits & 15];
    return text;
  }

 private:
  std::uint64_t hash_ = 0xcbf2'9ce4'8422'2325U;
};

std::string move_as_text(Move move) {
  std::string text = std::to_string(move.worker);
  if (move.choice != kNoChoice) {
    text += '-';
    text += std::to_string(move.choice);
  }
  if (move.refused) text += 'x';
  return text;
}

std::string moves_as_text(const Counterexample& found) {
  std::string text;
  const bool loops = found.breach.kind == FindingKind::livelock;
  for (std::size_t i = 0; i < found.moves.size(); ++i) {
    if (loops && i == found.loop_begin)
      text += '~';
    else if (i > 0)
      text += '.';
    text += move_as_text(found.moves[i]);
  }
  for (std::size_t i = 0; i < found.kept_from_beginning.size(); ++i) {
    text += i == 0 ? '!' : '.';
    text += move_as_text(found.kept_from_beginning[i]);
  }
  return text;
}

class Storyteller {
 public:
  explicit Storyteller(Model& model) : model_(model), state_(model.initial()) {}

  ExploreFinding tell(const Counterexample& found) {
    story_.kind = found.breach.kind;
    for (std::size_t i = 0; i < found.moves.size(); ++i) {
      const bool in_loop = found.breach.kind == FindingKind::livelock && i >= found.loop_begin;
      make(found.moves[i], in_loop);
    }
    if (found.breach.kind == FindingKind::deadlock) tell_cycle(found.breach);
    if (found.breach.kind == FindingKind::race) tell_race(found.breach);
    for (const Move move : found.kept_from_beginning) tell_waiting(move);
    tell_amounts(found.breach);
    story_.account = found.breach.account;
    return std::move(story_);
  }

 private:
  AccountId account_of(const Local& local) const {
    if (local.op == OpKind::commit) return kNoAccount;
    if (local.op == OpKind::get || local.op == OpKind::set)
      return model_.locals().cells()[local.object].account;
    return model_.locals().account_of_mutex(local.object);
  }

  void tell_amounts(const Breach& breach) {
    const bool wrong_sum = breach.kind == FindingKind::wrong_total ||
                           breach.kind == FindingKind::wrong_ledger ||
                           breach.kind == FindingKind::wrong_audit;
    if (wrong_sum) story_.expected = breach.expected;
    if (wrong_sum || breach.kind == FindingKind::negative_balance) story_.found = breach.found;
  }

  void make(Move move, bool in_loop) {
    if (previous_ && previous_->worker != move.worker && could_go_on(previous_->worker)) ++story_.preemptions;
    ExploreStep step = describe(move);
    step.in_loop = in_loop;
    story_.steps.push_back(step);
    previous_ = move;
    std::optional<Breach> breach;
    model_.step(state_, move, breach);
  }

  bool could_go_on(std::uint32_t worker) {
    if (state_.slots[worker].is_idle()) return false;
    State next = state_;
    std::optional<Breach> breach;
    return model_.step(next, {worker, kNoChoice}, breach) != Model::Moved::blocked;
  }

  ExploreStep describe(Move move) {
    const Local local = model_.local_before(state_, move);
    ExploreStep step{};
    step.step = story_.steps.size() + 1;
    step.worker = WorkerId{move.worker};
    step.account = account_of(local);
    step.own_number = model_.locals().own_number(local);
    if (move.choice != kNoChoice && !model_.is_auditor(move.worker))
      step.begins = model_.choices()[move.choice];
    switch (local.op) {
      case OpKind::lock:
        step.op = StepOp::lock;
        break;
      case OpKind::try_lock: {
        const std::uint32_t owner = state_.owner(local.object);
        step.op = owner == 0 && !move.refused ? StepOp::try_lock : StepOp::try_lock_failed;
        if (owner != 0) step.held_by = WorkerId{owner - 1};
        break;
      }
      case OpKind::unlock:
        step.op = StepOp::unlock;
        break;
      case OpKind::get:
        step.op = StepOp::read;
        step.value = static_cast<std::int64_t>(model_.value_of(state_, local.object));
        break;
      case OpKind::set:
        step.op = StepOp::write;
        step.value = static_cast<std::int64_t>(local.value);
        break;
      case OpKind::commit:
        step.op = StepOp::finish;
        break;
    }
    return step;
  }

  void tell_cycle(const Breach& breach) {
    auto members = model_.wait_cycle(state_, breach.worker);
    if (members.empty()) return;
    std::rotate(members.begin(), std::min_element(members.begin(), members.end()), members.end());
    for (std::size_t i = 0; i < members.size(); ++i) {
      ExploreStep step = describe({members[i], kNoChoice});
      step.op = StepOp::wants;
      step.held_by = WorkerId{members[(i + 1) % members.size()]};
      story_.steps.push_back(step);
      const std::uint32_t before = members[(i + members.size() - 1) % members.size()];
      story_.cycle.push_back(
          {step.worker, describe({before, kNoChoice}).account, step.account, step.held_by});
    }
  }

  void tell_waiting(Move move) {
    ExploreStep step = describe(move);
    step.op = StepOp::wants;
    step.held_by = WorkerId{state_.owner(model_.local_before(state_, move).object) - 1};
    story_.steps.push_back(step);
  }

  void tell_race(const Breach& breach) {
    for (const Move move : {Move{breach.worker, breach.choice}, breach.other}) {
      ExploreStep step = describe(move);
      if (step.op == StepOp::read) {
        step.op = StepOp::about_to_read;
        step.value.reset();
      } else {
        step.op = StepOp::about_to_write;
      }
      story_.steps.push_back(step);
    }
  }

  Model& model_;
  State state_;
  ExploreFinding story_{};
  std::optional<Move> previous_;
};

std::string fingerprint(std::string_view strategy, const std::string& size, const ExploreFinding& story) {
  Fingerprint print;
  print.add(strategy);
  print.add(size);
  print.add(static_cast<std::uint64_t>(story.kind));
  for (const ExploreStep& step : story.steps) {
    print.add(index(step.worker));
    print.add(static_cast<std::uint64_t>(step.op));
    print.add(index(step.account));
    print.add(static_cast<std::uint64_t>(step.value.value_or(-1)));
  }
  return print.hex();
}

// --- Reading a token ---

class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : left_(text) {}

  bool at_end() const { return left_.empty(); }
  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) throw malformed();
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (error != std::errc{}) throw malformed();
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return value;
  }
  Move move() {
    Move move{number(), kNoChoice};
    if (take("-")) move.choice = number();
    move.refused = take("x");
    return move;
  }
  static BadReplayToken malformed() {
    return BadReplayToken("replay token is malformed: expected STRATEGY.wNaNkN-FINGERPRINT:MOVES");
  }

 private:
  std::string_view left_;
};

std::string_view after(std::string_view token, std::size_t at) {
  if (at == std::string_view::npos) throw TokenReader::malformed();
  return token.substr(at + 1);
}

}  // namespace

void adopt_size(std::string_view token, ExploreLimits& limits) {
  const ReplaySubject subject = replay_subject(token);
  limits.workers = subject.workers;
  limits.accounts = subject.accounts;
  limits.transfers = subject.transfers;
  limits.auditor = subject.auditor;
  limits.self_transfers = subject.self_transfers;
}

namespace {

bool may_be_possible(Model& model, const State& state, Move wanted) {
  bool possible = false;
  model.for_each_move(state, [&](Move move) { possible = possible || move == wanted; });
  return possible;
}

// The same to look at. The bytes of a stack may differ between two rounds of one loop, by what is dead there.
bool looks_like(const Model& model, const State& a, const State& b) {
  if (a.owners != b.owners || a.values != b.values) return false;
  for (std::uint32_t w = 0; w < model.workers(); ++w) {
    if (a.slots[w] == b.slots[w]) continue;
    if (a.slots[w].is_idle() || b.slots[w].is_idle() || a.slots[w].finished() != b.slots[w].finished())
      return false;
    const Local& one = model.locals()[a.slots[w].local()];
    const Local& other = model.locals()[b.slots[w].local()];
    if (one.choice != other.choice || one.op != other.op || one.object != other.object ||
        one.value != other.value)
      return false;
  }
  return true;
}

}  // namespace

Counterexample follow(Model& model, std::string_view token) {
  TokenReader reader(after(token, token.find(':')));
  Counterexample found{};
  State state = model.initial();
  State loop_start;
  std::optional<Breach> breach = model.check_all(state);
  bool loops = false;
  while (!reader.at_end()) {
    if (reader.take("!")) {
      if (!loops || breach) throw TokenReader::malformed();
      do found.kept_from_beginning.push_back(reader.move());
      while (reader.take("."));
      break;
    }
    if (reader.take("~")) {
      loops = true;
      found.loop_begin = found.moves.size();
      loop_start = state;
    } else if (!found.moves.empty()) {
      reader.expect(".");
    }
    const Move move = reader.move();
    const auto moved = !breach && may_be_possible(model, state, move) ? model.step(state, move, breach)
                                                                      : Model::Moved::blocked;
    found.moves.push_back(move);
    if (moved == Model::Moved::blocked)
      throw BadReplayToken("replay token does not fit this strategy: move " +
                           std::to_string(found.moves.size()) + " is not possible");
    if (moved == Model::Moved::yes) breach = model.check(state, move.worker);
  }
  if (!reader.at_end()) throw TokenReader::malformed();
  if (loops && !breach && looks_like(model, state, loop_start)) {
    if (!is_trap(model, state, found.kept_from_beginning))
      throw BadReplayToken("replay token does not fit this strategy: its workers can get out of that loop");
    breach = Breach{.kind = FindingKind::livelock, .worker = 0};
  }
  if (!breach) throw BadReplayToken("replay token does not fit this strategy: nothing goes wrong at its end");
  found.breach = *breach;
  return found;
}

ExploreFinding tell(Model& model, std::string_view strategy, const ExploreLimits& limits,
                    const Counterexample& found) {
  ExploreFinding story = Storyteller(model).tell(found);
  const std::string size = size_of(limits);
  for (const std::string_view part : {strategy, std::string_view("."), std::string_view(size)})
    story.token += part;
  story.token += '-';
  story.token += fingerprint(strategy, size, story);
  story.token += ':';
  story.token += moves_as_text(found);
  return story;
}

}  // namespace banksim::model

namespace banksim {

ReplaySubject replay_subject(std::string_view token) {
  const std::string_view head = token.substr(0, token.find(':'));
  const std::size_t dot = head.rfind('.');
  ReplaySubject subject{};
  model::TokenReader reader(model::after(head, dot));
  subject.strategy = head.substr(0, dot);
  reader.expect("w");
  subject.workers = reader.number();
  reader.expect("a");
  subject.accounts = reader.number();
  reader.expect("k");
  subject.transfers = reader.number();
  subject.auditor = reader.take("au");
  subject.self_transfers = reader.take("self");
  reader.expect("-");
  return subject;
}

std::string ReplaySubject::to_string() const {
  const auto counted = [](std::uint32_t count, const char* noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
  };
  return strategy + ", " + counted(workers, "worker") + " x " + counted(transfers, "transfer") +
         (auditor ? " + " + counted(transfers, "audit") : std::string()) + ", " +
         counted(accounts, "account");
}

}  // namespace banksim
