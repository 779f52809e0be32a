// banksim check: everything that can be said against a strategy, or against several.
#include "cli/engine.hpp"
#include "cli/log.hpp"
#include "cli/options.hpp"
#include "load/load.hpp"
#include "record/exit_code.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace banksim::cli {
namespace {

struct CheckOptions {
  Words subjects;
  bool as_claimed = false;
  nanoseconds budget = std::chrono::seconds{3};
  OutputOptions output{.formats = {Format::text, Format::json, Format::junit}};
};

std::string text_in(const std::string& subject) {
  const std::size_t member = subject.rfind(".hpp:");
  return content_of(member == std::string::npos ? subject : subject.substr(0, member + 4)).value_or("");
}

// What is to be checked: a name each, or why there is none.
struct Subject {
  std::string name;
  std::string refusal = {};
  int code = 0;
  std::string same_as = {};
};

// One that cannot be read or compiled does not stop the others.
std::vector<Subject> subjects_of(const CheckOptions& options) {
  std::vector<Subject> subjects;
  std::vector<std::pair<std::string, std::string>> texts;  // of files
  for (const std::string& subject : options.subjects) {
    const std::string text = is_strategy_file(subject) ? text_in(subject) : "";
    const auto same = std::ranges::find(texts, text, &std::pair<std::string, std::string>::second);
    const std::string same_as =
        !text.empty() && same != texts.end() && subject.find(".hpp:") == std::string::npos ? same->first : "";
    if (!text.empty()) texts.emplace_back(subject, text);
    try {
      for (const std::string& name : parse_strategies(subject)) subjects.push_back({name, {}, 0, same_as});
    } catch (const ConfigError& error) {
      if (!is_strategy_file(subject)) throw;
      subjects.push_back({subject, error.what(), static_cast<int>(ExitCode::usage), same_as});
    } catch (const std::exception& error) {
      subjects.push_back({subject, error.what(), static_cast<int>(ExitCode::failed), same_as});
    }
  }
  return subjects;
}

class Examiner {
 public:
  Examiner(const CheckOptions& options, Engine& engine, bool quiet)
      : options_(options), engine_(engine), meter_(options.output.progress, quiet) {
    limits_.budget = options.budget;
    if (const std::uint64_t available = available_memory_bytes(); available > 0)
      limits_.max_memory_bytes = std::min(limits_.max_memory_bytes, available / 8 * 7);
  }

  Checked examine(const Subject& subject) {
    if (!subject.refusal.empty()) return refused(subject);
    const StrategyEntry& entry = *find_strategy(subject.name);
    const bool is_held_to_all = is_strategy_file(subject.name) && !options_.as_claimed;
    const Checker checker{
        [this](const Config& config, RunControl& control) { return engine_.run(config, control); },
        [this](const std::string& strategy, const ExploreLimits& limits) {
          return engine_.explore(strategy, limits, true);
        },
        [this] { return engine_.signal() != 0; },
        [this](const std::string& strategy, CheckStage stage, std::uint32_t accounts) {
          const std::string what =
              accounts == 0 ? to_string(stage) : fmt::format("{} on {} accounts", to_string(stage), accounts);
          meter_.show(watch_.elapsed(), [&] { return fmt::format("checking {}: {}", strategy, what); });
        }};
    Checked checked = check(subject.name, is_held_to_all || entry.deadlock_free,
                            is_held_to_all || entry.conserves_money, limits_, checker);
    checked.same_as = subject.same_as;
    return checked;
  }

 private:
  static Checked refused(const Subject& subject) {
    Checked checked{.strategy = subject.name, .same_as = subject.same_as};
    CheckRow row;
    row.state = subject.code == static_cast<int>(ExitCode::usage) ? CheckState::fails : CheckState::refused;
    row.refusal = subject.refusal;
    checked.rows.push_back(row);
    return checked;
  }

  const CheckOptions& options_;
  Engine& engine_;
  ExploreLimits limits_;
  ProgressMeter meter_;
  Stopwatch watch_;
};

int execute(const CheckOptions& options, const Request& request) {
  if (options.subjects.empty()) throw ConfigError("name what to check: a strategy, all, or a file");
  const std::vector<Subject> subjects = subjects_of(options);
  Documents documents(options.output, request.general);
  Engine engine(options.output.in_process);
  std::vector<Checked> all;
  int code = 0;
  {
    Examiner examiner(options, engine, request.general.quiet);
    for (const Subject& subject : subjects) {
      if (engine.signal() != 0) break;
      all.push_back(examiner.examine(subject));
      code = worst_of(code, exit_code_of(all.back()));
    }
  }
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
          for (const Checked& checked : all)
            if (exit_code_of(checked) != 0) print_remark("error", check_text({&checked, 1}, {.quiet = true}));
      });
  return engine.finish(code);
}

}  // namespace

void declare_check(Program& program) {
  const auto options = std::make_shared<CheckOptions>();
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
                        kInterrupted};
  Group(command, "Arguments")
      .read_each("STRATEGY", "STRATEGY", "a name, all, safe, or a file; several",
                 [options](const std::string& text) { options->subjects.push_back(text); });
  const Group how(command, "How");
  how.flag("--as-claimed", "hold files to their own claims alone", options->as_claimed);
  how.add("--budget", "TIME", "3s", "for sizes beyond those that are always explored", options->budget,
          parse_duration);
  add_task_options(Group(command, "Output"), options->output);
  add_general_options(command);
  command.execute = [options](const Request& request) { return execute(*options, request); };
}

}  // namespace banksim::cli
