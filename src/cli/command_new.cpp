// banksim new: a strategy to start from, in a file.
#include "cli/options.hpp"
#include "report/exercises.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

namespace banksim::cli {
namespace {

struct NewOptions {
  std::string file;
  std::optional<std::uint32_t> exercise;
};

// What stands between quotes in the file, and in options: the file's name as a word.
std::string name_from(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  return name;
}

void write_new(const std::string& file, const std::string& text) {
  std::FILE* const out = std::fopen(file.c_str(), "wxe");  // where there is none
  if (out == nullptr && errno == EEXIST) throw ConfigError(fmt::format("'{}' is there already", file));
  const bool is_whole = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (out != nullptr && std::fclose(out) == 0 && is_whole) return;
  throw OutputError(fmt::format("'{}' cannot be written: {}", file, std::generic_category().message(errno)));
}

int execute(NewOptions& options, const Request& request) {
  if (options.file.empty()) throw ConfigError("name the file: banksim new mine.hpp");
  if (!options.file.ends_with(".hpp")) throw ConfigError(fmt::format("'{}' must end in .hpp", options.file));
  const Exercise* const exercise = options.exercise ? &exercises()[*options.exercise - 1] : nullptr;
  write_new(options.file, new_strategy(name_from(options.file), exercise));
  const std::string path = options.file.find('/') == std::string::npos ? "./" + options.file : options.file;
  return request.general.quiet
             ? 0
             : print(fmt::format("wrote {0}; try: banksim check {1}\n", options.file, path));
}

}  // namespace

void declare_new(Program& program) {
  Command& command = add_command(program, "new", "write a commented strategy to start from");
  command.examples = {
      {"banksim new mine.hpp", "one that is right as it stands"},
      {"banksim new mine.hpp --exercise 2", "one with a fault to mend; see banksim help exercises"}};
  command.exit_codes = {
      {"0", "written"}, {"1", "could not be written"}, {"2", "usage; or the file is there already"}};
  NewOptions& options = command.executes<NewOptions>(execute);
  Group(command, "Arguments")
      .add("FILE", "FILE", "", "to be written, never overwritten; ends in .hpp", options.file, parse_file);
  const auto parse_number = [](const std::string& text) {
    const std::uint32_t number = parse_count_32(text);
    if (number < 1 || number > exercises().size())
      throw ConfigError(fmt::format("there are exercises 1 to {}", exercises().size()));
    return number;
  };
  Group(command, "Subject")
      .add("--exercise", "N", "", "the same with a task and a fault", options.exercise, parse_number);
}

}  // namespace banksim::cli
