// Random schedules: for sizes that cannot be searched. Finds, and never proves.
#include "explore/search.hpp"

namespace banksim::model {
namespace {

constexpr std::size_t kMaxSteps = 10'000;      // of one schedule: a retry loop may never end
constexpr std::uint64_t kProgressEvery = 256;  // schedules between two calls of progress

// splitmix64 (Steele, Lea, Flood 2014): a seed means the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t below(std::uint64_t bound) {
    state_ += 0x9e37'79b9'7f4a'7c15U;
    std::uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d0'49bb'1331'11ebU;
    return (bits ^ (bits >> 31)) % bound;  // the bias is far below what a sample could notice
  }

 private:
  std::uint64_t state_;
};

// Looked at before each schedule.
bool bound_hit(const Model& model, Exploration& result) {
  const ExploreLimits& limits = result.limits;
  const auto hit = [&result](const char* bound) {
    result.bounds_hit.emplace_back(bound);
    return true;
  };
  if (limits.cancel != nullptr && limits.cancel->load()) return hit("cancelled");
  if (model.bytes() > limits.max_memory_bytes) return hit("max_memory");
  if (limits.progress && result.runs % kProgressEvery == 0)
    limits.progress({.depth = result.depth, .runs = result.runs});
  return false;
}

}  // namespace

std::optional<Counterexample> sample(Model& model, Exploration& result) {
  Random random(result.limits.seed);
  std::vector<Move> moves;
  for (; result.runs < result.limits.random_runs; ++result.runs) {
    if (bound_hit(model, result)) return std::nullopt;
    Counterexample run{};
    State state = model.initial();
    while (!model.finished(state)) {
      if (run.moves.size() == kMaxSteps) {
        if (result.bounds_hit.empty()) result.bounds_hit.emplace_back("max_steps");
        break;
      }
      moves.clear();
      model.for_each_move(state, [&](Move move) { moves.push_back(move); });
      std::optional<Breach> breach;
      Move move{};
      Model::Moved moved = Model::Moved::blocked;
      while (moved == Model::Moved::blocked && !moves.empty()) {
        const std::size_t pick = random.below(moves.size());
        move = moves[pick];
        moves[pick] = moves.back();
        moves.pop_back();
        moved = model.step(state, move, breach);
      }
      if (moved == Model::Moved::blocked) throw std::logic_error("explorer: stuck without a cycle");
      run.moves.push_back(move);
      ++result.transitions;
      if (moved == Model::Moved::yes) breach = model.check(state, move.worker);
      if (!breach) continue;
      run.breach = *breach;
      ++result.runs;
      return run;
    }
    result.depth = std::max<std::uint64_t>(result.depth, run.moves.size());
  }
  return std::nullopt;
}

}  // namespace banksim::model
