// The statics and thread-locals of the shared object that a strategy was compiled into. They are one for all threads,
// or outlive a transfer, and the explorer would not see what depends on them: so no transfer may change them.
//
// Promises: a static that is made when it is first come to (of a function, or by std::call_once) is no change; nor is a
// thread_local when it is made. Of a program, and not an object, only what they allocated is watched: its statics are
// everybody's.
//
// Threads: the exploring thread, whose thread-locals they are.
// Cost: a comparison of all their bytes after each body, usually a few hundred. Names are looked up once there is a
// change, in the object's symbol table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace banksim::model {

class Statics {
 public:
  // Of the object that this code is in.
  explicit Statics(const void* code);

  // What they hold now is what they must hold, and so is what they have allocated.
  void keep(std::span<const std::span<std::byte>> allocated);
  void restore();
  // "the static 'calls'". Nothing: all are as they were kept.
  std::optional<std::string> change();

 private:
  enum class Kind : std::uint8_t { of_all, of_thread, heap };
  struct Part {
    std::span<std::byte> bytes;
    Kind kind;
    std::vector<std::byte> kept{};
  };

  std::vector<std::string> names_of_changes(const Part& part) const;  // as the linker has them

  std::string file_;
  const std::byte* base_ = nullptr;  // to which a symbol's value is added
  std::vector<Part> parts_;
};

}  // namespace banksim::model
