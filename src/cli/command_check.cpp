// banksim check: everything that can be said against a strategy, or against several.
#include "cli/engine.hpp"
#include "cli/options.hpp"
#include "load/load.hpp"
#include "record/exit_code.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <map>

namespace banksim::cli {
namespace {

struct CheckOptions {
  Words subjects;
  bool as_claimed = false;
  nanoseconds budget = std::chrono::seconds{3};
  OutputOptions output{.formats = {Format::text, Format::json, Format::junit}};
};

// What is to be checked, a name each; with its row already where it can be neither read nor compiled, which does not
// stop the others.
std::vector<Checked> subjects_of(const Words& typed) {
  std::vector<Checked> subjects;
  std::map<std::string, std::string> firsts;  // of all files with a text
  for (const std::string& subject : typed) {
    const bool is_file = is_strategy_file(subject);
    const std::size_t member = subject.rfind(".hpp:");
    const std::string file = member == std::string::npos ? subject : subject.substr(0, member + 4);
    Checked checked;
    if (const std::string text = is_file ? content_of(file).value_or("") : ""; !text.empty()) {
      const auto [first, is_new] = firsts.emplace(text, subject);
      if (!is_new && file == subject) checked.same_as = first->second;
    }
    const auto refuse = [&](CheckState state, const std::exception& why) {
      checked.strategy = subject;
      CheckRow& row = checked.rows.emplace_back();
      row.state = state;
      row.refusal = why.what();
      subjects.push_back(checked);
    };
    try {
      for (const std::string& name : parse_strategies(subject)) {
        checked.strategy = name;
        subjects.push_back(checked);
      }
    } catch (const ConfigError& error) {
      if (!is_file) throw;
      refuse(CheckState::fails, error);
    } catch (const std::exception& error) {
      refuse(CheckState::refused, error);
    }
  }
  return subjects;
}

// Each of them, until it is called off.
std::vector<Checked> checked(const std::vector<Checked>& subjects, const CheckOptions& options, bool quiet,
                             Engine& engine) {
  ProgressMeter meter(options.output.progress, quiet);
  const Stopwatch watch;
  const Checker checker{
      [&](const Config& config, RunControl& control) { return engine.run(config, control); },
      [&](const std::string& strategy, const ExploreLimits& limits) {
        return engine.explore(strategy, limits, true);
      },
      [&] { return engine.signal() != 0; },
      [&](const std::string& strategy, CheckStage stage, std::uint32_t accounts) {
        const std::string bank = accounts == 0 ? "" : fmt::format(" on {} accounts", accounts);
        meter.show(watch.elapsed(),
                   [&] { return fmt::format("checking {}: {}{}", strategy, to_string(stage), bank); });
      }};
  ExploreLimits limits;
  limits.budget = options.budget;
  limits.max_memory_bytes = usual_memory_bytes();
  std::vector<Checked> all;
  for (const Checked& subject : subjects) {
    if (engine.signal() != 0) break;
    all.push_back(subject);
    if (!subject.rows.empty()) continue;
    const StrategyEntry& entry = *find_strategy(subject.strategy);
    const bool is_held_to_all = is_strategy_file(subject.strategy) && !options.as_claimed;
    all.back() = check(subject.strategy, is_held_to_all || entry.deadlock_free,
                       is_held_to_all || entry.conserves_money, limits, checker);
    all.back().same_as = subject.same_as;
  }
  return all;
}

int execute(CheckOptions& options, const Request& request) {
  if (options.subjects.empty()) throw ConfigError("name what to check: a strategy, all, or a file");
  const std::vector<Checked> subjects = subjects_of(options.subjects);
  Documents documents(options.output, request.general);
  Engine engine(options.output.in_process);
  const std::vector<Checked> all = checked(subjects, options, request.general.quiet, engine);
  int code = 0;
  for (const Checked& one : all) code = worst_of(code, exit_code_of(one));
  if (engine.signal() != 0) code = exit_code_of(Outcome::interrupted, engine.signal());
  engine.settle();
  documents.write(
      [&](Format format, const TextStyle& style) {
        if (format == Format::json) return check_json(all, request.argv, code, wording());
        return format == Format::junit ? check_junit(all) : check_text(all, style);
      },
      [&] {
        if (engine.signal() != 0) print_remark("warning", "interrupted: not everything was checked");
        if (is_on_github())
          for (const Checked& one : all)
            if (exit_code_of(one) != 0) print_remark("error", check_text({&one, 1}, {.quiet = true}));
      });
  return engine.finish(code);
}

}  // namespace

void declare_check(Program& program) {
  Command& command =
      add_command(program, "check", "all that can be said against strategies: proofs and real runs");
  command.examples = {
      {"banksim check ordered", "held to its claims"},
      {"banksim check ./mine.hpp", "held to freedom from deadlock and to the money"},
      {"banksim check hand-ins/*.hpp --export r.xml", "each, then a table; JUnit's XML for graders"}};
  command.exit_codes = {{"0", "nothing was found against any"},
                        kCouldNotRun,
                        {"2", "usage; or a file does not compile"},
                        {"3, 4, 5", "the worst: money wrong, deadlock, no verdict (livelock, crash)"},
                        kInterrupted,
                        {"140, 152", "likewise by SIGUSR2, SIGXCPU"}};
  CheckOptions& options = command.executes<CheckOptions>(execute);
  Group(command, "Arguments")
      .read_each("STRATEGY", "STRATEGY", "a name, all, safe, or a file; several",
                 [&options](const std::string& text) { options.subjects.push_back(text); });
  const Group how(command, "How");
  how.flag("--as-claimed", "hold files to their own claims alone", options.as_claimed);
  how.add("--budget", "TIME", "3s", "for sizes beyond those that are always explored", options.budget,
          parse_duration);
  add_task_options(Group(command, "Output"), options.output);
}

}  // namespace banksim::cli
