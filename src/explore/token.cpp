#include "explore/explorer.hpp"
#include "explore/state_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>

namespace banksim::model {
namespace {

// --- Writing ---

std::string size_of(const Setup& setup) {
  const ExploreSize usual;
  const Wanted& find = setup.find;
  std::string text = fmt::format("w{}a{}k{}", setup.workers, setup.accounts, setup.transfers);
  if (setup.balance != usual.balance) text += fmt::format("b{}", setup.balance.minor_units());
  if (setup.amounts != usual.amounts)
    for (std::size_t i = 0; i < setup.amounts.size(); ++i)
      text += fmt::format("{}{}", i == 0 ? 'm' : '_', setup.amounts[i].minor_units());
  if (setup.auditor) text += "au";
  if (setup.self_transfers) text += "self";
  if (find.what != Sought::anything) text += fmt::format("+{}", to_string(find.what));
  if (find.what == Sought::deadlock && find.members != 0) text += std::to_string(find.members);
  if (find.what == Sought::deadlock && find.through_auditor) text += "au";
  return text;
}

std::string moves_as_text(const Counterexample& found) {
  std::string text;
  const auto append = [&text](Move move, const char* before) {
    text += fmt::format("{}{}", before, move.worker);
    if (move.choice != kNoChoice) text += fmt::format("-{}", move.choice);
    if (move.refused) text += 'x';
  };
  const bool loops = found.breach.kind == FindingKind::livelock;
  for (std::size_t i = 0; i < found.moves.size(); ++i)
    append(found.moves[i], loops && i == found.loop_begin ? "~" : i > 0 ? "." : "");
  for (std::size_t i = 0; i < found.kept_from_beginning.size(); ++i)
    append(found.kept_from_beginning[i], i > 0 ? "." : "!");
  return text;
}

// FNV-1a, folded.
std::string fingerprint(const Setup& setup, const ExploreFinding& story) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325U;
  const auto add = [&hash](auto value) {
    auto word = static_cast<std::uint64_t>(value);
    for (int byte = 0; byte < 8; ++byte, word >>= 8) hash = (hash ^ (word & 0xff)) * 0x100'0000'01b3U;
  };
  for (const char c : setup.strategy + size_of(setup)) add(static_cast<unsigned char>(c));
  add(story.kind);
  for (const ExploreStep& step : story.steps) {
    add(step.worker);
    add(step.op);
    add(step.account);
    add(step.value.value_or(-1));
  }
  return fmt::format("{:08x}", static_cast<std::uint32_t>(hash ^ (hash >> 32)));
}

// --- Reading ---

class TokenReader {
 public:
  explicit TokenReader(std::string_view text) : left_(text) {}

  bool at_end() const { return left_.empty(); }
  bool at_digit() const { return !at_end() && left_[0] >= '0' && left_[0] <= '9'; }
  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) throw malformed();
  }
  template <class Number = std::uint32_t>
  Number number() {
    Number value = 0;
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

bool may_be_possible(Model& model, const State& state, Move wanted) {
  bool possible = false;
  model.for_each_move(state, [&](Move move) { possible = possible || move == wanted; });
  return possible;
}

Wanted read_wanted(TokenReader& reader) {
  Wanted find;
  constexpr auto kNames = enum_names(Sought{});
  for (std::size_t i = 0; i < kNames.size() && find.what == Sought::anything; ++i)
    if (reader.take(kNames[i])) find.what = static_cast<Sought>(i);
  if (find.what != Sought::deadlock) return find;
  if (reader.at_digit()) find.members = reader.number();
  find.through_auditor = reader.take("au");
  return find;
}

BadReplayToken does_not_fit(const std::string& why) {
  return BadReplayToken("replay token does not fit this strategy: " + why);
}

// The same to look at. The bytes of a stack may differ between two rounds of one loop, by what is dead there.
bool looks_like(const Model& model, const State& a, const State& b) {
  const auto seen = [&model](Slot slot) {
    const Local local = slot.is_idle() ? Local{} : model.locals()[slot.local()];
    return std::tuple(slot.is_idle(), slot.finished(), local.choice, local.op, local.object, local.value);
  };
  return a.owners == b.owners && a.values == b.values &&
         std::equal(a.slots.begin(), a.slots.end(), b.slots.begin(),
                    [&seen](Slot one, Slot other) { return seen(one) == seen(other); });
}

}  // namespace

