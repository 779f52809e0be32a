#include "explore/heap.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <utility>

namespace banksim::model {
namespace {

constexpr std::size_t kGrain = 16;

std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

std::size_t end_of(const Arena::Block& block) {
  return block.offset + round_up(std::max<std::size_t>(block.bytes, 1), kGrain);
}

thread_local Heap* serving_heap = nullptr;
thread_local Arena* serving_part = nullptr;
thread_local int statics_in_the_making = 0;
thread_local std::uint64_t statics_begun = 0;

}  // namespace

// --- One part ---

void* Arena::allocate(std::size_t bytes, std::size_t alignment) {
  const std::size_t needed = round_up(std::clamp<std::size_t>(bytes, 1, kBytes + 1), kGrain);
  const auto base = reinterpret_cast<std::uintptr_t>(memory_);
  for (std::size_t i = packed_; !overflow_; ++i) {
    const std::size_t gap = i == 0 ? 0 : end_of(blocks_[i - 1]);
    const std::size_t end = i == blocks_.size() ? kBytes : blocks_[i].offset;
    const std::size_t begin = round_up(base + gap, std::max(alignment, kGrain)) - base;
    if (begin + needed <= end) {
      blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(i), {begin, bytes});
      if (i == packed_ && begin == gap) ++packed_;
      used_ = std::max(used_, begin + needed);
      return memory_ + begin;
    }
    if (i == packed_ && gap == end) ++packed_;
    if (i < blocks_.size()) continue;
    overflow_ = {0, bytes};
    for (const Block& block : blocks_) overflow_->had += block.bytes;
  }
  return nullptr;
}

void Arena::free(const void* memory) {
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(memory) - memory_);
  const auto block = std::ranges::lower_bound(blocks_, offset, {}, &Block::offset);
  if (block == blocks_.end() || block->offset != offset) {
    freed_stray_ = true;
    return;
  }
  std::memset(begin_of(*block), 0, block->bytes);
  packed_ = std::min(packed_, static_cast<std::size_t>(block - blocks_.begin()));
  blocks_.erase(block);
}

void Arena::clear() {
  std::memset(memory_, 0, used_);
  blocks_.clear();
  packed_ = 0;
  overflow_.reset();
  freed_stray_ = false;
}

bool Arena::has_strays() const {
  const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
  const std::byte* at = memory_;
  bool clean = !freed_stray_;
  for (const Block& block : blocks_) {
    clean = clean && std::all_of(at, static_cast<const std::byte*>(begin_of(block)), is_zero);
    at = begin_of(block) + block.bytes;
  }
  return !clean || !std::all_of(at, static_cast<const std::byte*>(memory_) + used_, is_zero);
}

void Arena::append_to(std::vector<std::uint64_t>& key) const {
  key.push_back(blocks_.size());
  for (const Block& block : blocks_) {
    key.insert(key.end(), {block.offset, block.bytes});
    const std::size_t old = key.size();
    key.resize(old + round_up(block.bytes, sizeof(std::uint64_t)) / sizeof(std::uint64_t));
    if (block.bytes > 0) std::memcpy(key.data() + old, begin_of(block), block.bytes);
  }
}

// --- All of it ---

// Of the process: a heap that is gone leaves its memory to the next one, which finds it at the same address.
struct Heap::Region {
  std::byte* memory = nullptr;
  Region* next = nullptr;
  std::atomic<bool> taken{true};
  // Of the strategies explored here, whose statics are never made again: what guards them, what they allocated.
  std::vector<const void*> guards{};
  std::vector<std::span<std::byte>> of_statics{};

