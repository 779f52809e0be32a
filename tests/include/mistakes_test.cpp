// The mistakes that beginners make in a strategy, and the first error of the compiler: it must be the sentence that
// helps. Each is put into the list of strategies, and the registry is compiled as for the program.
#include "support/process.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <span>
#include <sstream>
#include <string>

using namespace banksim;

namespace {

struct Mistake {
  const char* what;
  const char* said;  // in the first line with an error
  const char* code;
};

// What the codes below share. Mine is all that ordered is, but for the mistake.
constexpr const char* kBefore = R"(
#include <banksim/strategies/ordered.hpp>
#include <banksim/strategy_rules.hpp>
namespace banksim {
#define NAME static constexpr std::string_view name = "mine";
#define SUMMARY static constexpr std::string_view summary = "s";
#define WORDS static constexpr std::string_view how = "h.", wins = "w", source = "s";
#define CLAIMS static constexpr bool deadlock_free = true, conserves_money = true;
#define PAIR auto lock_pair(Bank<S>& bank, const Transfer& t) { return Ordered<S>{}.lock_pair(bank, t); }
#define ALL auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
#define MINE template <class S> struct Mine : Ordered<S>
#define TRANSFER template <class Hold> TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold)
)";
constexpr const char* kAfter = "\nusing AllStrategies = StrategyList<Ordered, Mine>;\n}\n";

#ifdef __clang__  // prints no name of ours
constexpr const char* kTemplate = "must be a class template";
#else
constexpr const char* kTemplate = "EachIsATemplateOverItsSync";
#endif
constexpr const char* kCell =
    "a Cell is read with get(), written with set(), not copied: x.set(x.get() - amount)";
constexpr const char* kGuard = "lock_pair() and lock_all() must return a guard by value";
constexpr const char* kStdMutex = "S::Mutex is no std::mutex: write";
constexpr const char* kTransfer =
    "transfer() is there but not as: template <class Hold> TransferOutcome transfer(";
constexpr const char* kMoney = "Money is no plain number";

constexpr Mistake kOfDeclaration[] = {
    {"not a template", kTemplate, R"(
struct Mine {
  NAME SUMMARY WORDS CLAIMS
  auto lock_pair(auto& bank, const Transfer& t) { return std::unique_lock(bank[t.from].mutex); }
  auto lock_all(auto& bank) { return std::unique_lock(bank[AccountId{0}].mutex); }
};)"},
    {"no name", "the strategy lacks a public: static constexpr std::string_view name",
     "template <class S> struct Mine { SUMMARY WORDS CLAIMS PAIR ALL };"},
    {"a summary that is no constant",
     "the strategy lacks a public: static constexpr std::string_view summary, how, wins or source",
     R"(MINE { NAME std::string_view summary = "s"; };)"},
    {"no claims", "the strategy lacks a public: static constexpr bool deadlock_free",
     "template <class S> struct Mine { NAME SUMMARY WORDS PAIR ALL };"},
    {"all members private", "the strategy lacks a public: ",
     "template <class S> class Mine { NAME SUMMARY WORDS CLAIMS PAIR ALL };"},
    {"lock_pair misspelt",
     "the strategy lacks a public: auto lock_pair(Bank<S>& bank, const Transfer& transfer)",
     "template <class S> struct Mine { NAME SUMMARY WORDS CLAIMS ALL auto lockPair(Bank<S>&, const Transfer&); };"},
    {"a copy of the bank",
     "the strategy lacks a public: auto lock_pair(Bank<S>& bank, const Transfer& transfer)",
     "MINE { NAME NoGuard lock_pair(Bank<S>, Transfer) { return {}; } };"},
    {"no lock_all", "the strategy lacks a public: auto lock_all(Bank<S>& bank)",
     "template <class S> struct Mine { NAME SUMMARY WORDS CLAIMS PAIR };"},
    {"a constructor with arguments", "the strategy must have a constructor without arguments",
     "MINE { NAME explicit Mine(int) {} };"},
    {"another strategy's name", "two strategies have the same name or alias",
     R"(MINE { static constexpr std::string_view name = "ordered"; };)"},
    {"another strategy's alias", "two strategies have the same name or alias",
     R"(MINE { NAME static constexpr std::string_view aliases[] = {"m", "ordered"}; };)"},
};

constexpr Mistake kOfGuards[] = {
    {"lock_pair returns nothing", kGuard, R"(
MINE { NAME
  void lock_pair(Bank<S>& bank, const Transfer& t) { bank[t.from].mutex.lock(); bank[t.to].mutex.lock(); }
};)"},
    {"lock_pair returns whether it locked", kGuard, R"(
MINE { NAME
  bool lock_pair(Bank<S>& bank, const Transfer& t) { return bank[t.from].mutex.try_lock(); }
};)"},
    {"lock_pair returns a pointer to a guard", kGuard, R"(
MINE { NAME
  std::lock_guard<typename S::Mutex>* lock_pair(Bank<S>& bank, const Transfer& t) {
    return new std::lock_guard<typename S::Mutex>(bank[t.from].mutex);
  }
};)"},
    {"lock_all returns a reference to a guard", kGuard, R"(
MINE { NAME
  std::unique_lock<typename S::Mutex> kept;
  auto& lock_all(Bank<S>& bank) { return kept = std::unique_lock<typename S::Mutex>(bank[AccountId{0}].mutex); }
};)"},
    {"a std::mutex for the bank", "guards must lock a typename S::Mutex, and no std::mutex", R"(
MINE { NAME
  std::mutex gate;
  auto lock_pair(Bank<S>&, const Transfer&) { return std::lock_guard<std::mutex>(gate); }
};)"},
    {"two locks of std::mutex", "guards must lock a typename S::Mutex, and no std::mutex", R"(
MINE { NAME
  std::mutex gate, other;
  auto lock_pair(Bank<S>&, const Transfer&) { return std::pair(std::unique_lock(gate), std::unique_lock(other)); }
};)"},
    {"std::mutex named in a guard", kStdMutex, R"(
MINE { NAME TRANSFER {
    std::lock_guard<std::mutex> first(bank[t.from].mutex);
    std::lock_guard<std::mutex> second(bank[t.to].mutex);
    return apply(bank, t, hold);
  } };)"},
    {"a guard that is copied", "a guard is not copied: return it where it is made", R"(
MINE { NAME
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    PairGuard<typename S::Mutex> guard(bank[t.from].mutex, bank[t.to].mutex);
    return guard;
  }
};)"},
    {"try_lock_for", "S::Mutex has no time limits: call try_lock() again in a loop", R"(
MINE { NAME TRANSFER {
    for (;;) {
      std::unique_lock<typename S::Mutex> first(bank[t.from].mutex, std::chrono::milliseconds(10));
      std::unique_lock<typename S::Mutex> second(bank[t.to].mutex, std::chrono::milliseconds(10));
      if (first && second) return apply(bank, t, hold);
    }
  } };)"},
};

