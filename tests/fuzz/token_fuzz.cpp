// Replay tokens: people copy them out of mails. Whatever a text is, it is refused in one line, or replayed.
#include "support/zoo.hpp"

#include <banksim/explore.hpp>

#include <cstdlib>
#include <string>

using namespace banksim;

namespace {

template <template <class> class Strategy>
void replay(const std::string& token) {
  ExploreLimits limits;
  limits.replay = token;
  try {
    const Exploration result = explore<Strategy>(limits);
    if (result.findings.size() != 1 || result.findings[0].token != token) std::abort();
  } catch (const BadReplayToken&) {
  } catch (const std::invalid_argument&) {  // a size that is out of range
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;  // asks for no replay
  try {
    (void)replay_subject(text).to_string();
  } catch (const BadReplayToken&) {
  }
  // One that can deadlock, one that races, one with a livelock and one with tries and an audit.
  replay<Naive>(text);
  replay<Unsafe>(text);
  replay<zoo::HoldsAndSpins>(text);
  replay<zoo::AuditsOneAtATime>(text);
  return 0;
}
