#include "diag/render.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "diag/excerpt.h"
#include "diag/secrets.h"

namespace ccloud::diag {
namespace {

struct Paint {
  Color color;
  std::string operator()(std::string_view style, std::string_view text) const {
    return color == Color::off ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", style, text);
  }
};

constexpr std::string_view bold = "1";
constexpr std::string_view red = "1;31";
constexpr std::string_view yellow = "1;33";
constexpr std::string_view blue = "34";
constexpr std::string_view cyan = "36";
constexpr std::string_view green = "32";

std::string place(const SourceFile& file, Span span) {
  const Position position = file.position(span.begin);
  return fmt::format("{}:{}:{}", file.name(), position.line, position.column);
}

std::string advice(const Diagnostic& diagnostic) {
  if (!diagnostic.hint.empty()) return diagnostic.hint;
  if (!diagnostic.suggestion || diagnostic.suggestion->empty()) return {};
  // A replacement that is a string of JSON brings its own quotes.
  const bool is_quoted = diagnostic.suggestion->starts_with('"');
  return fmt::format("did you mean {}?",
                     is_quoted ? *diagnostic.suggestion : quote(*diagnostic.suggestion));
}

void append_excerpt(std::string& out, const SourceFile& file, Span span, std::string_view style,
                    std::string_view text, const RenderOptions& options,
                    std::span<const Span> hidden) {
  const Paint paint{options.color};
  const Excerpt excerpt =
      make_excerpt(file, span, options.width > 10 ? options.width - 8 : 8, hidden);
  out += paint(blue, fmt::format("{:>5} |", file.position(span.begin).line));
  out += excerpt.line.empty() ? "\n" : fmt::format(" {}\n", excerpt.line);
  out += paint(blue, "      |") + " ";
  out += std::string(excerpt.column, ' ');
  out += paint(style, std::string(excerpt.length, '^'));
  if (!text.empty()) out += " " + paint(green, text);
  out += '\n';
}

void append(std::string& out, const SourceFile& file, const Diagnostic& diagnostic,
            const RenderOptions& options, std::span<const Span> hidden) {
  const Paint paint{options.color};
  const auto style = diagnostic.severity == Severity::error ? red : yellow;
  out += fmt::format("{}: {} {}\n", paint(bold, place(file, diagnostic.span)),
                     paint(style, fmt::format("{}:", to_string(diagnostic.severity))),
                     fmt::format("{} [{}]", diagnostic.message, diagnostic.code));
  if (file.text().empty()) {  // no line to show: the file is not there, or empty
    if (const auto text = advice(diagnostic); !text.empty())
      out += fmt::format("{} {}\n", paint(blue, "      |"), paint(green, text));
    return;
  }
  append_excerpt(out, file, diagnostic.span, style, advice(diagnostic), options, hidden);
  for (const Note& note : diagnostic.notes) {
    out += fmt::format("{}: {} {}\n", place(file, note.span), paint(cyan, "note:"), note.message);
    append_excerpt(out, file, note.span, cyan, {}, options, hidden);
  }
}

/// Secrets that only their key gave away; the others are masked wherever they stand.
std::vector<Span> secret_spans(const Diagnostics& diagnostics, const SourceFile& file) {
  std::vector<Span> spans;
  for (const auto& item : diagnostics.items())
    if (item.code == "secret-in-config" && find_secrets(file.text(item.span)).empty())
      spans.push_back(item.span);
  return spans;
}

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

std::string render(const Diagnostics& diagnostics, const RenderOptions& options) {
  std::string out;
  const SourceFile nothing("", "");
  const SourceFile& file = diagnostics.file() ? *diagnostics.file() : nothing;
  const auto& items = diagnostics.items();
  const std::size_t shown = options.most == 0 ? items.size() : std::min(options.most, items.size());
  const auto hidden = secret_spans(diagnostics, file);
  for (std::size_t i = 0; i < shown; ++i) append(out, file, items[i], options, hidden);
  if (shown < items.size())
    out += fmt::format("and {} more\n", counted(items.size() - shown, "problem"));
  return out;
}

std::string summary(const Diagnostics& diagnostics) {
  const auto errors = diagnostics.count(Severity::error);
  const auto warnings = diagnostics.count(Severity::warning);
  if (errors == 0 && warnings == 0) return {};
  if (warnings == 0) return counted(errors, "error");
  if (errors == 0) return counted(warnings, "warning");
  return fmt::format("{}, {}", counted(errors, "error"), counted(warnings, "warning"));
}

std::string quote(std::string_view text) {
  const std::string safe = printable(mask_secrets(text));
  std::string out = "\"";
  std::size_t characters = 0;
  for (std::size_t i = 0; i < safe.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(safe[i]) & 0xC0) != 0x80;
    if (starts && ++characters > 80) {
      out += "...";
      break;
    }
    out += safe[i];
  }
  return out + '"';
}

}  // namespace ccloud::diag