std::string token_of(const Setup& setup, const ExploreFinding& story, const Counterexample& found) {
  return fmt::format("{}.{}-{}:{}", setup.strategy, size_of(setup), fingerprint(setup, story),
                     moves_as_text(found));
}

Setup read_head(std::string_view token) {
  const std::size_t colon = token.find(':');
  const std::string_view head = token.substr(0, colon);
  const std::size_t dot = head.rfind('.');
  if (colon == std::string_view::npos || dot == std::string_view::npos) throw TokenReader::malformed();
  const std::string_view size = head.substr(dot + 1);
  TokenReader reader(size);
  Setup setup;
  setup.strategy = head.substr(0, dot);
  reader.expect("w");
  setup.workers = reader.number();
  reader.expect("a");
  setup.accounts = reader.number();
  reader.expect("k");
  setup.transfers = reader.number();
  if (reader.take("b")) setup.balance = Money{reader.number<std::int64_t>()};
  if (reader.take("m")) {
    setup.amounts.clear();
    do setup.amounts.push_back(Money{reader.number<std::int64_t>()});
    while (reader.take("_"));
  }
  setup.auditor = reader.take("au");
  setup.self_transfers = reader.take("self");
  if (reader.take("+")) setup.find = read_wanted(reader);
  reader.expect("-");
  // No other way to write it, and a fingerprint.
  const std::string_view fingerprint = size.substr(size.rfind('-') + 1);
  const bool is_hexadecimal = fingerprint.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (size != fmt::format("{}-{}", size_of(setup), fingerprint) || fingerprint.size() != 8 || !is_hexadecimal)
    throw TokenReader::malformed();
  if (const auto why = out_of_range(setup)) throw BadReplayToken(fmt::format("this is no token: {}", *why));
  return setup;
}

Counterexample follow(Model& model, std::string_view token) {
  TokenReader reader(token.substr(token.find(':') + 1));
  Counterexample found{};
  State state = model.initial();
  std::optional<State> loop_start;
  std::optional<Breach> breach = model.check_all(state);
  auto moved = Model::Moved::yes;
  while (!reader.at_end() && !reader.take("!")) {
    if (reader.take("~")) {
      found.loop_begin = found.moves.size();
      loop_start = state;
    } else if (!found.moves.empty()) {
      reader.expect(".");
    }
    const Move move = reader.move();
    found.moves.push_back(move);
    const bool possible = moved == Model::Moved::yes && may_be_possible(model, state, move);
    breach.reset();  // what was wrong on the way takes more steps to be shown than what comes
    moved = possible ? model.step(state, move, breach) : Model::Moved::blocked;
    if (moved == Model::Moved::blocked)
      throw does_not_fit(fmt::format("move {} is not possible", found.moves.size()));
    if (moved == Model::Moved::yes) breach = model.check(state, move.worker);
  }
  // Who is kept from beginning follows from the state; explore() compares it with what the token says.
  if (!breach && loop_start && looks_like(model, state, *loop_start)) {
    auto kept = kept_in_trap(model, state);
    if (!kept) throw does_not_fit("its workers can get out of that loop");
    found.kept_from_beginning = std::move(*kept);
    breach = Breach{.kind = FindingKind::livelock};
  }
  if (!breach && model.setup().find.what == Sought::longest_wait && model.finished(state))
    breach = Breach{.kind = FindingKind::longest_wait};
  if (!breach) throw does_not_fit("nothing goes wrong at its end");
  found.breach = *breach;
  return found;
}

}  // namespace banksim::model

namespace banksim {

ReplaySubject replay_subject(std::string_view token) { return model::read_head(token); }

std::string ReplaySubject::to_string() const {
  const auto counted = [](std::uint32_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  return fmt::format("{}, {} x {}{}, {}", strategy, counted(workers, "worker"),
                     counted(transfers, "transfer"), auditor ? " + " + counted(transfers, "audit") : "",
                     counted(accounts, "account"));
}

}  // namespace banksim
