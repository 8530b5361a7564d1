// The JSON parser and the layout on any bytes: no crash, spans inside the text, laying out twice
// changes nothing, and what simdjson takes for JSON the parser does too.
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/check.h"
#include "diag/render.h"
#include "json/diagnostics.h"
#include "json/layout.h"
#include "json/parser.h"
#include "json/reader.h"

namespace {

using namespace ccloud;

void check_spans(const json::Node& node, std::size_t size) {
  CCLOUD_CHECK(node.span.begin <= node.span.end && node.span.end <= size);
  for (const auto* item : node.items) check_spans(*item, size);
  for (const auto& member : node.members) {
    CCLOUD_CHECK(member.key_span.begin < member.key_span.end && member.key_span.end <= size);
    check_spans(*member.value, size);
  }
}

bool is_known_difference(const diag::Diagnostics& diagnostics) {
  for (const auto& item : diagnostics.items())
    if (item.code == "duplicate-key" || item.message.starts_with("nested deeper") ||
        item.message.starts_with("half of a surrogate") || item.message.starts_with("the file is"))
      return true;
  return false;
}

void try_one(const unsigned char* data, std::size_t size) {
  if (size > 16384) return;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto file = std::make_shared<const diag::SourceFile>("x.json", text);
  diag::Diagnostics diagnostics(file);
  const json::Tree tree = json::parse_located(*file, diagnostics);
  if (tree.root != nullptr) check_spans(*tree.root, size);
  for (const auto& item : diagnostics.items()) CCLOUD_CHECK(item.span.end <= size + 1);
  // Showing costs more than reading: only some inputs, chosen by their size, and a few problems.
  if (size % 17 == 5) static_cast<void>(diag::render(diagnostics, {.most = 3}));
  if (size % 17 == 9) static_cast<void>(json::diagnostics_document(diagnostics));
  if (json::parse(text) && !is_known_difference(diagnostics)) CCLOUD_CHECK(tree.is_whole);
  if (!tree.is_whole || tree.root == nullptr) return;
  const std::string once = json::lay_out(*file, tree, *tree.root);
  const diag::SourceFile again("y.json", once);
  diag::Diagnostics none;
  const json::Tree second = json::parse_located(again, none);
  CCLOUD_CHECK(second.is_whole && json::lay_out(again, second, *second.root) == once);
}

}  // namespace

/// Processor time, not the clock's: the machine may be busy.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::clock_t began = std::clock();
  try_one(data, size);
  CCLOUD_CHECK(std::clock() - began < CLOCKS_PER_SEC);
  return 0;
}