constexpr Mistake kOfTransfers[] = {
    {"transfer() without hold", kTransfer, R"(
MINE { NAME
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t) { return apply(bank, t); }
};)"},
    {"transfer() that takes three numbers", kTransfer, R"(
MINE { NAME
  template <class Hold> bool transfer(int from, int to, int amount, Hold&& hold);
};)"},
    {"transfer() that returns a bool", kTransfer, R"(
MINE { NAME
  template <class Hold> bool transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    return apply(bank, t, hold) == TransferOutcome::done;
  }
};)"},
    // An enumeration has nothing that could refuse a bool: the compiler's own words must do.
    {"transfer() that returns true", "TransferOutcome", R"(
MINE { NAME TRANSFER { apply(bank, t, hold); return true; } };)"},
    {"audit() that returns a number", "audit() is there but not as: Money audit(Bank<S>& bank)", R"(
MINE { NAME std::int64_t audit(Bank<S>& bank) { return bank.total().minor_units(); } };)"},
    {"balance -= amount", kCell, R"(
MINE { NAME TRANSFER {
    std::scoped_lock guard(bank[t.from].mutex, bank[t.to].mutex);
    if (bank[t.from].balance < t.amount) return TransferOutcome::declined;
    bank[t.from].balance -= t.amount;
    bank[t.to].balance += t.amount;
    return TransferOutcome::done;
  } };)"},
    {"balance = balance - amount", kCell, R"(
MINE { NAME TRANSFER {
    const auto guard = this->lock_pair(bank, t);
    bank[t.from].balance = bank[t.from].balance.get() - t.amount;
    bank[t.to].balance = bank[t.to].balance.get() + t.amount;
    return TransferOutcome::done;
  } };)"},
    {"a copy of a balance", kCell, R"(
MINE { NAME TRANSFER {
    const auto guard = this->lock_pair(bank, t);
    auto balance = bank[t.from].balance;
    return balance.get() < t.amount ? TransferOutcome::declined : apply(bank, t, hold);
  } };)"},
    {"++ of a value of its own", kCell, R"(
MINE { NAME
  typename S::template Cell<std::uint32_t> transfers{kNoAccount, 0};
  TRANSFER { const auto guard = this->lock_pair(bank, t); ++transfers; return apply(bank, t, hold); }
};)"},
    {"a Cell of a string", "a Cell holds at most eight bytes", R"(
MINE { NAME typename S::template Cell<std::string> last{kNoAccount, "nobody"}; };)"},
    {"a copy of the account", "an account is not copied: take a reference", R"(
MINE { NAME TRANSFER {
    auto from = bank[t.from];
    auto to = bank[t.to];
    std::scoped_lock guard(from.mutex, to.mutex);
    return apply(bank, t, hold);
  } };)"},
    {"an account by a plain number", "accounts have an AccountId", R"(
MINE { NAME TRANSFER {
    std::scoped_lock guard(bank[index(t.from)].mutex, bank[index(t.to)].mutex);
    return apply(bank, t, hold);
  } };)"},
    {"money and 1", kMoney, R"(
MINE { NAME TRANSFER {
    const auto guard = this->lock_pair(bank, t);
    bank[t.from].balance.set(bank[t.from].balance.get() - t.amount - 1);
    return TransferOutcome::done;
  } };)"},
    {"money > 0", kMoney, R"(
MINE { NAME TRANSFER { return t.amount > 0 ? apply(bank, t, hold) : TransferOutcome::declined; } };)"},
    {"a percentage of money", kMoney, R"(
MINE { NAME TRANSFER {
    const Money fee = t.amount * 0.01;
    return fee == Money{} ? TransferOutcome::declined : apply(bank, t, hold);
  } };)"},
    {"a balance set to 0", kMoney, R"(
MINE { NAME TRANSFER {
    const auto guard = this->lock_pair(bank, t);
    bank[t.from].balance.set(0);
    return TransferOutcome::done;
  } };)"},
};

