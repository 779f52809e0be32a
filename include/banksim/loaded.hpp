// What a shared object made of a strategy's file holds: an entry for each strategy, and their words as plain bytes.
// Whoever looks for words reads the file; only who runs or explores a strategy loads it.
//
// Macro: it stands alone at the end of a source, BANKSIM_LOADED(Lock, Strategy...).
#pragma once

#include <banksim/strategy_entry.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace banksim {

// Before the words, and once in the object: in two parts, so that no program that looks for it is taken for one.
inline constexpr std::array kWordsMark = {std::string_view("banksim words "),
                                          std::string_view("of strategies 1")};

template <template <class> class Strategy>
constexpr std::array<std::string_view, 7> words_of() {
  constexpr StrategyEntry entry = entry_of<Strategy>(nullptr);
  constexpr std::array<std::string_view, 8> kClaims = {"nnn", "nny", "nyn", "nyy",
                                                       "ynn", "yny", "yyn", "yyy"};
  constexpr int kPlace =
      (entry.deadlock_free ? 4 : 0) + (entry.conserves_money ? 2 : 0) + (entry.own_transfer ? 1 : 0);
  return {entry.name, entry.summary, entry.how, entry.why_safe, entry.wins, entry.source, kClaims[kPlace]};
}

// The mark and all words, a zero after each.
template <template <class> class... Strategies>
constexpr auto packed_words() {
  constexpr std::size_t kBytes = [] {
    std::size_t bytes = kWordsMark[0].size() + kWordsMark[1].size() + 1;
    for (const auto& words : {words_of<Strategies>()...})
      for (const std::string_view word : words) bytes += word.size() + 1;
    return bytes;
  }();
  std::array<char, kBytes> packed{};
  std::size_t at = 0;
  const auto put = [&](std::string_view text) {
    for (const char c : text) packed[at++] = c;
  };
  put(kWordsMark[0]);
  put(kWordsMark[1]);
  ++at;
  for (const auto& words : {words_of<Strategies>()...})
    for (const std::string_view word : words) put(word), ++at;
  return packed;
}

template <class Lock, template <class> class... Strategies>
inline constexpr std::array kLoadedEntries = {
    (static_cast<void>(keeps_rules<Strategies<ThreadSync<>>, ThreadSync<>>()),
     entry_of<Strategies>(&simulate<Strategies, Lock>))...};

}  // namespace banksim

#define BANKSIM_LOADED(Lock, ...)                                                                         \
  extern "C" {                                                                                            \
  extern const banksim::StrategyEntry* const banksim_loaded;                                              \
  const banksim::StrategyEntry* const banksim_loaded = banksim::kLoadedEntries<Lock, __VA_ARGS__>.data(); \
  }                                                                                                       \
  namespace {                                                                                             \
  [[gnu::used]] constexpr auto kBanksimWords = banksim::packed_words<__VA_ARGS__>();                      \
  }
