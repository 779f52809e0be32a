// What the compiler asks of a strategy, in sentences that say what to write.
//
// Every use of a strategy begins here: the list of all, a run, an exploration. So the compiler's first line is
// such a sentence, and not about a template that stumbled. What is asked while a strategy runs, and what nobody
// asks, is said in explore.hpp.
#pragma once

#include <banksim/strategy.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>

namespace banksim {

// Whether T has a member of such a name, whatever it is: the name is ambiguous in who inherits another one too.
struct OptionalMembers {
  int transfer, audit;
};
template <class T>
struct WithOptionalMembers : T, OptionalMembers {};
template <class T>
concept NamesTransfer = !std::is_final_v<T> && !requires {
  &WithOptionalMembers<T>::transfer;
};
template <class T>
concept NamesAudit = !std::is_final_v<T> && !requires {
  &WithOptionalMembers<T>::audit;
};

template <class T>
concept ScopedGuard = std::is_class_v<T> &&
    (std::is_same_v<T, NoGuard> || !std::is_trivially_destructible_v<T>);

// A std::mutex, or made of one: std::unique_lock<std::mutex>, also in a std::pair.
template <class T>
inline constexpr bool kIsOfStdMutex = StdMutex<T>;
template <template <class...> class Whole, class... Parts>
inline constexpr bool kIsOfStdMutex<Whole<Parts...>> = (kIsOfStdMutex<Parts> || ...);
template <class T>
concept OfSeam = !kIsOfStdMutex<T>;

// The formatter tears what a static_assert requires.
// clang-format off
template <class T, class S>
consteval bool keeps_rules() {
  using Text = std::string_view;
  static_assert(requires { typename std::bool_constant<Text(T::name).empty()>; },
                "the strategy lacks a public: static constexpr std::string_view name");
  static_assert(requires { typename std::bool_constant<(Text(T::summary).empty() || Text(T::how).empty() ||
                                                        Text(T::wins).empty() || Text(T::source).empty())>; },
                "the strategy lacks a public: static constexpr std::string_view summary, how, wins or source");
  static_assert(requires { typename std::bool_constant<(T::deadlock_free || T::conserves_money)>; },
                "the strategy lacks a public: static constexpr bool deadlock_free or conserves_money");
  static_assert(std::is_default_constructible_v<T> || std::is_constructible_v<T, const Setup&>,
                "the strategy must have a constructor without arguments, or one from a Setup");
  static_assert(requires(T s, Bank<S>& bank, const Transfer& t) { s.lock_pair(bank, t); },
                "the strategy lacks a public: auto lock_pair(Bank<S>& bank, const Transfer& transfer)");
  static_assert(requires(T s, Bank<S>& bank) { s.lock_all(bank); },
                "the strategy lacks a public: auto lock_all(Bank<S>& bank)");
  static_assert(requires(T s, Bank<S>& bank, const Transfer& t) { { s.lock_pair(bank, t) } -> ScopedGuard;
                                                                  { s.lock_all(bank) } -> ScopedGuard; },
                "lock_pair() and lock_all() must return a guard by value, whose destructor unlocks");
  static_assert(requires(T s, Bank<S>& bank, const Transfer& t) { { s.lock_pair(bank, t) } -> OfSeam;
                                                                  { s.lock_all(bank) } -> OfSeam; },
                "guards must lock a typename S::Mutex, and no std::mutex: that one the explorer cannot see");
  static_assert(!NamesTransfer<T> || requires(T s, Bank<S>& bank, const Transfer& t, void (&hold)()) {
                  { s.transfer(bank, t, hold) } -> std::same_as<TransferOutcome>; },
                "transfer() is there but not as: template <class Hold> TransferOutcome "
                "transfer(Bank<S>& bank, const Transfer& transfer, Hold&& hold)");
  static_assert(!NamesAudit<T> || requires(T s, Bank<S>& bank) { { s.audit(bank) } -> std::same_as<Money>; },
                "audit() is there but not as: Money audit(Bank<S>& bank)");
  return true;
}
// clang-format on

// The strategies of a program. The parameter's name is what GCC prints of who is none.
template <template <class Sync> class... EachIsATemplateOverItsSync>
struct StrategyList {
  static_assert((keeps_rules<EachIsATemplateOverItsSync<ThreadSync<>>, ThreadSync<>>() && ...));
};

}  // namespace banksim
