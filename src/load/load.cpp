#include "load/load.hpp"

#include "load/cache.hpp"
#include "load/compiler.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <banksim/loaded.hpp>

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace banksim {
namespace {

namespace fs = std::filesystem;

struct StrategyFile {
  fs::path path;       // absolute
  std::string member;  // empty: all
  std::string typed;   // without the member
};

StrategyFile parse(const std::string& text) {
  const auto exists = [](const std::string& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
  };
  const std::size_t colon = text.rfind(".hpp:");
  StrategyFile file{text, "", text};
  if (!exists(text) && colon != std::string::npos)
    file = {text.substr(0, colon + 4), text.substr(colon + 5), text.substr(0, colon + 4)};
  std::error_code error;
  if (fs::is_directory(file.path, error)) throw ConfigError(fmt::format("'{}' is a folder", file.typed));
  if (!exists(file.typed)) throw ConfigError(fmt::format("there is no file '{}'", file.typed));
  file.path = fs::absolute(file.path);
  return file;
}

std::string text_of(const fs::path& path) {
  if (auto text = content_of(path)) return *std::move(text);
  throw ConfigError(fmt::format("'{}' cannot be read", path.string()));
}

// The headers that belong to this program: beside its build tree or below its prefix, wherever that was moved to.
fs::path headers() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {program / "../include", program / "../../include",
                                program / "../../../include", fs::path(BANKSIM_INCLUDE_DIR)})
    if (fs::exists(place / "banksim" / "loaded.hpp", error)) return fs::weakly_canonical(place);
  throw SimulationError("the headers of banksim are not beside the program: install them (cmake --install)");
}

// Which program it is: an object is of the same build, or there is no telling how what they share lies in memory.
const std::string& build_identity() {
  static const std::string identity = [] {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return fmt::format("{} {} {}", version(), fs::file_size(program, error),
                       fs::last_write_time(program, error).time_since_epoch().count());
  }();
  return identity;
}

// What the object is made from. Strings of paths are literals.
std::string source_of(const StrategyFile& file, const std::vector<std::string>& strategies, MutexKind mutex) {
  const std::string kind = to_string(mutex);
  std::string lock = kind + "Lock";
  lock[0] = static_cast<char>(lock[0] - 'a' + 'A');
  return fmt::format(
      "#include <banksim/mutexes/{}.hpp>\n#include <banksim/loaded.hpp>\n#include \"{}\"\n"
      "BANKSIM_LOADED(banksim::{}, {})\n",
      kind, file.path.string(), lock, fmt::join(strategies, ", "));
}

std::vector<std::string> flags() {
  return {"-std=c++20", "-O2", "-DNDEBUG", "-fPIC", "-shared", "-I" + headers().string()};
}

// GCC would make a template's static one with that of the same name in another object. clang never does, and knows
// no flag against it.
std::vector<std::string> flags_of_gcc() {
  const std::string flag = "-fno-gnu-unique";
  try {
    compile({flag, "-E", "-x", "c++", "/dev/null"}, "/dev/null");
    return {flag};
  } catch (const ConfigError&) {
    return {};
  }
}

// The file's own lines as the preprocessor leaves them.
std::string preprocessed(const StrategyFile& file) {
  std::vector<std::string> arguments = flags();
  arguments.insert(arguments.end(), {"-E", file.path.string()});
  std::istringstream lines(compile(arguments, file.path));
  const std::string own = fmt::format("\"{}\"", file.path.string());
  std::string text;
  bool is_own = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# "))
      is_own = line.find(own) != std::string::npos;
    else if (is_own)
      text += line + '\n';
  }
  return text;
}

fs::path object_of(const StrategyFile& file, const std::vector<std::string>& strategies, MutexKind mutex) {
  const std::string source = source_of(file, strategies, mutex);
  const std::string key =
      fmt::format("{}\n{}\n{}\n{}", build_identity(), compiler_identity(), fmt::join(flags(), " "), source);
  return ObjectCache::of_user().object_of(key, [&](const fs::path& object, const fs::path& read) {
    const TemporaryFile text{object.string() + ".cpp"};
    std::ofstream(text.path) << source;
    std::vector<std::string> arguments = flags_of_gcc();
    for (std::string& flag : flags()) arguments.push_back(std::move(flag));
    arguments.insert(arguments.end(), {"-MD", "-MF", read.string(), "-o", object.string(), text.path});
    compile(arguments, file.path);
  });
}

