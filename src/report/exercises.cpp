#include "report/exercises.hpp"

#include <fmt/format.h>

namespace banksim {
namespace {

constexpr const char* kFileText =
    R"(// A locking strategy for banksim: how the two accounts of a transfer are locked.
//
//   banksim -s ./{0}.hpp -t 8          a run on real threads
//   banksim explore -s ./{0}.hpp       every interleaving on tiny banks
//   banksim check ./{0}.hpp            everything that can be said against it
{1}#include <banksim/strategy.hpp>

template <class S>
struct Mine {{
  // Words for people.
  static constexpr std::string_view name = "{0}";
  static constexpr std::string_view summary = "what it does, in a line";
  static constexpr std::string_view how = "";  // how it locks, in a sentence: it begins every explanation
  static constexpr std::string_view wins = "where it is the best choice";
  static constexpr std::string_view source = "whose idea it is";

  // What it claims, and is held to.
  static constexpr bool deadlock_free = {2};
  static constexpr bool conserves_money = {3};

  using Mutex = typename S::Mutex;
{4}}};
)";

constexpr const char* kStart = R"(
  // Returns a guard. While it lives, nobody else may have the guard of a transfer that shares an account with this
  // one. The money is moved while it lives. A guard unlocks in its destructor; lock() may throw when a run is called
  // off, so nothing else may unlock.
  //
  // PairGuard takes two locks, one after the other. The account with the lower number comes first, whichever way the
  // money goes: then nobody who holds a lock waits for a lower one, and there can be no circle of waits.
  auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& transfer) {
    const bool upward = transfer.from < transfer.to;
    return banksim::PairGuard<Mutex>(bank[upward ? transfer.from : transfer.to].mutex,
                                     bank[upward ? transfer.to : transfer.from].mutex);
  }

  // Returns a guard that excludes every transfer: who audits the bank holds it. This one takes the lock of every
  // account, the lowest first.
  auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }

  // A mutex of the strategy's own is a member `Mutex gate{"gate"};`, a shared value a `typename S::template Cell<int>`. Touch
  // nothing else that threads share: no std::mutex, no static, no atomic. The explorer could not see it.
)";

constexpr const char* kUnlocked = R"(
  auto lock_pair(banksim::Bank<S>&, const banksim::Transfer&) { return banksim::NoGuard(); }
  auto lock_all(banksim::Bank<S>&) { return banksim::NoGuard(); }
)";

constexpr const char* kNaive = R"(
  auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& transfer) {
    return banksim::PairGuard<Mutex>(bank[transfer.from].mutex, bank[transfer.to].mutex);
  }
  auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }
)";

constexpr const char* kLyingAudit = R"(
  // One lock at a time: the money is on neither account for a moment.
  template <class Hold>
  banksim::TransferOutcome transfer(banksim::Bank<S>& bank, const banksim::Transfer& transfer, Hold&& hold) {
    {
      std::lock_guard<Mutex> guard(bank[transfer.from].mutex);
      auto& from = bank[transfer.from].balance;
      if (from.get() < transfer.amount) return banksim::TransferOutcome::declined;
      from.set(from.get() - transfer.amount);
    }
    hold();
    std::lock_guard<Mutex> guard(bank[transfer.to].mutex);
    auto& to = bank[transfer.to].balance;
    to.set(to.get() + transfer.amount);
    return banksim::TransferOutcome::done;
  }

  auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& transfer) {
    const bool upward = transfer.from < transfer.to;
    return banksim::PairGuard<Mutex>(bank[upward ? transfer.from : transfer.to].mutex,
                                     bank[upward ? transfer.to : transfer.from].mutex);
  }
  auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }
)";

constexpr const char* kBackOff = R"(
  struct Both {
    std::unique_lock<Mutex> first, second;
  };
  auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& transfer) {
    Both both{std::unique_lock<Mutex>(bank[transfer.from].mutex), std::unique_lock<Mutex>()};
    // Here the second lock is tried for ever while the first is held.
    while (!both.second.owns_lock())
      both.second = std::unique_lock<Mutex>(bank[transfer.to].mutex, std::try_to_lock);
    return both;
  }
  auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }
)";

constexpr const char* kGlobal = R"(
  Mutex gate;  // one lock for the whole bank

  auto lock_pair(banksim::Bank<S>&, const banksim::Transfer&) { return std::unique_lock<Mutex>(gate); }
  auto lock_all(banksim::Bank<S>&) { return std::unique_lock<Mutex>(gate); }
)";

