// banksim strategies: list them, or explain one.
#include "cli/options.hpp"
#include "record/record.hpp"

#include <span>

namespace banksim::cli {
namespace {

struct StrategiesOptions {
  std::string name;  // empty: all
  OutputOptions output{.formats = {Format::text, Format::json}};
};

int execute(StrategiesOptions& options, const Request& request) {
  const StrategyEntry* one = options.name.empty() ? nullptr : find_strategy(options.name);
  const std::span<const StrategyEntry> chosen = one == nullptr ? strategies() : std::span(one, 1);
  Documents documents(options.output, request.general);
  documents.write([&](Format format, const TextStyle& style) {
    if (format == Format::json) return strategies_json(chosen);
    return one == nullptr ? strategies_text(chosen, style) : strategy_text(*one, style);
  });
  return 0;
}

}  // namespace

void declare_strategies(Program& program) {
  Command& command = add_command(program, "strategies", "list the locking strategies, or explain one");
  command.examples = {{"banksim strategies", "the table"},
                      {"banksim strategies naive", "how it locks, and what becomes of that"},
                      {"banksim strategies -f json", "the same for scripts"}};
  command.exit_codes = kPrinterExitCodes;
  StrategiesOptions& options = command.executes<StrategiesOptions>(execute);
  Group(command, "Arguments")
      .add("NAME", "NAME", "", "a strategy; none: all of them", options.name, parse_strategy,
           strategy_names());
  add_output_options(Group(command, "Output"), options.output);
}

}  // namespace banksim::cli
