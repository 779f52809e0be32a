#include "explore/statics.hpp"

#include "run/platform.hpp"

#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

// How the machines' ABIs for thread-local storage find a variable: its module, and where it is in the module's block.
struct TlsIndex {
  std::size_t module;
  std::size_t offset;
};
extern "C" void* __tls_get_addr(TlsIndex* index);  // NOLINT(bugprone-reserved-identifier)

namespace banksim::model {
namespace {

using Program = std::span<const ElfW(Phdr)>;

// What of a segment can still be written to: its first part may be closed once the object is loaded.
std::span<std::byte> writable_of(std::byte* base, const ElfW(Phdr) & segment, Program program) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::size_t begin = segment.p_vaddr;
  const std::size_t end = segment.p_vaddr + segment.p_memsz;
  for (const ElfW(Phdr) & closed : program)
    if (closed.p_type == PT_GNU_RELRO && closed.p_vaddr >= begin && closed.p_vaddr < end)
      begin = std::max(begin, (closed.p_vaddr + closed.p_memsz) / page * page);
  return {base + begin, end - std::min(begin, end)};
}

// This thread's, made now if need be.
std::byte* tls_of(std::size_t module) {
  TlsIndex index{module, 0};
  return static_cast<std::byte*>(__tls_get_addr(&index));
}

// "banksim::Mine<...>::lock_pair(...)::calls": the last name says enough.
std::string plain_name(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  const std::string_view whole = name ? name.get() : symbol.c_str();
  const std::size_t colon = whole.rfind("::");
  return std::string(colon == std::string_view::npos ? whole : whole.substr(colon + 2));
}

// A flag of the compiler's: whether one is made already.
bool is_guard(std::string_view symbol) { return symbol.starts_with("_ZGV") || symbol == "__tls_guard"; }

template <class T>
std::span<const T> table_in(const std::string& file, const ElfW(Shdr) & section) {
  if (section.sh_offset > file.size() || section.sh_size > file.size() - section.sh_offset) return {};
  return {reinterpret_cast<const T*>(file.data() + section.sh_offset), section.sh_size / sizeof(T)};
}

}  // namespace

Statics::Statics(const void* code) {
  struct Search {
    Statics& found;
    const std::byte* code;
    bool is_program = true;  // the first one of all
  } search{*this, static_cast<const std::byte*>(code)};
  const auto look_at = [](dl_phdr_info* info, std::size_t, void* argument) {
    auto& here = *static_cast<Search*>(argument);
    const bool is_program = std::exchange(here.is_program, false);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where it was loaded
    auto* const base = reinterpret_cast<std::byte*>(info->dlpi_addr);
    const Program program(info->dlpi_phdr, info->dlpi_phnum);
    const bool is_it = std::ranges::any_of(program, [&](const auto& segment) {
      const std::byte* const begin = base + segment.p_vaddr;
      return segment.p_type == PT_LOAD && here.code >= begin && here.code < begin + segment.p_memsz;
    });
    if (!is_it) return 0;
    if (is_program) return 1;
    here.found.file_ = info->dlpi_name;
    here.found.base_ = base;
    for (const auto& segment : program) {
      if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0)
        here.found.parts_.push_back({writable_of(base, segment, program), Kind::of_all});
      if (segment.p_type == PT_TLS)
        here.found.parts_.push_back({{tls_of(info->dlpi_tls_modid), segment.p_memsz}, Kind::of_thread});
    }
    return 1;
  };
  ::dl_iterate_phdr(look_at, &search);
}

void Statics::keep(std::span<const std::span<std::byte>> allocated) {
  std::erase_if(parts_, [](const Part& part) { return part.kind == Kind::heap; });
  for (const std::span<std::byte> block : allocated) parts_.push_back({block, Kind::heap});
  for (Part& part : parts_) part.kept.assign(part.bytes.begin(), part.bytes.end());
}

void Statics::restore() {
  for (Part& part : parts_) std::ranges::copy(part.kept, part.bytes.begin());
}

std::optional<std::string> Statics::change() {
  for (Part& part : parts_) {
    if (part.bytes.empty() || std::memcmp(part.bytes.data(), part.kept.data(), part.bytes.size()) == 0)
      continue;
    if (part.kind == Kind::heap) return "what a static has allocated";
    const bool is_thread_local = part.kind == Kind::of_thread;
    const std::vector<std::string> names = names_of_changes(part);
    if (is_thread_local && std::ranges::any_of(names, is_guard)) {  // it was made
      part.kept.assign(part.bytes.begin(), part.bytes.end());
      continue;
    }
    return fmt::format("the {}{}", is_thread_local ? "thread_local" : "static",
                       names.empty() ? "" : fmt::format(" '{}'", plain_name(names.front())));
  }
  return std::nullopt;
}

std::vector<std::string> Statics::names_of_changes(const Part& part) const {
  const std::string file = content_of(file_).value_or("");
  ElfW(Ehdr) head{};
  if (file.size() < sizeof(head)) return {};
  std::memcpy(&head, file.data(), sizeof(head));
  ElfW(Shdr) all{};
  all.sh_offset = head.e_shoff;
  all.sh_size = std::size_t{head.e_shnum} * sizeof(ElfW(Shdr));
  const auto sections = table_in<ElfW(Shdr)>(file, all);
  const bool is_thread_local = part.kind == Kind::of_thread;
  const std::size_t begin = is_thread_local ? 0 : static_cast<std::size_t>(part.bytes.data() - base_);
  std::vector<std::string> names;
  for (const ElfW(Shdr) & section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const auto texts = table_in<char>(file, sections[section.sh_link]);
    for (const ElfW(Sym) & symbol : table_in<ElfW(Sym)>(file, section)) {
      const std::size_t at = symbol.st_value - begin;
      if ((symbol.st_info & 0xfU) != (is_thread_local ? STT_TLS : STT_OBJECT) ||
          symbol.st_shndx == SHN_UNDEF || symbol.st_value < begin || at >= part.bytes.size() ||
          symbol.st_size > part.bytes.size() - at)
        continue;
      if (std::memcmp(part.bytes.data() + at, part.kept.data() + at, symbol.st_size) != 0 &&
          symbol.st_name < texts.size())
        names.emplace_back(texts.data() + symbol.st_name);
    }
  }
  return names;
}

}  // namespace banksim::model
