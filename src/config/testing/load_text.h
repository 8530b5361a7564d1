// Loading configs from text in tests: files beside them, diagnostics as short lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace ccloud::config::testing {

/// A directory of its own that vanishes with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path() const { return path_; }
  std::string write(const std::string& name, std::string_view content) const;

 private:
  std::string path_;
};

/// A sound ed25519 public key line.
extern const std::string_view public_key;
/// A realistic config: one service, three providers, four regions, two environments.
extern const std::string_view realistic;

LoadResult load_config(std::string_view text, std::string_view environment = {},
                       const LoadOptions& options = {.home = "/nowhere", .reads_files = false});

/// "3:14 unknown-key /a/b \"suggestion\"", one for each diagnostic.
std::vector<std::string> short_lines(const LoadResult& result);
/// The codes alone.
std::vector<std::string> codes(const LoadResult& result);

}  // namespace ccloud::config::testing
