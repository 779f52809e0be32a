// What a child says of itself, and what it leaves.
#pragma once

#include "explore/body_watch.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace banksim {

// In shared memory. The child writes; the parent trusts nothing that it reads.
struct Mailbox {
  // The kind of what the child leaves: its result, or what its work threw.
  enum class Kind : std::uint32_t {
    nothing,
    result,
    config_error,
    machine_error,
    out_of_memory,
    refused,
    bad_token,
    error
  };

  // Of addresses; what is not written takes no memory. After the members comes the text.
  static constexpr std::size_t kBytes = std::size_t{64} << 20;
  static constexpr std::size_t kNumbers = 4;
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

  std::atomic<int> signal{0};  // the parent's wish to end
  std::atomic<bool> cancel{false};
  std::atomic<std::uint64_t> beats{0};
  std::atomic<std::uint64_t> numbers[kNumbers]{};
  model::BodyWatch body;  // of an exploration
  std::atomic<bool> over_cpu_time{false};

  // Of a thread that dies of a signal.
  std::atomic<std::uint32_t> dying_thread{kUnknown};
  std::atomic<std::uint64_t> dying_transfer{0};
  std::atomic<bool> dying_in_audit{false};

  // Takes effect once; a text that is too long is no result.
  void leave(Kind kind, const std::string& text);
  // What was left, if it is whole.
  std::optional<std::pair<Kind, std::string>> left() const;

  // For the child's progress: what happened since, and that it lives.
  void beat(std::initializer_list<std::uint64_t> values);

 private:
  std::atomic<Kind> kind_{Kind::nothing};
  std::uint64_t length_ = 0;
  std::uint64_t checksum_ = 0;
};

inline constexpr std::uint64_t kMostShown = 65536;  // bytes of what a child prints

}  // namespace banksim
