#include "cli/documents.hpp"

#include "cli/log.hpp"

#include <fmt/format.h>

#include <utility>

namespace banksim::cli {
namespace {

// A file is written for later: whole, without colour, its lines as long as they are.
TextStyle style_for(bool to_terminal, bool is_main, const GeneralOptions& general) {
  const Environment environment = process_environment();
  return {.color = is_main && wants_color(general.color, to_terminal, environment),
          .unicode = is_unicode_locale(environment),
          .quiet = is_main && general.quiet,
          .columns = to_terminal ? terminal_columns(environment) : 0};
}

std::string place(const std::string& path) { return path == "-" ? "standard output" : "'" + path + "'"; }

}  // namespace

Documents::Documents(const OutputOptions& output, const GeneralOptions& general) {
  std::vector<NamedOutput> named{{"--output", output.path}};
  for (const Export& wanted : output.exports) named.push_back({"--export", wanted.path});
  refuse_one_file_for_two(named);
  const auto open = [&](Format format, const std::string& path, bool is_main) {
    ResultStream stream = ResultStream::open(path);
    const TextStyle style = style_for(stream.is_terminal(), is_main, general);
    log_step(fmt::format("{} can be written", place(path)));
    documents_.push_back({format, path, style, std::move(stream)});
  };
  const Format format = format_of(output);
  for (const Export& wanted : output.exports)
    if (wanted.path != "-") open(wanted.format, wanted.path, false);
  open(format, output.path, true);
  for (const Export& wanted : output.exports)
    if (wanted.path == "-") open(wanted.format, wanted.path, false);
}

std::optional<OutputError> Documents::write(const Render& render) {
  std::optional<OutputError> first;
  for (Document& document : documents_) {
    const Stopwatch watch;
    try {
      const std::string text = render(document.format, document.style);
      document.stream.write(text);
      log(fmt::format("{}: {} bytes, made and written in {:.3f} s", place(document.path), text.size(),
                      watch.seconds()));
    } catch (const OutputError& error) {
      if (first)
        print_error(error.what());
      else
        first = error;
    }
  }
  return first;
}

}  // namespace banksim::cli
