// Cuts a JSON text into tokens, reporting what is wrong within one: escapes, control characters,
// numbers, quotes, comments. The parser knows about structure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diag/diagnostics.h"
#include "diag/source_file.h"
#include "json/tree.h"

namespace ccloud::json {

struct Token {
  enum class Kind : std::uint8_t { end, punctuation, string, number, word, unknown };
  Kind kind = Kind::end;
  bool is_sound = true;  ///< false: reported already
  char punctuation = 0;
  Span span;
  std::string_view text;  ///< a string's content, a number's digits, a word

  bool is(char c) const { return kind == Kind::punctuation && punctuation == c; }
};

class Scanner {
 public:
  Scanner(const diag::SourceFile& file, Tree& tree, diag::Diagnostics& diagnostics);

  /// False when the file is no UTF-8 text at all; reported then.
  bool check_encoding();
  Token next();
  const std::vector<Span>& comments() const { return comments_; }
  /// The rest of the file went into a comment that is never closed; reported.
  bool is_cut() const { return is_cut_; }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool done() const { return at_ >= text_.size(); }
  diag::Diagnostic& report(std::size_t begin, std::size_t end, std::string message);
  void skip_blanks();
  void skip_comment();
  Token string();
  Token quoted_wrongly();
  std::string_view unescape(std::size_t begin, std::size_t end);
  std::size_t escape(std::size_t at, std::size_t end, std::string& out);
  Token number_or_word();
  Token unknown();

  std::string_view text_;
  Tree& tree_;
  diag::Diagnostics& diagnostics_;
  std::vector<Span> comments_;
  bool is_cut_ = false;
  std::size_t at_ = 0;
};

}  // namespace ccloud::json
