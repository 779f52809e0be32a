// Text put where it is not the text's own language: XML, Markdown, a shell's command line. Pure functions.
//
// Promises: the result means exactly the text, whatever the text holds. What XML cannot hold at all (control
// characters, bytes that are no UTF-8) becomes U+FFFD.
//
// Source: XML 1.0, 2.2 (characters); CommonMark 0.30, 2.4 (backslash escapes); POSIX shell, 2.2.2 (quotes).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace banksim {

// UTF-8 of characters that XML may hold, line ends and tabs made spaces.
std::string printable(std::string_view text);

// At most `limit` characters of printable(), with an ellipsis in the middle where something was left out: names may
// differ in their ends alone.
std::string clipped(std::string_view text, std::size_t limit);

std::string xml_escaped(std::string_view text);          // for XML and HTML, in text and in quoted attributes
std::string markdown_escaped(std::string_view text);     // for a line of Markdown, in a table's cell as well
std::string mermaid_escaped(std::string_view text);      // for a node's text, in quotes
std::string markdown_code_block(std::string_view text);  // fenced, and the text cannot end it
std::string shell_line(std::span<const std::string> arguments);  // quoted where they need it

}  // namespace banksim
