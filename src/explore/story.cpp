#include "explore/explorer.hpp"

#include <algorithm>
#include <utility>

namespace banksim::model {
namespace {

// By OpKind.
constexpr StepOp kShown[] = {StepOp::lock, StepOp::try_lock, StepOp::unlock,
                             StepOp::read, StepOp::write,    StepOp::finish};

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
    if (found.breach.kind == FindingKind::livelock) tell_who_waits();
    for (const Move move : found.kept_from_beginning) story_.steps.push_back(describe(move));
    tell_amounts(found.breach);
    story_.account = found.breach.account;
    return std::move(story_);
  }

 private:
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
    waits_[move.worker] = step.op == StepOp::wants;
    if (story_.kind == FindingKind::longest_wait) tell_who_waits();
  }

  // Who has come to wait by the step that was just made.
  void tell_who_waits() {
    for (std::uint32_t worker = 0; worker < model_.workers(); ++worker) {
      const bool waits = model_.blocked_on(state_, worker) != 0;
      if (waits && !waits_[worker]) story_.steps.push_back(describe({worker, kNoChoice}));
      waits_[worker] = waits;
    }
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
    step.account = model_.locals().account_of(local);
    step.own_number = model_.locals().own_number(local);
    step.own_name = model_.locals().own_name(local);
    if (move.choice != kNoChoice && !model_.is_auditor(move.worker))
      step.begins = model_.choices()[move.choice];
    step.op = kShown[static_cast<std::size_t>(local.op)];
    if (local.op == OpKind::get)
      step.value = static_cast<std::int64_t>(model_.value_of(state_, local.object));
    if (local.op == OpKind::set) step.value = static_cast<std::int64_t>(local.value);
    if (local.op != OpKind::lock && local.op != OpKind::try_lock) return step;
    const std::uint32_t owner = state_.owner(local.object);
    if (owner != 0) step.held_by = WorkerId{owner - 1};
    if (owner != 0 || move.refused)
      step.op = local.op == OpKind::lock ? StepOp::wants : StepOp::try_lock_failed;
    return step;
  }

  void tell_cycle(const Breach& breach) {
    auto members = model_.wait_cycle(state_, breach.worker);
    if (members.empty()) return;
    std::rotate(members.begin(), std::min_element(members.begin(), members.end()), members.end());
    for (std::size_t i = 0; i < members.size(); ++i) {
      ExploreStep step = describe({members[i], kNoChoice});
      step.op = StepOp::wants;
      story_.steps.push_back(step);
      const std::uint32_t before = members[(i + members.size() - 1) % members.size()];
      const ExploreStep held = describe({before, kNoChoice});
      story_.cycle.push_back({step.worker, held.account, step.account, step.held_by, held.own_number,
                              step.own_number, held.own_name, step.own_name});
    }
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
  std::array<bool, kMaxWorkers> waits_{};
};

}  // namespace

ExploreFinding tell(Model& model, const Counterexample& found) {
  ExploreFinding story = Storyteller(model).tell(found);
  story.token = token_of(model.setup(), story, found);
  return story;
}

}  // namespace banksim::model
