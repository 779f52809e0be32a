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

// A reader of XML that knows elements, attributes and the five entities.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}

  std::string verdict() {
    if (text_.starts_with("<!DOCTYPE html>")) at_ = 15;
    while (at_ < text_.size() && error_.empty()) text_[at_] == '<' ? tag() : character();
    if (error_.empty() && !open_.empty()) return "<" + open_.back() + "> is never closed";
    return error_.empty() ? "well-formed" : error_;
  }

 private:
  void fail(const std::string& what) { error_ = what + ": " + std::string(text_.substr(at_, 60)); }

  void character() {
    constexpr std::string_view kEntities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const std::string_view rest = text_.substr(at_);
    const auto begins = [rest](std::string_view entity) { return rest.starts_with(entity); };
    if (rest.front() == '&' && std::ranges::none_of(kEntities, begins)) fail("a bare ampersand");
    if (static_cast<unsigned char>(rest.front()) < 0x20 && rest.front() != '\n') fail("a control character");
    ++at_;
  }

  std::string word() {
    const std::size_t end = text_.find_first_of(" \n=/>", at_);
    std::string name(text_.substr(at_, end - at_));
    at_ = end;
    return name;
  }

  void attribute() {
    if (word().empty() || !text_.substr(at_).starts_with("=\"")) return fail("an attribute without a value");
    for (at_ += 2; at_ < text_.size() && text_[at_] != '"' && error_.empty();) {
      if (text_[at_] == '<') return fail("'<' in an attribute");
      character();
    }
    ++at_;
  }

  void tag() {
    ++at_;
    if (text_[at_] == '/') {
      ++at_;
      if (open_.empty() || word() != open_.back()) return fail("closes what is not open");
      open_.pop_back();
      ++at_;
      return;
    }
    const std::string name = word();
    if (name.empty()) return fail("a tag without a name");
    while (error_.empty() && (text_[at_] == ' ' || text_[at_] == '\n')) {
      ++at_;
      attribute();
    }
    if (text_[at_] == '/') {
      ++at_;
    } else {
      open_.push_back(name);
    }
    if (text_[at_] != '>') return fail("a tag that does not end");
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::string error_;
};

}  // namespace banksim::test