std::vector<StrategyWords> words_in(const fs::path& object, std::size_t count) {
  const std::string bytes = text_of(object);
  const std::string mark = std::string(kWordsMark[0]) + std::string(kWordsMark[1]);
  std::size_t at = bytes.find(mark);
  const auto next = [&] {
    const std::size_t end = std::min(bytes.find('\0', at), bytes.size());
    std::string word = bytes.substr(std::min(at, end), end - at);
    at = end + 1;
    return word;
  };
  if (at == std::string::npos)
    throw SimulationError("the compiled strategy is damaged: remove " + object.string());
  next();
  std::vector<StrategyWords> all;
  for (std::size_t i = 0; i < count; ++i) {
    StrategyWords words{next(), next(), next(), next(), next(), next(), false, false, false};
    const std::string claims = next() + "   ";
    words.deadlock_free = claims[0] == 'y';
    words.conserves_money = claims[1] == 'y';
    words.own_transfer = claims[2] == 'y';
    all.push_back(std::move(words));
  }
  return all;
}

// Loads it into this process, once.
const StrategyEntry* entries_in(const fs::path& object) {
  static std::map<fs::path, const StrategyEntry*> loaded;
  if (const auto found = loaded.find(object); found != loaded.end()) return found->second;
  void* const handle = ::dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto* const entries =
      handle == nullptr ? nullptr
                        : static_cast<const StrategyEntry* const*>(::dlsym(handle, "banksim_loaded"));
  if (entries == nullptr) {
    const std::string why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): nobody else loads
    throw ConfigError(fmt::format("the compiled strategy cannot be loaded: {}", why));
  }
  return loaded[object] = *entries;
}

std::vector<std::string> wanted_of(const StrategyFile& file, const StrategySource& source) {
  const std::string name = file.path.filename().string();
  if (file.member.empty() && source.strategies.empty())
    throw ConfigError(
        source.no_template.empty()
            ? fmt::format("{}: there is no strategy in it: a template <class S> struct with a name, "
                          "lock_pair and lock_all (banksim new FILE writes one)",
                          name)
            : fmt::format("{}: {} must be a template over its Sync: template <class S> struct {}", name,
                          source.no_template, source.no_template));
  if (file.member.empty()) return source.strategies;
  for (const std::string& one : source.strategies)
    if (one == file.member || one.ends_with("::" + file.member)) return {one};
  throw ConfigError(fmt::format(
      "{}: there is no strategy struct {} in it; there is {}", name, file.member,
      source.strategies.empty() ? "none" : fmt::format("{}", fmt::join(source.strategies, ", "))));
}

// Whether it may hold what is asked for as it stands, without what macros make.
bool may_hold(const StrategySource& source, const std::string& member) {
  if (source.strategies.empty()) return !source.no_template.empty();
  return member.empty() || std::ranges::any_of(source.strategies, [&](const std::string& name) {
           return name == member || name.ends_with("::" + member);
         });
}

}  // namespace

bool is_strategy_file(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".hpp") ||
         text.find(".hpp:") != std::string_view::npos;
}

std::vector<std::string> load_strategies(const std::string& text, const Suspect& suspect) {
  const StrategyFile file = parse(text);
  const std::string content = text_of(file.path);
  for (const Suspicion& one : suspicions_of(content))
    suspect(fmt::format("{}:{}: {}", file.typed, one.line, one.what));
  StrategySource source = strategies_in(content);
  // What macros make is seen only when they are expanded, which takes a third of a second.
  if (!may_hold(source, file.member)) source = strategies_in(preprocessed(file));
  const std::vector<std::string> strategies = wanted_of(file, source);
  const fs::path usual = object_of(file, strategies, MutexKind{});
  const std::vector<StrategyWords> words = words_in(usual, strategies.size());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < strategies.size(); ++i) {
    names.push_back(strategies.size() == 1 ? text : file.typed + ":" + strategies[i]);
    add_strategy(names.back(), words[i], [=](MutexKind mutex) -> const StrategyEntry& {
      if (mutex == MutexKind{}) return entries_in(usual)[i];
      if (text_of(file.path) != content)
        throw ConfigError(fmt::format("'{}' was changed meanwhile", file.typed));
      return entries_in(object_of(file, strategies, mutex))[i];
    });
  }
  return names;
}

}  // namespace banksim
