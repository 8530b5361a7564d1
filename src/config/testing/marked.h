// Configs with marks (testdata/marked): before each value that must be complained about stands
// «code» or «code→suggestion».
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ccloud::config::testing {

struct Expected {
  std::uint32_t offset = 0;
  std::string code;
  std::optional<std::string> suggestion;  ///< none: whatever it is

  auto operator<=>(const Expected&) const = default;
};

/// One config of such a file.
struct Case {
  std::string name;
  std::string environment;
  std::string text;  ///< without the marks
  std::vector<Expected> expected;
};

/// "=== NAME [-e ENVIRONMENT]", then the text up to the next one.
std::vector<Case> cases_of(const std::filesystem::path& path);

}  // namespace ccloud::config::testing
