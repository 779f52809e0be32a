// What the tests of documents look for in them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::test {

inline std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Only such characters and entities as may stand in XML.
inline bool is_xml_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n') return false;
    bool is_bare = text[at] == '&' || text[at] == '<';
    for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
      if (text.substr(at).starts_with(entity)) is_bare = false;
    if (is_bare) return false;
  }
  return true;
}

// ` name="value"`, any number of them.
inline bool are_xml_attributes(std::string_view text) {
  while (!text.empty()) {
    const std::size_t value = text.find("=\"");
    if (text.find_first_of(" \n") != 0 || value == std::string_view::npos) return false;
    const std::size_t end = text.find('"', value + 2);
    if (value < 2 || text.find_first_of(" \n=\"", 1) != value || end == std::string_view::npos) return false;
    if (!is_xml_text(text.substr(value + 2, end - value - 2))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

// The first thing that is no XML of elements, attributes and the five entities; empty: well-formed.
inline std::string xml_fault(std::string_view text) {
  if (text.starts_with("<!DOCTYPE html>")) text.remove_prefix(15);
  std::vector<std::string_view> open;
  for (;;) {
    const std::size_t begin = text.find('<');
    if (!is_xml_text(text.substr(0, begin))) return "not a text: " + std::string(text.substr(0, begin));
    if (begin == std::string_view::npos)
      return open.empty() ? "" : "never closed: " + std::string(open.back());
    const std::size_t end = text.find('>', begin);
    if (end == std::string_view::npos) return "a tag that does not end";
    std::string_view tag = text.substr(begin + 1, end - begin - 1);
    text.remove_prefix(end + 1);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return "closes what is not open: " + std::string(tag);
      open.pop_back();
      continue;
    }
    const bool is_empty = tag.ends_with('/');
    if (is_empty) tag.remove_suffix(1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \n"));
    if (name.empty() || !are_xml_attributes(tag.substr(name.size()))) return "no tag: " + std::string(tag);
    if (!is_empty) open.push_back(name);
  }
}

}  // namespace banksim::test
