// Records: files that somebody kept, and what a child process left behind. Whatever a text is, it is refused in one
// line, or read; and what was read is written and read again as the same.
#include "record/record.hpp"

#include <cstdlib>
#include <string>

using namespace banksim;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Read, class Write>
void read_and_write(std::string_view text, Read read, Write write) {
  try {
    const std::string once = write(read(text).value);
    require(write(read(once).value) == once);
  } catch (const RecordError& error) {
    require(std::string_view(error.what()).find('\n') == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_and_write(text, read_run, [](const RunResult& run) {
    (void)run_csv(run, 0);
    return whole_json(run);
  });
  read_and_write(text, read_exploration,
                 [](const Exploration& exploration) { return whole_json(exploration); });
  read_and_write(text, read_comparison, [](const Comparison& comparison) {
    (void)compare_csv(comparison);
    return compare_json(comparison, {}, 0, {});
  });
  return 0;
}
