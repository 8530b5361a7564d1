#include "cli/testing/golden.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace ccloud::cli {

void expect_golden(std::string_view name, const std::string& text) {
  const std::string path = std::string(CCLOUD_SOURCE_DIR) + "/src/cli/golden/" + std::string(name);
  if (std::getenv("CCLOUD_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(wanted.str(), text) << "golden " << name << "; CCLOUD_ACCEPT=1 takes the new text";
}

}  // namespace ccloud::cli
