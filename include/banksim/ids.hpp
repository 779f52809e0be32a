// Who and what: accounts and workers are numbered, and the two numbers are different types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace banksim {

// An account is its index in the bank, from 0. kNoAccount marks a mutex that a strategy keeps for itself. The numbers
// from kFirstNamed on are no accounts either: they stand for the names of such mutexes (deadlock.hpp).
enum class AccountId : std::uint32_t {};
inline constexpr AccountId kNoAccount{0xffff'ffff};
inline constexpr AccountId kFirstNamed{0xffff'0000};
inline constexpr std::size_t kMostLettersOfALock = 64;  // of its name; the rest is not kept

// A worker is its index in the pool, from 0; the auditor comes after the last worker.
enum class WorkerId : std::uint32_t {};
inline constexpr WorkerId kNobody{0xffff'ffff};
// Any thread that is no worker: a test's own, or the one that runs a strategy's constructor. It fits in 31 bits, and so
// does the next number: a lock word has room for who holds it and for one bit more.
inline constexpr WorkerId kOutsider{0x7fff'fffe};

constexpr std::uint32_t index(AccountId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(WorkerId id) { return static_cast<std::uint32_t>(id); }

}  // namespace banksim
