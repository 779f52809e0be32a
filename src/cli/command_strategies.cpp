// banksim strategies: list them, or explain one.
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/run_options.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"
#include "registry.hpp"
#include "record/record.hpp"
#include "report/report.hpp"

#include <memory>
#include <span>

namespace banksim::cli {
namespace {

struct StrategiesOptions {
  std::string name;  // empty: all
  bool plain = false;
  OutputOptions output;
  GeneralOptions general;
};

std::string render(const StrategiesOptions& options, bool to_terminal) {
  const StrategyEntry* one = options.name.empty() ? nullptr : find_strategy(options.name);
  const std::span<const StrategyEntry> chosen = one == nullptr ? strategies() : std::span(one, 1);
  if (options.plain) {
    std::string names;
    for (const StrategyEntry& entry : chosen) names += std::string(entry.name) + "\n";
    return names;
  }
  if (options.output.format == Format::json) return strategies_json(chosen);
  const Environment environment = process_environment();
  const TextStyle style{.color = wants_color(options.general.color, to_terminal, environment),
                        .unicode = is_unicode_locale(environment),
                        .columns = to_terminal ? terminal_columns(environment) : 0};
  return one == nullptr ? strategies_text(chosen, style) : strategy_text(*one, style);
}

}  // namespace

Command strategies_command() {
  const auto options = std::make_shared<StrategiesOptions>();
  return {
      .name = "strategies",
      .summary = "list the locking strategies, or explain one",
      .examples = {{"banksim strategies", "the table"},
                   {"banksim strategies naive", "how it locks, and what becomes of that"},
                   {"banksim strategies --plain", "one name a line, for scripts"}},
      .arguments = {{.names = "NAME",
                     .value = "NAME",
                     .help = "a strategy; none: all of them",
                     .choices = strategy_names(),
                     .set = [options](const std::string& text) { options->name = parse_strategy(text); }}},
      .groups = {{"Output",
                  {{.names = "--plain",
                    .help = "one name a line",
                    .set = [options](const std::string&) { options->plain = true; }},
                   format_option(options->output, {"text", "json"}),
                   path_option(options->output)}},
                 general_options(options->general)},
      .exit_codes = {{"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}},
      .execute =
          [options](const Arguments&) {
            if (options->plain && options->output.format != Format::text)
              throw ConfigError("--plain and --format json exclude each other");
            ResultStream stream = ResultStream::open(options->output.path);
            stream.write(render(*options, stream.is_terminal()));
            return 0;
          },
  };
}

}  // namespace banksim::cli
