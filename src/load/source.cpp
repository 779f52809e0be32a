#include "load/source.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <span>

namespace banksim {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The same text, as long, with blanks where comments and literals are.
std::string code_of(std::string_view text) {
  std::string code(text);
  const auto blank = [&code](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < std::min(end, code.size()); ++i)
      if (code[i] != '\n') code[i] = ' ';
  };
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::size_t end = i;
    if (code.compare(i, 2, "//") == 0) {
      end = code.find('\n', i);
    } else if (code.compare(i, 2, "/*") == 0) {
      end = code.find("*/", i + 2);
      if (end != std::string::npos) end += 2;
    } else if (code.compare(i, 2, "R\"") == 0) {
      const std::size_t open = code.find('(', i);
      const std::string close = ")" + code.substr(i + 2, std::min(open, code.size()) - i - 2) + "\"";
      end = code.find(close, i);
      if (end != std::string::npos) end += close.size();
    } else if (code[i] == '"' || (code[i] == '\'' && (i == 0 || !is_word(code[i - 1])))) {
      for (end = i + 1; end < code.size() && code[end] != code[i] && code[end] != '\n'; ++end)
        if (code[end] == '\\') ++end;
      ++end;
    } else {
      continue;
    }
    end = std::min(end, code.size());
    blank(i, end);
    i = end - 1;
  }
  return code;
}

struct Token {
  std::string text;
  std::size_t line;
  bool operator==(std::string_view other) const { return text == other; }
};

std::vector<Token> tokens_of(const std::string& code) {
  std::vector<Token> tokens;
  std::size_t line = 1;
  for (std::size_t i = 0; i < code.size();) {
    std::size_t end = i + 1;
    if (is_word(code[i])) {
      while (end < code.size() && is_word(code[end])) ++end;
    } else if (code.compare(i, 2, "::") == 0) {
      ++end;
    }
    if (code[i] == '\n') ++line;
    if (std::isspace(static_cast<unsigned char>(code[i])) == 0)
      tokens.push_back({code.substr(i, end - i), line});
    i = end;
  }
  return tokens;
}

using Tokens = std::span<const Token>;

// Where what opens at `at` closes.
std::size_t closing(Tokens tokens, std::size_t at, std::string_view open, std::string_view close) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (tokens[at] == open) ++depth;
    if (tokens[at] == close && --depth == 0) return at;
  }
  return tokens.size();
}

bool has(Tokens tokens, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      tokens, [words](const Token& token) { return std::ranges::find(words, token.text) != words.end(); });
}

// Walks namespaces and classes, and into no body.
class Walk {
 public:
  explicit Walk(Tokens tokens) : tokens_(tokens) {}

  StrategySource found() {
    for (std::size_t at = 0; at < tokens_.size();) at = step(at);
    const bool any_named = std::ranges::any_of(locking_, &Class::is_named);
    for (const Class& one : locking_)
      if (one.is_named || !any_named) source_.strategies.push_back(one.name);
    return source_;
  }

 private:
  struct Class {
    std::string name;
    bool is_named;
  };

  std::size_t step(std::size_t at) {
    const Token& token = tokens_[at];
    if (token == "namespace") return enter(at);
    if (token == "template") {
      const std::size_t end = closing(tokens_, at + 1, "<", ">");
      const Tokens parameters = tokens_.subspan(at + 1, std::min(end, tokens_.size()) - at - 1);
      parameters_ = !has(parameters, {","}) && parameters.size() > 1 ? 1 : 2;
      return end + 1;
    }
    if (token == "struct" || token == "class") return declare(at + 1);
    if (token == "{") return closing(tokens_, at, "{", "}") + 1;
    // A class ends in "};": whose head a macro made is not seen to begin.
    const bool ends_class = at + 1 < tokens_.size() && tokens_[at + 1] == ";";
    if (token == "}" && !spaces_.empty() && !ends_class) spaces_.pop_back();
    if (token == ";") parameters_ = 0;
    return at + 1;
  }

