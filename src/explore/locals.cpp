#include "explore/locals.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace banksim::model {
namespace {

thread_local Locals* current_locals = nullptr;

constexpr const char* kRepeatsOtherwise =
    "repeated, it does something else: it has state that the explorer does not see";

}  // namespace

std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value) {
  return banksim_operate(static_cast<std::uint64_t>(kind), object, value);
}

extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept {
  return Locals::current().on_operation(static_cast<OpKind>(kind), object, value, low);
}

void add_mutex(const void* object) { Locals::current().add_mutex(object); }
void add_cell(const void* object, std::uint64_t value) { Locals::current().add_cell(object, value); }

Locals& Locals::current() { return *current_locals; }

void key_by_stack(const Locals& locals, const Local&, std::vector<std::uint64_t>& key) {
  locals.append_live_stack(key);
}

Locals::Locals(ExploreSubjectFactory make, std::span<const Money> opening, std::uint32_t workers,
               std::vector<Transfer> choices, LocalKey key)
    : key_(key),
      accounts_(static_cast<std::uint32_t>(opening.size())),
      choices_(std::move(choices)),
      first_(choices_.size() + 1, kNoLocal) {
  if (current_locals != nullptr) throw std::logic_error("an exploration inside an exploration");
  current_locals = this;
  try {
    subject_ = make(opening, workers);
    const auto bytes = subject_->own_bytes();
    as_made_.assign(bytes.begin(), bytes.end());
  } catch (...) {
    current_locals = nullptr;
    throw;
  }
}

Locals::~Locals() {
  if (subject_ != nullptr)  // its destructor finds what its constructor made
    std::memcpy(subject_->own_bytes().data(), as_made_.data(), as_made_.size());
  subject_.reset();
  current_locals = nullptr;
}

std::uint64_t Locals::bytes() const {
  return locals_.capacity() * sizeof(Local) + next_.capacity() * sizeof(decltype(next_)::value_type) +
         map_bytes_;
}

// --- The objects that are shared ---

void Locals::add_mutex(const void* object) {
  if (subject_ != nullptr) fail("it makes a mutex during a transfer");
  objects_[object] = {mutexes_made_++, kUnused};
}

void Locals::add_cell(const void* object, std::uint64_t value) {
  if (subject_ != nullptr) fail("it makes a cell during a transfer");
  const auto made = static_cast<std::uint32_t>(cells_.size());
  objects_[object] = {made, made};
  cells_.push_back(value);
}

ObjectIndex Locals::index_of(const Local& found) {
  const auto entry = objects_.find(found.address);
  if (entry == objects_.end())
    throw NotExplorable(is_access(found.op) ? "the strategy uses a cell outside the bank"
                                            : "the strategy uses a mutex outside the bank");
  Object& object = entry->second;
  if (object.index == kUnused) {
    if (mutexes_.size() == kMaxMutexes) throw TooLarge("the strategy uses more than 16 mutexes");
    object.index = static_cast<ObjectIndex>(mutexes_.size());
    mutexes_.push_back(object.made);
  }
  return object.index;
}

AccountId Locals::account_of(const Local& local) const {
  return local.op == OpKind::commit ? kNoAccount : account_of(objects_.at(local.address).made);
}

std::uint32_t Locals::own_number(const Local& local) const {
  if (local.op == OpKind::commit) return 0;
  const std::size_t all = is_access(local.op) ? cells_.size() : mutexes_made_;
  const std::uint32_t made = objects_.at(local.address).made;
  return all < accounts_ + 2 || made < accounts_ ? 0 : made - accounts_ + 1;
}

// --- Where a worker goes ---

LocalId Locals::begin(std::uint32_t choice) {
  if (first_[choice] == kNoLocal) first_[choice] = find(kNoLocal, choice, 0);
  return first_[choice];
}

LocalId Locals::advance(LocalId local, std::uint64_t result) {
  for (const auto& [gave, next] : next_[local])
    if (gave == result) return next;
  const LocalId next = find(local, locals_[local].choice, result);
  next_[local].emplace_back(result, next);
  map_bytes_ += sizeof(next_[local].back());
  return next;
}

LocalId Locals::find(LocalId from, std::uint32_t choice, std::uint64_t result) {
  script_.clear();
  std::uint64_t gave = result;
  for (LocalId at = from; at != kNoLocal; at = locals_[at].before) {
    script_.push_back({at, gave});
    gave = locals_[at].result;
  }
  std::reverse(script_.begin(), script_.end());
  position_ = 0;
  running_choice_ = choice;
  stack_.run(&Locals::body, this);

  if (stack_.overflowed()) fail("it needs too much stack");
  // A plain member that a transfer writes is shared by all threads without a lock that the explorer could see.
  if (std::memcmp(subject_->own_bytes().data(), as_made_.data(), as_made_.size()) != 0)
    fail("it changes a plain member of its own; what threads share must be an S::Cell or an S::Mutex");
  if (failure_ != nullptr) throw NotExplorable(std::string("the strategy cannot be explored: ") + failure_);
  stop_.choice = choice;
  stop_.before = from;
  stop_.result = result;
  if (stop_.op != OpKind::commit) stop_.object = index_of(stop_);
  return intern(stop_);
}

// On the stack of its own. Small: its frame is part of every local state.
void Locals::body(void* self) {
  auto& here = *static_cast<Locals*>(self);
  std::uint64_t value = 0;
  try {
    if (here.running_choice_ == here.audit_choice())
      value = static_cast<std::uint64_t>(here.subject_->audit().minor_units());
    else
      value = static_cast<std::uint64_t>(here.subject_->transfer(here.choices_[here.running_choice_]));
  } catch (...) {
    here.failure_ = "it throws";
  }
  here.end_of_body(value);
}

void Locals::end_of_body(std::uint64_t value) noexcept {
  if (position_ < script_.size()) fail(kRepeatsOtherwise);
  stop_ = {.op = OpKind::commit, .value = value};
  stack_.leave();
}

std::uint64_t Locals::on_operation(OpKind kind, const void* object, std::uint64_t value,
                                   const void* low) noexcept {
  if (position_ < script_.size() && failure_ == nullptr) {
    const Decided& decided = script_[position_++];
    const Local& expected = locals_[decided.at];
    if (expected.op != kind || expected.address != object || expected.value != value) fail(kRepeatsOtherwise);
    return decided.result;
  }
  stop_ = {.op = kind, .address = object, .value = value};
  stop_low_ = low;
  stack_.leave();
}

void Locals::fail(const char* why) noexcept {
  if (failure_ == nullptr) failure_ = why;
}

LocalId Locals::intern(const Local& found) {
  std::vector<std::uint64_t> key{found.choice, static_cast<std::uint64_t>(found.op), found.object,
                                 found.value};
  if (found.op != OpKind::commit) key_(*this, found, key);
  const auto [entry, is_new] = local_ids_.emplace(std::move(key), static_cast<LocalId>(locals_.size()));
  if (is_new) {
    map_bytes_ += entry->first.capacity() * sizeof(std::uint64_t) + sizeof(*entry) + 4 * sizeof(void*);
    locals_.push_back(found);
    next_.emplace_back();
  }
  return entry->second;
}

}  // namespace banksim::model
