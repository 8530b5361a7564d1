// The language described for others, made from the same tables as the checker: JSON Schema for
// editors, the reference for people.
#pragma once

#include <string>

namespace ccloud::config {

/// JSON Schema 2020-12 of a config file.
std::string schema_json();

/// docs/config.md.
std::string reference_markdown();

}  // namespace ccloud::config
