#include "explore/locals.hpp"

#include "run/platform.hpp"

#include <banksim/sync.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

namespace banksim::model {
namespace {

thread_local Locals* current_locals = nullptr;

constexpr const char* kRepeatsOtherwise =
    "repeated with the same results it does something else: it keeps what the explorer does not see, in a static, in "
    "a thread_local or in memory from malloc(), or it asks the time or for chance";
constexpr const char* kAsksWhoItIs = "as another worker it does something else: it asks which worker it is";
constexpr const char* kIsStatic =
    "it uses an S::Mutex or S::Cell that is no member, such as a static one: make it a member of the strategy";
constexpr const char* kKeepsMemory =
    "it uses memory that another transfer has allocated: it keeps that in a static or a thread_local";
constexpr const char* kSharesAnAddress =
    "it puts into an S::Cell where its stack, its heap or a thread_local is, or its thread's id: these are the same for "
    "all workers here";
constexpr const char* kCountsItsTries = "it makes more than 500 operations: does it count its tries?";
constexpr const char* kManyMutexes =
    "it uses more than 16 mutexes: let its table be as large as the bank (a constructor from Setup)";
constexpr const char* kUseTheSeam = "what threads share must be an S::Cell or an S::Mutex";

// A transfer that makes so many counts its tries: then no two states are the same, and the search has no end.
constexpr std::size_t kMaxOperations = 500;

// Whether it is the thread's id, or may be the address of a thread-local of this program.
bool is_of_the_thread(std::uint64_t word) {
  constexpr std::uint64_t kBytes = 1 << 16;  // of all of them, and more
  std::uint64_t id = 0;
  const std::thread::id here = std::this_thread::get_id();
  static_assert(sizeof(here) <= sizeof(id));
  std::memcpy(&id, &here, sizeof(here));
  return word == id || word - reinterpret_cast<std::uintptr_t>(&this_worker) + kBytes < 2 * kBytes;
}

// Of the exception in flight: "std::runtime_error (too late)".
std::string thrown_text() {
  const Thrown thrown = what_is_thrown();
  return thrown.type + (thrown.text ? fmt::format(" ({})", *thrown.text) : "");
}

struct Refused {};  // thrown out of the strategy's constructor when there is a failure

}  // namespace

Locals* Locals::current() { return current_locals; }

void key_by_stack(const Locals& locals, const Local&, std::vector<std::uint64_t>& key) {
  locals.append_live_heap(key);
  locals.append_live_stack(key);
}

// --- The strategy, with its bank ---

Locals::Locals(ExploreSubjectFactory make, std::span<const Money> opening, std::vector<Transfer> choices,
               LocalKey key, std::uint32_t workers, BodyWatch* watch)
    : key_(key),
      accounts_(static_cast<std::uint32_t>(opening.size())),
      workers_(workers),
      choices_(std::move(choices)),
      first_(choices_.size() + 1, kNoLocal),
      watch_(watch != nullptr ? *watch : own_watch_),
      statics_(reinterpret_cast<const void*>(make)) {
  watch_.forbidden = stack_.forbidden();
  if (current_locals != nullptr) throw std::logic_error("an exploration inside an exploration");
  current_locals = this;
  try {
    construct(make, opening, workers);
  } catch (...) {
    destroy();
    throw;
  }
}

Locals::~Locals() { destroy(); }

// What it throws lies in its own part of the heap, and must not outlive that.
void Locals::construct(ExploreSubjectFactory make, std::span<const Money> opening, std::uint32_t workers) {
  watch_.begin(BodyWatch::Part::constructor);
  try {
    const Heap::Use use(heap_, heap_.strategy());
    subject_ = make(opening, workers);
  } catch (const Refused&) {
  } catch (...) {
    check_room(heap_.strategy());
    fail("it throws " + thrown_text());
  }
  watch_.end();
  check_room(heap_.strategy());
  if (!stop_.failure.empty()) refuse(stop_.failure);
  const auto bytes = subject_->own_bytes();
  as_made_.assign(bytes.begin(), bytes.end());
  heap_.keep_strategy();
  statics_.keep(heap_.of_statics());
  phase_ = Phase::search;
}

void Locals::destroy() {
  if (subject_ != nullptr && !as_made_.empty()) {  // its destructor finds what its constructor made
    heap_.restore_strategy();
    std::memcpy(subject_->own_bytes().data(), as_made_.data(), as_made_.size());
  }
  phase_ = Phase::destructor;
  watch_.begin(BodyWatch::Part::destructor);
  {
    const Heap::Use use(heap_, heap_.strategy());
    subject_.reset();
  }
  watch_.end();
  current_locals = nullptr;
}

std::uint64_t Locals::bytes() const {
  return locals_.capacity() * sizeof(Local) + next_.capacity() * sizeof(decltype(next_)::value_type) +
         map_bytes_;
}

// --- The objects that are shared ---

void Locals::add_mutex(const void* object, const char* name) {
  const Heap::Pause pause;
  if (in_body()) fail("it makes an S::Mutex: make it a member of the strategy");
  if (*name != '\0') names_[mutexes_made_] = std::string_view(name).substr(0, kMostLettersOfALock);
  objects_[object] = {mutexes_made_++, kUnused};
}

void Locals::add_cell(const void* object, std::uint64_t value) {
  const Heap::Pause pause;
  if (in_body()) fail("it makes an S::Cell: make it a member of the strategy");
  const auto made = static_cast<std::uint32_t>(cells_.size());
  objects_[object] = {made, made};
  cells_.push_back(value);
}

std::uint64_t Locals::on_operation_alone(OpKind kind, const void* object, std::uint64_t value) {
  watch_.move();
  const auto entry = objects_.find(object);
  const bool is_known = entry != objects_.end();
  if (phase_ == Phase::constructor) {
    if (!is_access(kind))
      fail("it uses a lock: nobody else is there yet, and one that it kept would never be free");
    else if (!is_known)
      fail(kIsStatic);
    if (!stop_.failure.empty()) throw Refused{};
  }
  if (!is_access(kind)) return 1;
  if (!is_known) return 0;
  if (kind == OpKind::set) cells_[entry->second.made] = value;
  return cells_[entry->second.made];
}

ObjectIndex Locals::index_of(const Local& found) {
  const auto entry = objects_.find(found.address);
  if (entry == objects_.end()) refuse(kIsStatic);
  Object& object = entry->second;
  if (object.index == kUnused) {
    if (mutexes_.size() == kMaxMutexes) throw TooLarge("max_mutexes", refusal(watch_.where(), kManyMutexes));
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

std::string Locals::own_name(const Local& local) const {
  if (local.op == OpKind::commit || is_access(local.op)) return "";
  const auto named = names_.find(objects_.at(local.address).made);
  return named == names_.end() ? "" : named->second;
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

  const Stop stop = run_body(choice, 0);
  if (!stop.failure.empty()) refuse(stop.failure);
  if (script_.size() > kMaxOperations)
    throw TooLarge("max_operations", refusal(watch_.where(), kCountsItsTries));
  if (stop.op == OpKind::set) check_shared(stop);
  Local found{.op = stop.op,
              .choice = choice,
              .address = stop.address,
              .value = stop.value,
              .before = from,
              .result = result};
  if (found.op != OpKind::commit) found.object = index_of(found);
  std::vector<std::uint64_t> key{choice, static_cast<std::uint64_t>(found.op), found.object, found.value};
  if (found.op != OpKind::commit) key_(*this, found, key);
  check_identity(choice, stop);
  return intern(found, std::move(key));
}

// --- A body ---

const Locals::Stop& Locals::run_body(std::uint32_t choice, std::uint32_t as_worker) {
  position_ = 0;
  running_choice_ = choice;
  stop_ = {};
  stop_low_ = nullptr;
  heap_.body().clear();
  const std::uint64_t statics_before = statics_made();
  const ThreadContext outside = std::exchange(this_worker, ThreadContext{});
  this_worker.self = WorkerId{as_worker};
  if (choice == audit_choice())
    watch_.begin(BodyWatch::Part::audit);
  else
    watch_.begin(choices_[choice]);
  phase_ = Phase::body;
  {
    const Heap::Use use(heap_, heap_.body());
    stack_.run(&Locals::body, this);
  }
  phase_ = Phase::search;
  watch_.end();
  this_worker = outside;
  ++runs_;
  if (statics_made() != statics_before) statics_.keep(heap_.of_statics());
  check_memory();
  return stop_;
}

// What a body writes outside its stack and its heap is shared by all threads, without a lock that the explorer could
// see.
void Locals::check_memory() {
  if (stack_.overflowed(stop_low_)) fail(kNeedsMuchStack);
  check_room(heap_.body());
  if (heap_.body().has_strays()) fail(kKeepsMemory);
  const auto own = subject_->own_bytes();
  const auto changed = std::mismatch(own.begin(), own.end(), as_made_.begin()).first - own.begin();
  const auto heap = heap_.change();
  std::string what;
  if (static_cast<std::size_t>(changed) < own.size())
    what = fmt::format("changes byte {} of its own {}", changed, own.size());
  else if (heap)
    what = *heap + " that its constructor allocated";
  else if (const auto outside = statics_.change())
    what = "changes " + *outside;
  if (what.empty()) return;
  fail(fmt::format("it {}; {}", what, kUseTheSeam));
  statics_.restore();
  heap_.restore_strategy();
  std::memcpy(own.data(), as_made_.data(), own.size());
}

void Locals::check_room(const Arena& part) noexcept {
  const Heap::Pause pause;
  if (const auto& full = part.overflow())
    fail(fmt::format("it allocates more than 8 MiB: it has {} bytes and wants {} more", full->had,
                     full->wanted));
}

// An address of a worker's own says nothing to another one: all have the same here, with other contents.
void Locals::check_shared(const Stop& found) const {
  const auto cell = objects_.find(found.address);
  if (cell == objects_.end() || account_of(cell->second.made) != kNoAccount) return;
  // It is only compared. NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* const address = reinterpret_cast<const void*>(found.value);
  if (stack_.contains(address) || heap_.body().contains(address) || is_of_the_thread(found.value))
    refuse(kSharesAnAddress);
}

// It does the same as another worker, whose number is another one each time. Where it does not, it is run again as
// both, for it may be that it does something else each time.
void Locals::check_identity(std::uint32_t choice, const Stop& found) {
  if (workers_ < 2) return;
  const auto other = static_cast<std::uint32_t>(1 + runs_ / 2 % (workers_ - 1));
  const Stop as_other = run_body(choice, other);
  if (as_other == found) return;
  bool differs_by_worker = true;
  for (const bool as_first : {false, true, false, true, true, false})  // in no rhythm
    differs_by_worker =
        differs_by_worker && run_body(choice, as_first ? 0 : other) == (as_first ? found : as_other);
  const std::string& other_failure = as_other.failure;
  refuse(differs_by_worker ? kAsksWhoItIs : other_failure.empty() ? kRepeatsOtherwise : other_failure);
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
    here.note_thrown();
  }
  here.end_of_body(value);
}

void Locals::note_thrown() {
  const Heap::Pause pause;
  const bool declines = running_choice_ != audit_choice();
  check_room(heap_.body());
  fail("it throws " + thrown_text() +
       (declines ? "; a transfer that cannot be made returns TransferOutcome::declined" : ""));
}

void Locals::end_of_body(std::uint64_t value) noexcept {
  if (position_ < script_.size()) fail(kRepeatsOtherwise);
  stop_.value = value;
  stack_.leave();
}

std::uint64_t Locals::on_operation(OpKind kind, const void* object, std::uint64_t value,
                                   const void* low) noexcept {
  watch_.move();
  if (position_ < script_.size() && stop_.failure.empty()) {
    const Decided& decided = script_[position_++];
    const Local& expected = locals_[decided.at];
    if (expected.op != kind || expected.address != object || expected.value != value) fail(kRepeatsOtherwise);
    if (position_ == script_.size()) watch_.note(kind, account_of(expected));
    return decided.result;
  }
  stop_.op = kind;
  stop_.address = object;
  stop_.value = value;
  stop_low_ = low;
  stack_.leave();
}

// The first reason counts.
void Locals::fail(std::string_view why) noexcept {
  const Heap::Pause pause;
  if (stop_.failure.empty()) stop_.failure = why;
}

void Locals::refuse(const std::string& why) const { throw NotExplorable(refusal(watch_.where(), why)); }

LocalId Locals::intern(const Local& found, std::vector<std::uint64_t> key) {
  const auto [entry, is_new] = local_ids_.emplace(std::move(key), static_cast<LocalId>(locals_.size()));
  if (is_new) {
    map_bytes_ += entry->first.capacity() * sizeof(std::uint64_t) + sizeof(*entry) + 4 * sizeof(void*);
    locals_.push_back(found);
    next_.emplace_back();
  }
  return entry->second;
}

}  // namespace banksim::model
