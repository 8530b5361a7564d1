// The files that a config names: finds them beside it, reads each once, never more than a cap.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ccloud::config {

struct FileContent {
  enum class State { ok, missing, directory, unreadable, too_large };
  State state = State::ok;
  std::string path;     ///< absolute
  std::string content;  ///< only with `ok`
};

class Files {
 public:
  Files(std::filesystem::path base, std::string home)
      : base_(std::move(base)), home_(std::move(home)) {}

  /// Absolute: `~/` is the home, anything relative stands beside the config.
  std::string resolve(std::string_view path) const;
  /// The reference stays valid as long as this object.
  const FileContent& read(std::string_view path, std::size_t most);
  /// The first bytes of a file; empty when it cannot be read.
  std::string head(std::string_view path, std::size_t bytes) const;
  /// Exists, without reading it.
  FileContent::State look(std::string_view path) const;

 private:
  std::string work_out(std::string_view path) const;

  std::filesystem::path base_;
  std::string home_;
  mutable std::unordered_map<std::string, std::string> resolved_;  ///< the same few, many times
  std::map<std::string, std::unique_ptr<FileContent>> read_;
};

/// "does not exist", "is a directory" ... for messages.
std::string_view describe(FileContent::State state);

/// Reads a whole file unless it is larger than `most`.
FileContent read_file(const std::filesystem::path& path, std::size_t most);

}  // namespace ccloud::config
