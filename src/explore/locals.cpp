#include "explore/locals.hpp"

#include "explore/store.hpp"

#include <algorithm>
#include <stdexcept>

namespace banksim::model {
namespace {

thread_local Locals* current_locals = nullptr;

}  // namespace

std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value) {
  return banksim_operate(static_cast<std::uint64_t>(kind), object, value);
}

extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept {
  return Locals::current().on_operation(static_cast<OpKind>(kind), object, value, low);
}

void add_mutex(const void* object, AccountId account) { Locals::current().add_mutex(object, account); }

void add_cell(const void* object, AccountId account, std::uint64_t value, bool is_balance) {
  Locals::current().add_cell(object, {account, value, is_balance});
}

Locals& Locals::current() { return *current_locals; }

void key_by_stack(const Locals& locals, const Local&, std::vector<std::uint64_t>& key) {
  const auto words = locals.live_stack();
  key.insert(key.end(), words.begin(), words.end());
}

Locals::Locals(ExploreSubjectFactory make, std::span<const Money> opening, std::vector<Transfer> choices,
               LocalKey key)
    : key_(key),
      choices_(std::move(choices)),
      has_balance_(opening.size()),
      has_mutex_(opening.size()),
      memory_(1024) {
  if (current_locals != nullptr) throw std::logic_error("an exploration inside an exploration");
  current_locals = this;
  try {
    subject_ = make(opening);
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
  return locals_.capacity() * sizeof(Local) + memory_.capacity() * sizeof(Remembered) + key_bytes_;
}

// The bank makes an account's before the strategy makes any.
bool Locals::is_first_of(AccountId account, std::vector<bool>& seen) {
  if (index(account) >= seen.size() || seen[index(account)]) return false;
  return seen[index(account)] = true;
}

void Locals::add_mutex(const void* object, AccountId account) {
  if (subject_ != nullptr && failure_.empty()) failure_ = "it makes a mutex during a transfer";
  if (!is_first_of(account, has_mutex_)) account = kNoAccount;
  mutex_accounts_[object] = account;
  if (account == kNoAccount) own_mutexes_.push_back(object);
}

void Locals::add_cell(const void* object, CellInfo info) {
  if (subject_ != nullptr && failure_.empty()) failure_ = "it makes a cell during a transfer";
  info.is_balance = info.is_balance && is_first_of(info.account, has_balance_);
  if (!info.is_balance) info.account = kNoAccount;
  cell_index_[object] = static_cast<ObjectIndex>(cells_.size());
  cells_.push_back(info);
  if (info.account == kNoAccount) own_cells_.push_back(object);
}

std::uint32_t Locals::own_number(const Local& local) const {
  if (local.op == OpKind::commit) return 0;
  const bool is_cell = local.op == OpKind::get || local.op == OpKind::set;
  const auto& own = is_cell ? own_cells_ : own_mutexes_;
  const auto at = std::find(own.begin(), own.end(), local.address);
  return own.size() < 2 || at == own.end() ? 0 : static_cast<std::uint32_t>(at - own.begin()) + 1;
}

// --- Remembering ---

LocalId Locals::begin(std::uint32_t choice) {
  const Remembered& slot = memory_slot(~choice, 0);
  if (slot.used) return slot.next;
  return find(kNoLocal, choice, 0);
}

LocalId Locals::advance(LocalId local, std::uint64_t result) {
  const Remembered& slot = memory_slot(local, result);
  if (slot.used) return slot.next;
  return find(local, locals_[local].choice, result);
}

Locals::Remembered& Locals::memory_slot(LocalId from, std::uint64_t result) {
  const std::size_t mask = memory_.size() - 1;
  for (std::size_t at = mix(result, from) & mask;; at = (at + 1) & mask) {
    Remembered& slot = memory_[at];
    if (!slot.used || (slot.from == from && slot.result == result)) return slot;
  }
}

void Locals::grow_memory() {
  std::vector<Remembered> old(memory_.size() * 2);
  old.swap(memory_);
  for (const Remembered& entry : old)
    if (entry.used) memory_slot(entry.from, entry.result) = entry;
}

// --- Finding out by running ---

LocalId Locals::find(LocalId from, std::uint32_t choice, std::uint64_t result) {
  script_.clear();
  if (from != kNoLocal) {
    script_.push_back({from, result});
    for (LocalId at = from; locals_[at].before != kNoLocal; at = locals_[at].before)
      script_.push_back({locals_[at].before, locals_[at].result});
    std::reverse(script_.begin(), script_.end());
  }
  run(choice);

  Local found{};
  found.op = stop_.op;
  found.choice = choice;
  found.address = stop_.object;
  found.value = stop_.value;
  found.before = from;
  found.result = result;
  if (stop_.op != OpKind::commit) found.object = index_of(stop_);
  const LocalId next = intern(found);

  if (++remembered_ * 2 > memory_.size()) grow_memory();
  const LocalId remembered_from = from == kNoLocal ? ~choice : from;
  memory_slot(remembered_from, result) = {result, remembered_from, next, true};
  return next;
}

void Locals::run(std::uint32_t choice) {
  position_ = 0;
  running_choice_ = choice;
  stack_.run(&Locals::body, this);
  if (stack_.overflowed() && failure_.empty()) failure_ = "it needs too much stack";
  if (changed_itself() && failure_.empty())
    failure_ = "it changes a plain member of its own; what threads share must be an S::Cell or an S::Mutex";
  if (!failure_.empty()) throw NotExplorable("the strategy cannot be explored: " + failure_);
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
  if (position_ < script_.size() && failure_.empty())
    failure_ = "repeated, it does something else: it has state that the explorer does not see";
  stop_ = {OpKind::commit, nullptr, value, nullptr};
  stack_.leave();
}

std::uint64_t Locals::on_operation(OpKind kind, const void* object, std::uint64_t value,
                                   const void* low) noexcept {
  if (position_ < script_.size() && failure_.empty()) {
    const Decided& decided = script_[position_++];
    const Local& expected = locals_[decided.at];
    if (expected.op != kind || expected.address != object || expected.value != value)
      failure_ = "repeated, it does something else: it has state that the explorer does not see";
    return decided.result;
  }
  stop_ = {kind, object, value, low};
  stack_.leave();
}

// --- Names for what was found ---

LocalId Locals::intern(const Local& found) {
  std::vector<std::uint64_t> key{found.choice, static_cast<std::uint64_t>(found.op), found.object,
                                 found.value};
  if (found.op != OpKind::commit) key_(*this, found, key);
  const auto [entry, is_new] = local_ids_.emplace(std::move(key), static_cast<LocalId>(locals_.size()));
  if (is_new) {
    key_bytes_ += entry->first.capacity() * sizeof(std::uint64_t) + sizeof(*entry) + 4 * sizeof(void*);
    locals_.push_back(found);
  }
  return entry->second;
}

ObjectIndex Locals::index_of(const Stop& stop) {
  if (stop.op == OpKind::get || stop.op == OpKind::set) {
    const auto cell = cell_index_.find(stop.object);
    if (cell == cell_index_.end()) throw NotExplorable("the strategy uses a cell outside the bank");
    return cell->second;
  }
  const auto [entry, is_new] = mutex_index_.emplace(stop.object, static_cast<ObjectIndex>(mutexes_.size()));
  if (is_new) {
    const auto account = mutex_accounts_.find(stop.object);
    if (account == mutex_accounts_.end()) throw NotExplorable("the strategy uses a mutex outside the bank");
    if (mutexes_.size() == kMaxMutexes) throw NotExplorable("the strategy uses more than 16 mutexes");
    mutexes_.push_back(account->second);
  }
  return entry->second;
}

// A plain member that a transfer writes is shared by all threads without a lock that the explorer could see.
bool Locals::changed_itself() const {
  return std::memcmp(subject_->own_bytes().data(), as_made_.data(), as_made_.size()) != 0;
}

}  // namespace banksim::model
