#include "cli/run_options.hpp"

#include "cli/suggest.hpp"
#include "cli/values.hpp"

#include <utility>

namespace banksim::cli {
namespace {

// An option whose value is parsed by `parse` into `target`.
template <class T, class Parse>
auto into(T& target, Parse parse) {
  return [&target, parse](const std::string& text) { target = parse(text); };
}

}  // namespace

void Plan::settle() {
  constexpr nanoseconds kGrace = std::chrono::seconds{60};
  if (config.duration && transfers_given)
    throw ConfigError("--transfers and --duration exclude each other: a run ends by count or by time");
  if (config.duration && !timeout_given) config.timeout = *config.duration + kGrace;
}

OptionGroup subject_options(Plan& plan) {
  Config& config = plan.config;
  return {"What runs",
          {
              {.names = "-s,--strategy",
               .value = "NAME",
               .fallback = "ordered",
               .help = joined(strategy_names()),
               .choices = strategy_names(),
               .set = into(config.strategy, parse_strategy)},
              {.names = "-t,--threads",
               .value = "N",
               .fallback = "8",
               .help = "1 to 4096",
               .set = into(config.threads, parse_count_32)},
              {.names = "-a,--accounts",
               .value = "N",
               .fallback = "1000",
               .help = "at least 2",
               .set = into(config.accounts, parse_count_32)},
              {.names = "--hold",
               .value = "TIME|yield",
               .fallback = "0",
               .help = "time between debit and credit, locks held",
               .choices = {"0", "yield"},
               .set = into(config.hold, parse_hold)},
          }};
}

OptionGroup workload_options(Plan& plan) {
  Config& config = plan.config;
  const auto set_transfers = [&plan](const std::string& text) {
    plan.config.transfers = parse_count(text);
    plan.transfers_given = true;
  };
  const auto set_amount = [&config](const std::string& text) {
    const AmountRange range = parse_amount(text);
    config.min_amount = range.min;
    config.max_amount = range.max;
  };
  return {"Workload",
          {
              {.names = "-n,--transfers",
               .value = "N",
               .fallback = "1m",
               .help = "total over all threads",
               .set = set_transfers},
              {.names = "-d,--duration",
               .value = "TIME",
               .help = "run for a time instead of a count",
               .set = into(config.duration, parse_duration)},
              {.names = "--balance",
               .value = "N[,N...]",
               .fallback = "1000",
               .help = "opening balance; a list is dealt round",
               .set = into(config.balance, parse_balance)},
              {.names = "--amount",
               .value = "MIN:MAX",
               .fallback = "1:100",
               .help = "of a transfer, uniform",
               .set = set_amount},
              {.names = "--access",
               .value = "PATTERN",
               .fallback = "uniform",
               .help = "uniform, zipf:S, hot:PCT:PCT",
               .choices = {"uniform", "zipf:0.99", "hot:90:10"},
               .set = into(config.access, parse_access)},
              {.names = "--think",
               .value = "TIME",
               .fallback = "0",
               .help = "time between transfers, no lock held",
               .set = into(config.think, parse_duration)},
              {.names = "--seed",
               .value = "N|random",
               .fallback = "1",
               .help = "same seed, same transfers",
               .choices = {"random"},
               .set = into(config.seed, parse_seed)},
          }};
}

OptionGroup check_options(Plan& plan) {
  Config& config = plan.config;
  const auto set_timeout = [&plan](const std::string& text) {
    plan.config.timeout = parse_duration(text);
    plan.timeout_given = true;
  };
  return {"Checks and limits",
          {
              {.names = "--audit",
               .value = "TIME|off|each",
               .fallback = "10ms",
               .help = "live audits; each: by every worker after each transfer",
               .choices = {"off", "each", "10ms"},
               .set = into(config.audit, parse_audit)},
              {.names = "--timeout",
               .value = "TIME",
               .fallback = "60s",
               .help = "hard bound on a run; after --duration",
               .set = set_timeout},
              {.names = "--stall",
               .value = "TIME",
               .fallback = "10s",
               .help = "no transfer by anyone for so long: stalled",
               .set = into(config.stall, parse_duration)},
              {.names = "--slice",
               .value = "TIME",
               .fallback = "20ms",
               .help = "a longer wait for a lock is checked for deadlock",
               .set = into(config.slice, parse_duration)},
          }};
}

Option format_option(OutputOptions& options, std::vector<std::string> formats) {
  return {.names = "-f,--format",
          .value = joined(formats, "|"),
          .fallback = "text",
          .help = "what goes to the output",
          .choices = formats,
          .set = [&options, formats](const std::string& text) {
            options.format = static_cast<Format>(parse_choice(text, formats));
          }};
}

Option path_option(OutputOptions& options) {
  const auto set = [&options](const std::string& text) {
    if (text.empty()) throw ConfigError("the name of a file is missing");
    options.path = text;
  };
  return {.names = "-o,--output",
          .value = "FILE",
          .fallback = "-",
          .help = "-: stdout",
          .is_path = true,
          .set = set};
}

Option progress_option(OutputOptions& options) {
  static const std::vector<std::string> wishes = {"auto", "always", "never"};
  const auto set = [&options](const std::string& text) {
    options.progress = static_cast<ProgressWish>(parse_choice(text, wishes));
  };
  return {.names = "--progress",
          .value = joined(wishes, "|"),
          .fallback = "auto",
          .help = "on stderr; auto: if it is a terminal",
          .choices = wishes,
          .set = set};
}

bool wants_progress(ProgressWish wish, bool quiet, bool is_terminal, const Environment& environment) {
  if (wish != ProgressWish::automatic) return wish == ProgressWish::always;
  return is_terminal && !quiet && !environment("CI");
}

}  // namespace banksim::cli
