// The explorer's story, told again: is it a run of the program, and is what it says at its end what is wrong?
#pragma once

#include "program_rules.hpp"

#include <string>

namespace banksim::programs {

class Retelling {
 public:
  Retelling(const Program& program, const ExploreSize& size)
      : rules_(program, size), now_(rules_.initial()), begins_(rules_.workers(), kNone) {}

  // What does not fit; empty if all does.
  std::string of(const ExploreFinding& finding) {
    std::optional<State> loop;
    for (const ExploreStep& step : finding.steps) {
      if (step.in_loop && !loop) loop = now_;
      const std::string trouble = tell(step);
      if (!trouble.empty()) return "step " + std::to_string(step.step) + ": " + trouble;
    }
    if (finding.kind == FindingKind::livelock)
      return loop == now_ ? "" : "the loop does not come back to where it began";
    for (const Wrong& wrong : rules_.wrong_in(now_, begins_)) wrong_.push_back(wrong);
    const bool is_so =
        std::ranges::any_of(wrong_, [&](const Wrong& wrong) { return wrong.kind == finding.kind; });
    return is_so ? "" : "nothing like that is wrong at the end";
  }

 private:
  static bool fits(StepOp op, Code code) {
    switch (op) {
      case StepOp::lock:
      case StepOp::wants:
        return code == Code::lock;
      case StepOp::try_lock:
      case StepOp::try_lock_failed:
        return code == Code::try_lock;
      case StepOp::unlock:
        return code == Code::unlock;
      case StepOp::read:
      case StepOp::about_to_read:
        return code == Code::read || code == Code::gather;
      case StepOp::write:
      case StepOp::about_to_write:
        return code == Code::write || code == Code::store;
      case StepOp::finish:
        return ends(code);
    }
    return false;
  }

  std::string tell(const ExploreStep& step) {
    if (!wrong_.empty()) return "it goes on after something went wrong";
    const std::size_t w = index(step.worker);
    if (w >= rules_.workers()) return "nobody has that number";
    if (step.begins) {
      const auto choice = std::ranges::find(rules_.choices(), *step.begins);
      if (choice == rules_.choices().end()) return "no such transfer is to be made";
      begins_[w] = static_cast<std::int8_t>(choice - rules_.choices().begin());
    } else if (rules_.is_auditor(w)) {
      begins_[w] = rules_.audit();
    }
    const bool is_idle = now_.workers[w].choice == kIdle;
    if (is_idle && (!rules_.has_more(now_, w) || begins_[w] == kNone)) return "it has nothing to do";
    const Worker me = rules_.at_work(now_, w, begins_[w]);
    const Instruction& line = rules_.line_of(me);
    if (!fits(step.op, line.code)) return "the program does something else";
    if (step.op == StepOp::wants) return now_.owners[rules_.object_of(me)] != kNone ? "" : "it need not wait";
    if (step.op == StepOp::about_to_read || step.op == StepOp::about_to_write) return "";
    return make(step, w, me, line);
  }

  std::string make(const ExploreStep& step, std::size_t w, const Worker& me, const Instruction& line) {
    const bool is_own = line.code <= Code::store && rules_.object_of(me) >= rules_.size().accounts;
    if (is_operation(line.code) && index(step.account) != (is_own ? index(kNoAccount) : rules_.object_of(me)))
      return "it is about another account";
    if (step.op == StepOp::read && step.value != now_.values[rules_.object_of(me)])
      return "it reads another value";
    const bool refused = step.op == StepOp::try_lock_failed && now_.owners[rules_.object_of(me)] == kNone;
    const Rules::Result result = rules_.step(now_, w, me, refused);
    wrong_ = result.wrong;
    begins_[w] = kNone;
    if (!result.state) return wrong_.empty() ? "it cannot be done" : "";
    now_ = *result.state;
    if (step.op == StepOp::write && step.value != now_.values[rules_.object_of(me)])
      return "it writes another value";
    return "";
  }

  Rules rules_;
  State now_;
  std::vector<std::int8_t> begins_;  // by worker, of those that are idle: what they are said to begin
  std::vector<Wrong> wrong_;
};

}  // namespace banksim::programs
