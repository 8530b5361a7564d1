// Tar streams (POSIX ustar, with pax headers for what does not fit) written and read piece by
// piece: files, directories and symbolic links with their permissions. No owners, no devices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::ssh {

struct TarEntry {
  enum class Kind { file, directory, symlink };
  Kind kind = Kind::file;
  std::string path{};  ///< relative, with `/`
  std::string link{};
  std::uint32_t mode = 0644;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< seconds since 1970
};

/// The header block(s) of an entry; the data and padding(size) follow.
std::string tar_header(const TarEntry& entry);
std::string tar_padding(std::uint64_t size);
std::string tar_end();

/// A file to be sent and the name it gets.
struct TarSource {
  TarEntry entry{};
  std::filesystem::path file{};  ///< empty when it is made of nothing but `content`
  std::string content{};         ///< the data, where it was read already
};

/// Whether `path` can be a source: an error for what is not there, and for what holds no file (a
/// pipe, a socket, a device), where a symbolic link leads to.
Result<void> check_source(const std::filesystem::path& path);

/// Everything at and below `path`, under `name`, sorted; symbolic links stay links. Pipes, sockets
/// and devices below it are left out, and told in `skipped` ("site/queue (a pipe)").
Result<std::vector<TarSource>> tar_sources(const std::filesystem::path& path,
                                           const std::string& name,
                                           std::vector<std::string>* skipped = nullptr);

/// Produces the stream of some sources, reading files as it goes.
class TarWriter {
 public:
  explicit TarWriter(std::vector<TarSource> sources);
  ~TarWriter();
  TarWriter(TarWriter&&) noexcept;

  /// The next piece (some 64 KiB), nothing at the end.
  std::optional<std::string> next();
  /// Set when a file could not be read or changed its size meanwhile; the stream ends then.
  const std::optional<Error>& error() const;
  /// SHA-256 in hex of each file sent so far, by name.
  const std::map<std::string, std::string>& digests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Unpacks a stream below a directory. Refuses names that lead out of it, and writes through no
/// link, whoever made it; links themselves are kept as they are.
class TarReader {
 public:
  explicit TarReader(std::filesystem::path into);
  ~TarReader();
  TarReader(TarReader&&) noexcept;

  Result<void> feed(std::string_view data);
  /// An error when the stream ended too early.
  Result<void> finish();
  const std::map<std::string, std::string>& digests() const;
  std::uint64_t bytes() const;
  /// Pipes and devices that the stream had and that were not made here, by name, and what they are.
  const std::map<std::string, std::string>& skipped() const;

  /// Changes a name before it is used; an empty answer leaves the entry out.
  std::function<std::string(const std::string&)> rename;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ccloud::ssh
