// Where a result goes: --output and every --export, each made sure of before the work and written after it.
//
// Hours of work may be in a result, so what cannot be written keeps nothing else from being written.
#pragma once

#include "cli/output.hpp"
#include "cli/run_options.hpp"
#include "report/report.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace banksim::cli {

class Documents {
 public:
  // Throws ConfigError where two of them are one file, OutputError where one cannot be written.
  Documents(const OutputOptions& output, const GeneralOptions& general);

  // Renders and writes each, files before standard output. Returns the first error; others are printed.
  using Render = std::function<std::string(Format, const TextStyle&)>;
  std::optional<OutputError> write(const Render& render);

 private:
  struct Document {
    Format format;
    std::string path;
    TextStyle style;
    ResultStream stream;
  };
  std::vector<Document> documents_;
};

}  // namespace banksim::cli
