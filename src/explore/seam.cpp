// What the model's mutexes and cells call: the exploration that their thread is in.
#include "explore/fiber.hpp"
#include "explore/locals.hpp"

#include <banksim/explore.hpp>

#include <stdexcept>

namespace banksim::model {

std::uint64_t operate(OpKind kind, const void* object, std::uint64_t value) {
  if (Locals* const locals = Locals::current(); locals == nullptr || !locals->in_body()) {
    if (locals == nullptr)
      throw std::logic_error("an S::Mutex or S::Cell of the explorer is used outside of it");
    return locals->on_operation_alone(kind, object, value);
  }
  return banksim_operate(static_cast<std::uint64_t>(kind), object, value);
}

extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept {
  return Locals::current()->on_operation(static_cast<OpKind>(kind), object, value, low);
}

// Outside of an exploration, as a static one is: it is unknown then, and refused where it is used.
void add_mutex(const void* object, const char* name) {
  if (Locals* const locals = Locals::current()) locals->add_mutex(object, name);
}
void add_cell(const void* object, std::uint64_t value) {
  if (Locals* const locals = Locals::current()) locals->add_cell(object, value);
}

}  // namespace banksim::model