test::Finished compile(test::Arguments arguments) {
  const std::string tree = BANKSIM_SOURCE_TREE;
  arguments = test::with(arguments, {"-std=c++20", "-I", tree + "/include", "-I", tree + "/src"});
  return test::run({.arguments = arguments, .environment = {"LC_ALL=C"}, .program = BANKSIM_CXX});
}

// What the registry includes, compiled once.
const std::string& headers() {
  static const test::ScratchFolder folder;
  static const std::string path = folder / "headers.hpp";
  static const bool compiled = [] {
    test::write_file(path, "#include <registry.hpp>\n#include <algorithm>\n#include <chrono>\n");
    return compile({"-x", "c++-header", path, "-o", path + ".gch"}).code == 0;
  }();
  REQUIRE(compiled);
  return path;
}

std::string first_error(const Mistake& mistake) {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder / "banksim/strategies");
  test::write_file(folder / "banksim/strategies/all.hpp", kBefore + std::string(mistake.code) + kAfter);
  const std::string registry = BANKSIM_SOURCE_TREE "/src/registry.cpp";
  const test::Finished compiled =
      compile({"-fsyntax-only", "-Wfatal-errors", "-include", headers(), "-I", folder.path(), registry});
  std::istringstream lines(compiled.err);
  for (std::string line; std::getline(lines, line);)
    if (line.find("error:") != std::string::npos) return line;
  return "no error, code " + std::to_string(compiled.code) + ": " + compiled.err;
}

void check(std::span<const Mistake> mistakes) {
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.what);
    CHECK_THAT(first_error(mistake), Catch::Matchers::ContainsSubstring(mistake.said));
  }
}

}  // namespace

TEST_CASE("Who declares a strategy wrongly is told in the first line what it lacks", "[mistakes]") {
  check(kOfDeclaration);
}

TEST_CASE("Who returns no guard, or locks what is no lock of the seam, is told so in the first line",
          "[mistakes]") {
  check(kOfGuards);
}

TEST_CASE("Who writes a transfer that cannot be is told in the first line what to write", "[mistakes]") {
  check(kOfTransfers);
}

TEST_CASE("A strategy without a mistake compiles", "[mistakes]") {
  CHECK(first_error({"none", "", "MINE { NAME TRANSFER { return apply(bank, t, hold); } };"}) ==
        "no error, code 0: ");
}
