// What is wrong with the user's text, accumulated: every problem with its place, a stable code
// and what to do. Rendering is elsewhere (render.h).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diag/source_file.h"
#include "diag/span.h"

namespace ccloud::diag {

enum class Severity { error, warning };
std::string_view to_string(Severity severity);

/// A second place that explains the first ("first defined here").
struct Note {
  Span span;
  std::string message;

  bool operator==(const Note&) const = default;
};

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;     ///< "unknown-key"; the contract's list
  std::string message;  ///< one sentence, lower case, no final stop, names quoted
  Span span;
  std::optional<std::string> suggestion{};  ///< the text to put in place of the span's value
  std::string hint{};                       ///< shown after the caret when there is no suggestion
  std::string pointer{};                    ///< RFC 6901; filled in by the loader
  std::vector<Note> notes{};

  bool operator==(const Diagnostic&) const = default;
};

class Diagnostics {
 public:
  Diagnostics() = default;
  explicit Diagnostics(std::shared_ptr<const SourceFile> file) : file_(std::move(file)) {}

  void add(Diagnostic diagnostic);
  void error(std::string_view code, Span span, std::string message);
  void warning(std::string_view code, Span span, std::string message);
  /// Orders by place in the file, and removes repetitions.
  void sort();

  const std::vector<Diagnostic>& items() const { return items_; }
  std::vector<Diagnostic>& items() { return items_; }
  bool empty() const { return items_.empty(); }
  bool has_errors() const { return count(Severity::error) > 0; }
  std::size_t count(Severity severity) const;

  /// Null when nothing was read.
  const std::shared_ptr<const SourceFile>& file() const { return file_; }
  void set_file(std::shared_ptr<const SourceFile> file) { file_ = std::move(file); }

 private:
  std::shared_ptr<const SourceFile> file_;
  std::vector<Diagnostic> items_;
};

}  // namespace ccloud::diag
