// What several commands have: options on work, checks and output; where results go.
#pragma once

#include "cli/cli.hpp"
#include "cli/output.hpp"
#include "compare/compare.hpp"
#include "report/report.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace banksim::cli {

// On which work, how it is checked and what bounds it. `timeout` is as typed; else it depends on --duration.
void add_workload_options(Command& command, Config& config, std::optional<nanoseconds>& timeout);
// Call once all options are set.
void settle_timeout(Config& config, std::optional<nanoseconds> timeout);

// The order of their names, which are what --format takes and what a file's suffix says.
enum class Format { text, json, csv, markdown, html, svg, mermaid, junit };

struct Export {
  Format format;
  std::string path;
};

struct OutputOptions {
  std::vector<Format> formats;  // that the command writes
  std::optional<Format> format = {};
  std::string path = "-";
  std::vector<Export> exports = {};
  When progress = When::automatic;
  bool in_process = false;
};

void add_output_options(const Group& group, OutputOptions& options);  // the document
void add_task_options(const Group& group,
                      OutputOptions& options);  // that, exports, progress: of what takes time

// Where a result goes: --output and every --export, each made sure of before the work and written after it.
// Hours of work may be in a result, so what cannot be written keeps nothing else from being written.
class Documents {
 public:
  // Throws ConfigError where two of them are one file or the suffix of --output names what the command does
  // not write, OutputError where one cannot be written.
  Documents(const OutputOptions& output, const GeneralOptions& general);

  // Renders and writes each, files before standard output; then says what else is to be said. Throws the
  // first error in the end; others are printed.
  using Render = std::function<std::string(Format, const TextStyle&)>;
  void write(const Render& render, const std::function<void()>& remark = {});
  // What there is by now, into the files alone, so that even who is killed leaves it. Unless it is wanted at once, no
  // more than a fiftieth of the time goes into that.
  void renew(const Render& render, bool at_once);

 private:
  struct Document {
    Export to;
    ResultStream stream;
    TextStyle style;
  };
  std::vector<Document> documents_;
  Stopwatch watch_;
  nanoseconds next_ = std::chrono::seconds{1};
};

// Memory that a search may take, which rather ends inconclusive than killed: some of what is there is for all else.
std::uint64_t usual_memory_bytes();

// On GitHub as annotations, where people see them: "::warning title=banksim::...", elsewhere as ever.
void print_remark(const char* level, std::string message);  // error or warning
bool is_on_github();

}  // namespace banksim::cli
