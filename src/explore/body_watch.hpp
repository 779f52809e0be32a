// What the strategy's code is doing in an exploration, for whoever looks on: from another process too, which then
// trusts nothing of it.
//
// Threads: the exploring thread writes, anyone reads.
#pragma once

#include <banksim/bank.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace banksim::model {

enum class OpKind : std::uint8_t;

struct BodyWatch {
  enum class Part : std::uint8_t { constructor, transfer, audit, destructor };
  static constexpr std::uint8_t kNoOperation = 0xff;

  // Odd while the strategy's code runs. Where it stays the same then, that comes to no operation.
  std::atomic<std::uint64_t> moves{0};
  std::atomic<Part> part{Part::constructor};
  std::atomic<AccountId> from{}, to{};  // of the transfer
  std::atomic<std::int64_t> amount{0};
  std::atomic<std::uint8_t> operation{kNoOperation};  // the last one: an OpKind
  std::atomic<AccountId> account{};                   // that it was about
  // Addresses below its stack, where it dies, and whether it did.
  std::span<const std::byte> forbidden{};
  std::atomic<bool> left_its_stack{false};

  void begin(Part which) {
    part = which;
    operation = kNoOperation;
    moves = moves + 1;
  }
  void begin(const Transfer& transfer) {
    from = transfer.from;
    to = transfer.to;
    amount = transfer.amount.minor_units();
    begin(Part::transfer);
  }
  // Where a signal says that it went wrong: asked in its handler.
  void note_fault(const void* address) {
    left_its_stack = address >= forbidden.data() && address < forbidden.data() + forbidden.size();
  }
  bool runs() const { return moves % 2 != 0; }
  void end() { moves = moves + 1; }
  void move() { moves = moves + 2; }
  void note(OpKind op, AccountId about) {
    operation = static_cast<std::uint8_t>(op);
    account = about;
  }

  // Of what began last: "transfer 0 -> 1, 2, after lock account 0".
  std::string where() const;
};

inline constexpr const char* kNeedsMuchStack = "it needs more than 60 KiB of stack";

// "the strategy cannot be explored: transfer 0 -> 1, 2, after lock account 0: it ..."
std::string refusal(const std::string& where, const std::string& why);

}  // namespace banksim::model
