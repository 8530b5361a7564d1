#include "diag/diagnostics.h"

#include <algorithm>
#include <tuple>

namespace ccloud::diag {

std::string_view to_string(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

void Diagnostics::add(Diagnostic diagnostic) { items_.push_back(std::move(diagnostic)); }

void Diagnostics::error(std::string_view code, Span span, std::string message) {
  add({.severity = Severity::error,
       .code = std::string(code),
       .message = std::move(message),
       .span = span});
}

void Diagnostics::warning(std::string_view code, Span span, std::string message) {
  add({.severity = Severity::warning,
       .code = std::string(code),
       .message = std::move(message),
       .span = span});
}

void Diagnostics::sort() {
  const auto key = [](const Diagnostic& d) {
    return std::tie(d.span.begin, d.severity, d.code, d.message);
  };
  std::ranges::sort(items_, {}, key);
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.span.begin == b.span.begin && a.code == b.code && a.message == b.message;
  };
  const auto tail = std::ranges::unique(items_, same);
  items_.erase(tail.begin(), tail.end());
}

std::size_t Diagnostics::count(Severity severity) const {
  return static_cast<std::size_t>(std::ranges::count(items_, severity, &Diagnostic::severity));
}

}  // namespace ccloud::diag
