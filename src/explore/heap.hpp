// A heap for the strategy's code: what it allocates is then as plain to see as its stack.
//
// While a Heap::Use lives, operator new and delete of its thread are served by one part of the heap: the
// strategy's, for what lives as long as the strategy does, or the body's, which begins empty with each body. So
// it is in a program that has operators.cpp, with which the operators are replaced; in another one nothing is
// served, and is_served() says so.
//
// Promises: the same calls of new and delete give the same addresses, and memory that is zero. A body that is
// dropped leaks nothing. What outlives the body that makes it is served as usual: a static in a function, and whatever
// std::call_once makes. Where a part is full std::bad_alloc is thrown. The memory stays mapped as long as the process
// lives: what a thread_local keeps of it is deleted later, and passed over.
//
// Forbids: malloc() is not seen, nor is what comes of std::rethrow_exception.
//
// Threads: a heap is one exploration's and serves the thread of its Use. Heaps share nothing.
//
// Cost: 16 MiB of addresses for each exploration at work, of which memory is what was used. An allocation is a
// search from the first gap on, and to free is to zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace banksim::model {

// One part: memory at an address that never changes, first fit by address, with its table of blocks elsewhere.
class Arena {
 public:
  static constexpr std::size_t kBytes = std::size_t{8} << 20;

  struct Block {
    std::size_t offset;
    std::size_t bytes;
  };

  explicit Arena(std::byte* memory) : memory_(memory) { blocks_.reserve(64); }

  // Null: there is no room, as overflow() tells from then on. Nothing more is given then.
  void* allocate(std::size_t bytes, std::size_t alignment);
  void free(const void* memory);
  // As it was at first.
  void clear();

  bool contains(const void* memory) const { return memory >= memory_ && memory < memory_ + kBytes; }
  struct Overflow {
    std::size_t had;  // bytes, when so many more were wanted
    std::size_t wanted;
  };
  const std::optional<Overflow>& overflow() const { return overflow_; }
  // Whether anybody wrote or freed what is no block: by a pointer from before it was cleared.
  bool has_strays() const;
  std::span<const Block> blocks() const { return blocks_; }
  std::span<std::byte> used() const { return {memory_, used_}; }
  std::byte* begin_of(const Block& block) const { return memory_ + block.offset; }
  // What tells its contents from others.
  void append_to(std::vector<std::uint64_t>& key) const;

 private:
  std::byte* memory_;
  std::vector<Block> blocks_;  // by offset
  std::size_t packed_ = 0;     // so many of the first blocks have no gap before them
  std::size_t used_ = 0;       // beyond that all is zero, and always was
  std::optional<Overflow> overflow_;
  bool freed_stray_ = false;
};

class Heap {
 public:
  Heap();
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  Arena& strategy() { return strategy_; }
  Arena& body() { return body_; }
  const Arena& body() const { return body_; }
  // Whether this program's operators are served at all.
  bool is_served() const { return is_served_; }

  // What the strategy's part holds now is what it must hold after every body.
  void keep_strategy();
  void restore_strategy();
  // "changes byte 3 of 16 bytes", "frees 16 bytes". Nothing: it holds that.
  std::optional<std::string> change() const;

  // What statics have allocated that a strategy's code came to, here or in an earlier heap of the same memory.
  std::span<const std::span<std::byte>> of_statics() const;

  // New and delete of this thread are served by that part; by none while a Pause lives.
  class Use {
   public:
    Use(Heap& heap, Arena& part) : Use(&heap, &part) {}
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   protected:
    Use(Heap* heap, Arena* part);

   private:
    Heap* heap_before_;
    Arena* part_before_;
  };
  struct Pause : Use {
    Pause() : Use(nullptr, nullptr) {}
  };

 private:
  friend bool heap_free(void* memory) noexcept;
  friend void heap_note_of_static(void* memory, std::size_t bytes);
  friend void heap_note_static(const void* guard, bool begins) noexcept;
  struct Region;

  Region& region_;
  Arena strategy_;
  Arena body_;
  bool is_served_ = false;
  std::vector<std::byte> kept_;
  std::optional<std::size_t> freed_;  // bytes of the strategy's part, by a body
};

// For the operators. Null, and false: it is not ours, do as usual.
void* heap_allocate(std::size_t bytes, std::size_t alignment) noexcept;
// Whether strategy code asks, for which there is no more.
bool heap_is_full() noexcept;
bool heap_is_in_use() noexcept;
bool heap_free(void* memory) noexcept;
// A static is made from now on, or no more: nothing is served meanwhile. `guard`: where it is noted that it is made.
void heap_note_static(const void* guard, bool begins) noexcept;
// How many were begun on this thread, each guard counted once.
std::uint64_t statics_made() noexcept;
// If one is in the making: this is allocated for it.
void heap_note_of_static(void* memory, std::size_t bytes);

}  // namespace banksim::model
