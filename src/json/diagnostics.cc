#include "json/diagnostics.h"

#include "diag/secrets.h"
#include "json/writer.h"

namespace ccloud::json {

std::string diagnostics_document(const diag::Diagnostics& diagnostics) {
  const diag::SourceFile nothing("", "");
  const auto& file = diagnostics.file() ? *diagnostics.file() : nothing;
  Writer w(Layout::pretty);
  w.begin_object().member("schema", "ccloud.diagnostics/1");
  w.member("valid", !diagnostics.has_errors());
  w.key("diagnostics").begin_array();
  for (const auto& item : diagnostics.items()) {
    const auto position = file.position(item.span.begin);
    w.begin_object();
    w.member("severity", to_string(item.severity)).member("code", item.code);
    w.member("message", item.message).member("file", file.name());
    w.member("line", position.line).member("column", position.column);
    w.member("pointer", item.pointer).member("suggestion", item.suggestion);
    w.end_object();
  }
  w.end_array().end_object();
  return w.take() + "\n";
}

}  // namespace ccloud::json