  static Region& take() {
    for (Region* region = first.load(); region != nullptr; region = region->next)
      if (!region->taken.exchange(true)) return *region;
    auto made = std::make_unique<Region>();
    void* const memory = ::mmap(nullptr, 2 * Arena::kBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    made->memory = static_cast<std::byte*>(memory);
    made->next = first.load();
    while (!first.compare_exchange_weak(made->next, made.get())) {
    }
    return *made.release();
  }

  // The one that it lies in.
  static Region* of(const void* memory) {
    Region* region = first.load();
    while (region != nullptr && (memory < region->memory || memory >= region->memory + 2 * Arena::kBytes))
      region = region->next;
    return region;
  }

 private:
  static inline constinit std::atomic<Region*> first{nullptr};
};

Heap::Heap() : region_(Region::take()), strategy_(region_.memory), body_(region_.memory + Arena::kBytes) {
  void* probe = nullptr;
  {
    const Use use(*this, body_);
    probe = ::operator new(1);
    is_served_ = body_.contains(probe);
    ::operator delete(probe);
  }
}

Heap::~Heap() {
  strategy_.clear();
  body_.clear();
  region_.taken = false;
}

void Heap::keep_strategy() { kept_.assign(strategy_.used().begin(), strategy_.used().end()); }

std::span<const std::span<std::byte>> Heap::of_statics() const { return region_.of_statics; }

void Heap::restore_strategy() {
  std::copy(kept_.begin(), kept_.end(), strategy_.used().begin());
  freed_.reset();
}

std::optional<std::string> Heap::change() const {
  if (freed_) return fmt::format("frees {} bytes", *freed_);
  if (kept_.empty() || std::memcmp(kept_.data(), strategy_.used().data(), kept_.size()) == 0) return {};
  for (const Arena::Block& block : strategy_.blocks())
    for (std::size_t byte = 0; byte < block.bytes; ++byte)
      if (strategy_.begin_of(block)[byte] != kept_[block.offset + byte])
        return fmt::format("changes byte {} of {} bytes", byte, block.bytes);
  return {};
}

Heap::Use::Use(Heap* heap, Arena* part)
    : heap_before_(std::exchange(serving_heap, heap)), part_before_(std::exchange(serving_part, part)) {
  if (part_before_ == nullptr) statics_in_the_making = 0;  // a body may have been dropped while it made one
}

Heap::Use::~Use() {
  serving_heap = heap_before_;
  serving_part = part_before_;
}

void* heap_allocate(std::size_t bytes, std::size_t alignment) noexcept {
  Arena* const part = serving_part;
  if (part == nullptr || statics_in_the_making > 0) return nullptr;
  const Heap::Pause pause;  // the table of blocks is not its own
  return part->allocate(bytes, alignment);
}

bool heap_is_in_use() noexcept { return serving_part != nullptr; }

bool heap_is_full() noexcept {
  return heap_is_in_use() && statics_in_the_making == 0 && serving_part->overflow();
}

bool heap_free(void* memory) noexcept {
  const Heap::Region* const region = Heap::Region::of(memory);
  if (region == nullptr) {
    if (serving_heap != nullptr)
      std::erase_if(serving_heap->region_.of_statics,
                    [memory](const auto& block) { return block.data() == memory; });
    return false;
  }
  Heap* const heap = serving_heap;
  if (heap == nullptr || &heap->region_ != region) return true;
  Arena* const part = serving_part;
  const Heap::Pause pause;
  if (part->contains(memory)) {
    part->free(memory);
  } else if (heap->strategy_.contains(memory)) {
    for (const Arena::Block& block : heap->strategy_.blocks())
      if (heap->strategy_.begin_of(block) == memory) heap->freed_ = block.bytes;
  }
  return true;
}

void heap_note_static(const void* guard, bool begins) noexcept {
  statics_in_the_making += begins ? 1 : -1;
  if (!begins || serving_heap == nullptr) return;
  auto& guards = serving_heap->region_.guards;
  const Heap::Pause pause;
  if (std::ranges::find(guards, guard) != guards.end()) return;  // such as a std::once_flag on a stack
  guards.push_back(guard);
  ++statics_begun;
}

std::uint64_t statics_made() noexcept { return statics_begun; }

void heap_note_of_static(void* memory, std::size_t bytes) {
  if (serving_heap == nullptr || statics_in_the_making == 0) return;
  Heap& heap = *serving_heap;
  const Heap::Pause pause;
  heap.region_.of_statics.emplace_back(static_cast<std::byte*>(memory), bytes);
}

}  // namespace banksim::model
