#include "json/diagnostics.h"

#include <gtest/gtest.h>

namespace ccloud::json {
namespace {

TEST(DiagnosticsDocument, HasTheContractsForm) {
  auto file = std::make_shared<const diag::SourceFile>("c.json", "{\n  \"\xC3\xA9\": \"x\" }");
  diag::Diagnostics diagnostics(file);
  diagnostics.error("bad-format", {9, 12}, "\"x\" is wrong");
  diagnostics.items()[0].pointer = "/\xC3\xA9";
  diagnostics.items()[0].suggestion = "y";
  EXPECT_EQ(diagnostics_document(diagnostics), R"({
  "schema": "ccloud.diagnostics/1",
  "valid": false,
  "diagnostics": [
    {
      "severity": "error",
      "code": "bad-format",
      "message": "\"x\" is wrong",
      "file": "c.json",
      "line": 2,
      "column": 7,
      "pointer": "/é",
      "suggestion": "y"
    }
  ]
}
)");
}

}  // namespace
}  // namespace ccloud::json