  std::size_t enter(std::size_t at) {
    std::string name;
    for (++at; at < tokens_.size() && !has(tokens_.subspan(at, 1), {"{", ";", "="}); ++at)
      if (!(tokens_[at] == "inline")) name += tokens_[at].text;
    if (at < tokens_.size() && tokens_[at] == "{") spaces_.push_back(name);
    return at + 1;
  }

  std::size_t declare(std::size_t at) {
    if (at >= tokens_.size()) return at;
    const std::string& name = tokens_[at].text;
    while (at < tokens_.size() && !has(tokens_.subspan(at, 1), {"{", ";"})) ++at;
    if (at >= tokens_.size() || tokens_[at] == ";") return at;
    const std::size_t end = closing(tokens_, at, "{", "}");
    const Tokens body = tokens_.subspan(at, std::min(end, tokens_.size()) - at);
    const bool is_named = has(body, {"name", "summary"}), locks = has(body, {"lock_pair", "lock_all"});
    if (parameters_ == 1 && (is_named || locks)) {
      std::string whole;
      for (const std::string& space : spaces_)
        if (!space.empty()) whole += space + "::";
      locking_.push_back({whole + name, is_named});
    }
    if (parameters_ == 0 && locks) source_.no_template = name;
    parameters_ = 0;
    return end + 1;
  }

  Tokens tokens_;
  std::vector<std::string> spaces_;
  std::vector<Class> locking_;
  StrategySource source_;
  int parameters_ = 0;  // of the template that was begun: 2 for more
};

// Where a statement locks, and unlocks at its end: a guard of the standard library without a name.
bool is_unnamed_guard(Tokens tokens, std::size_t at) {
  if (at > 0 && !has(tokens.subspan(at - 1, 1), {";", "{", "}", ")", "else", "do"})) return false;
  if (tokens[at] == "std" && at + 2 < tokens.size()) at += 2;
  if (!has(tokens.subspan(at, 1), {"lock_guard", "scoped_lock", "unique_lock"}) || ++at >= tokens.size())
    return false;
  if (tokens[at] == "<") at = closing(tokens, at, "<", ">") + 1;
  if (at >= tokens.size() || !has(tokens.subspan(at, 1), {"(", "{"})) return false;
  const bool is_round = tokens[at] == "(";
  at = closing(tokens, at, is_round ? "(" : "{", is_round ? ")" : "}") + 1;
  return at < tokens.size() && tokens[at] == ";";
}

}  // namespace

StrategySource strategies_in(std::string_view text) { return Walk(tokens_of(code_of(text))).found(); }

std::vector<Suspicion> suspicions_of(std::string_view text) {
  const std::vector<Token> tokens = tokens_of(code_of(text));
  std::vector<Suspicion> found;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const bool is_of_std = at > 1 && tokens[at - 1] == "::" && tokens[at - 2] == "std";
    const Tokens token = Tokens(tokens).subspan(at, 1);
    if (is_unnamed_guard(tokens, at))
      found.push_back(
          {tokens[at].line, "a guard without a name unlocks at once: write std::lock_guard guard(...)"});
    else if (is_of_std && has(token, {"mutex", "recursive_mutex", "shared_mutex", "timed_mutex",
                                      "recursive_timed_mutex", "shared_timed_mutex"}))
      found.push_back({tokens[at].line, "a std::" + tokens[at].text +
                                            " is neither watched nor explored: use typename S::Mutex"});
    else if (is_of_std && has(token, {"condition_variable", "condition_variable_any", "counting_semaphore",
                                      "binary_semaphore", "latch", "barrier"}))
      found.push_back({tokens[at].line, "who waits for a std::" + tokens[at].text +
                                            " can be neither called off nor explored"});
  }
  return found;
}

}  // namespace banksim