constexpr Exercise kExercises[] = {
    {"find the lost update",
     "Nothing is locked. Run it until an account is wrong; say which two transfers lost what, and in which order\n"
     "they read and wrote. Then lock what must be locked, and no more than that.",
     "Hand in a strategy that `check` lets pass, and the steps of\n"
     "`banksim explore -s unsafe --find accounts` in your own words.\n"
     "Locking the source alone: VIOLATION, the target loses an update.\n"
     "A guard of a std::mutex: it does not compile. Hidden in a guard of\n"
     "one's own: UNDECIDED, the explorer does not see it.\n"
     "lock_all that locks nothing: VIOLATION, a live audit is wrong.",
     kUnlocked, true, false},
    {"repair naive",
     "Each transfer locks its source, then its target, and two opposite ones wait for each other for ever. Mend it\n"
     "without a lock for the whole bank, so that two transfers without a common account never wait for each other.",
     "Hand in a strategy that `check` lets pass and that, on two free CPUs,\n"
     "`banksim compare -s global,./mine.hpp -t 2 --hold 1us -n 200k` calls\n"
     "faster. Upwards by account is enough.\n"
     "Downwards: DEADLOCK with the auditor, whose lock_all goes upwards.\n"
     "By a hash without a rule for ties: DEADLOCK where two hash alike.\n"
     "std::lock with guards that do not adopt: locked twice, DEADLOCK.",
     kNaive, false, true},
    {"the audit that lies",
     "No transfer waits while it holds a lock, and all the money is there in the end. Why are the live audits wrong?\n"
     "Mend it so that every audit is right. transfer() must ask for the funds, debit and credit.",
     "Hand in a strategy that `check` lets pass.\n"
     "Longer locks in transfer(), but of one account at a time: VIOLATION,\n"
     "the audit still reads between them. Both locks in any order:\n"
     "DEADLOCK. An audit() that adds what is under way must read it under\n"
     "a lock that transfers hold: else a race, VIOLATION.",
     kLyingAudit, true, false},
    {"back off without livelock",
     "Who cannot have its second lock keeps the first and tries for ever. Let it give up the first, and try again.\n"
     "Say what the scheduler must do for it to end, and how likely that is.",
     "Hand in a strategy that `check` lets pass: no trap, though threads\n"
     "can refuse each other for as long as the scheduler lets them.\n"
     "Keeping the first lock: LIVELOCK, a trap. Giving up after three\n"
     "tries: VIOLATION, declined without a reason. A counter of tries:\n"
     "UNDECIDED, the search has no end.",
     kBackOff, false, true},
    {"beat global, honestly",
     "One lock for the whole bank. Find a strategy that is faster with 2 threads and 1,000 accounts, and say at which\n"
     "number of accounts and threads it stops being so.",
     "Hand in a strategy that `check` lets pass, and the interval of\n"
     "`banksim compare -s global,./mine.hpp -t 1,2 -a 2,1000`, on free CPUs.\n"
     "One run of each: no interval, no answer. Without locks: faster, and\n"
     "VIOLATION. Stripes taken in the order of accounts: DEADLOCK.",
     kGlobal, true, true},
};

// Lines of a comment.
std::string commented(const std::string& text) {
  std::string lines = "// ";
  for (const char c : text) lines += c == '\n' ? std::string("\n// ") : std::string(1, c);
  return lines + "\n";
}

}  // namespace

std::span<const Exercise> exercises() { return kExercises; }

std::string new_strategy(const std::string& name, const Exercise* exercise) {
  const auto claim = [](bool claimed) { return claimed ? "true" : "false"; };
  const std::string task =
      exercise == nullptr
          ? ""
          : "//\n" + commented(fmt::format("Exercise: {}.\n{}", exercise->title, exercise->task));
  return fmt::format(kFileText, name, task, claim(exercise == nullptr || exercise->deadlock_free),
                     claim(exercise == nullptr || exercise->conserves_money),
                     exercise == nullptr ? kStart : exercise->members);
}

std::string exercises_text() {
  std::string text =
      "Exercises: each begins with a file, and ends with one that `banksim check`\n"
      "lets pass. A file is held to freedom from deadlock and to the money,\n"
      "whatever it claims.\n";
  int number = 0;
  for (const Exercise& exercise : kExercises) {
    ++number;
    text += fmt::format("\n{0}. {1}: banksim new mine.hpp --exercise {0}\n", number, exercise.title);
    std::string lines = std::string("   ");
    for (const char* c = exercise.teacher; *c != '\0'; ++c)
      lines += *c == '\n' ? std::string("\n   ") : std::string(1, *c);
    text += lines + "\n";
  }
  return text;
}

}  // namespace banksim
