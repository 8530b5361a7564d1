// The whole of a load on any bytes: decoder, environments, every check, rendering. No file is read.
// A problem's place lies in the text, and a config comes out exactly when there is no error.
#include <ctime>
#include <string>

#include "base/check.h"
#include "config/format.h"
#include "config/load.h"
#include "diag/render.h"
#include "json/diagnostics.h"

namespace {

using namespace ccloud;

void try_one(const unsigned char* data, std::size_t size) {
  if (size > 32768) return;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::LoadOptions options{.home = "/home/x", .reads_files = false, .today = "2026-11-01"};
  const bool has_environments = text.find("environments") != std::string::npos;
  for (const char* environment : {"", "prod"}) {
    if (*environment != '\0' && !has_environments) continue;  // the same once more
    const auto result = config::load_text(text, "ccloud.json", environment, options);
    CCLOUD_CHECK(result.config.has_value() == !result.diagnostics.has_errors());
    for (const auto& item : result.diagnostics.items()) {
      CCLOUD_CHECK(item.span.begin <= item.span.end && item.span.end <= size + 1);
      CCLOUD_CHECK(!item.code.empty() && !item.message.empty());
    }
    // Showing costs more than checking: only some inputs, chosen by their size, and a few problems.
    if (size % 17 == 5) static_cast<void>(diag::render(result.diagnostics, {.most = 3}));
    if (size % 17 == 9) static_cast<void>(json::diagnostics_document(result.diagnostics));
  }
}

}  // namespace

/// Processor time, not the clock's: the machine may be busy.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::clock_t began = std::clock();
  try_one(data, size);
  CCLOUD_CHECK(std::clock() - began < CLOCKS_PER_SEC);
  return 0;
}
