// What people type as the values of options. Whatever a text is, it is refused in one line, or is a value.
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "load/load.hpp"

#include <cstdlib>
#include <string>

using namespace banksim;
using namespace banksim::cli;

// Of files no more than their names is read here: nothing is compiled.
bool banksim::is_strategy_file(std::string_view text) { return text.find('/') != std::string_view::npos; }
std::vector<std::string> banksim::load_strategies(const std::string& text, const Suspect&) {
  throw ConfigError("there is no file '" + text + "'");
}
void banksim::cli::print_warning(std::string_view) {}

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// What becomes of the text, if anything.
template <class Parse>
auto read(Parse parse, std::string_view text) -> std::optional<decltype(parse(text))> {
  try {
    return parse(text);
  } catch (const ConfigError& error) {
    require(std::string_view(error.what()).find("'") != std::string_view::npos);
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto count = read(parse_count, text)) require(parse_count(std::to_string(*count)) == *count);
  if (const auto time = read(parse_duration, text))
    require(time->count() >= 0 && parse_duration(std::to_string(time->count()) + "ns") == *time);
  if (const auto number = read(parse_decimal, text)) require(*number >= 0 && *number < 1e31);
  if (const auto threads = read(parse_threads, text)) require(*threads > 0);
  if (const auto seed = read(parse_seed, text); seed && text != "random")
    require(parse_seed(std::to_string(*seed)) == *seed);
  if (const auto amount = read(parse_amount, text))
    require(amount->first >= Money{} && amount->second <= kMaxTotal);
  if (const auto balance = read(parse_balance, text)) require(!balance->empty());
  (void)read(parse_count_32, text);
  (void)read(parse_percent, text);
  (void)read(parse_access, text);
  (void)read(parse_hold, text);
  (void)read(parse_audit, text);
  (void)read(parse_strategies, text);
  return 0;
}
