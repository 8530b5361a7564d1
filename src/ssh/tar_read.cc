#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "ssh/connect.h"
#include "ssh/digest.h"
#include "ssh/tar.h"

namespace ccloud::ssh {

namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t max_extended = std::uint64_t{1} << 20;

Error broken(const std::string& what) {
  return make_error(ErrorCode::protocol, "the node sent a broken tar stream: " + what);
}

std::uint64_t number(std::string_view field) {
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    std::uint64_t value = 0;  // base 256, for large files
    for (std::size_t i = 1; i < field.size(); ++i) {
      value = (value << 8U) | static_cast<unsigned char>(field[i]);
    }
    return value;
  }
  std::uint64_t value = 0;
  for (const char c : field) {
    if (c >= '0' && c <= '7') value = value * 8 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::string text(std::string_view field) { return std::string(field.substr(0, field.find('\0'))); }

bool is_checksum_right(std::string_view header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum == number(header.substr(148, 8));
}

/// Relative, without `..`; nullopt for what would lead out of the directory.
std::optional<std::string> safe_path(std::string_view path) {
  if (path.starts_with('/')) return std::nullopt;
  std::vector<std::string> parts;
  for (auto& part : split(path, '/')) {
    if (part == "..") return std::nullopt;
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
  }
  return join(parts, "/");
}

}  // namespace

struct TarReader::State {
  std::filesystem::path into;
  std::string header;         // of the block that is not whole yet
  std::uint64_t left = 0;     // of the entry's data
  std::uint64_t padding = 0;  // after it
  char type = 0;
  std::string extended;  // data of a pax or long-name entry
  std::string next_path, next_link;
  std::optional<std::uint64_t> next_size;
  std::string name;  // of the file being written
  std::string part;  // where it is written
  Fd file;
  Digest digest;
  int empty_blocks = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, std::string> digests;
  std::map<std::string, std::string> skipped;
  std::vector<std::pair<std::filesystem::path, std::uint32_t>> directory_modes;
  std::vector<std::pair<std::filesystem::path, std::string>> links;  // and where they lead

  Error file_error(const std::filesystem::path& path) const {
    return make_error(ErrorCode::internal, fmt::format("{}: {}", path.string(), strerror(errno)));
  }

  /// The folder `path` below `into`, level by level: a link that stands in its way, put there by
  /// an earlier copy, is replaced as tar does it, so that nothing is written through it.
  Result<void> make_folder(const std::filesystem::path& path) {
    std::error_code problem;
    std::filesystem::create_directories(into, problem);
    auto at = into;
    for (const auto& level : path) {
      at /= level;
      if (std::filesystem::is_symlink(at, problem)) std::filesystem::remove(at, problem);
      if (std::filesystem::is_directory(at, problem)) continue;
      if (::mkdir(at.c_str(), 0777) != 0) return file_error(at);
    }
    return {};
  }

  /// It gets its name when it is whole.
  Result<void> open_file(const std::filesystem::path& path, std::uint32_t mode) {
    if (auto made = make_folder(path.parent_path()); !made.has_value()) return made;
    part = (into / path.parent_path() / ".ccloud-part-XXXXXX").string();
    file = Fd(::mkostemp(part.data(), O_CLOEXEC));
    if (file.get() < 0) {
      part.clear();
      return file_error(into / path);
    }
    ::fchmod(file.get(), mode & 0777U);
    digest = Digest();
    return {};
  }

  ~State() {
    if (!part.empty()) ::unlink(part.c_str());
  }

  Result<void> begin(const std::function<std::string(const std::string&)>& renamed) {
    std::string path = text(header.substr(0, 100));
    if (header.substr(257, 5) == "ustar" && header[345] != '\0' && header[262] == '\0') {
      path = text(header.substr(345, 155)) + "/" + path;
    }
    std::string link = text(header.substr(157, 100));
    if (!next_path.empty()) path = std::exchange(next_path, {});
    if (!next_link.empty()) link = std::exchange(next_link, {});
    next_size.reset();
    const auto mode = static_cast<std::uint32_t>(number(std::string_view(header).substr(100, 8)));
    auto safe = safe_path(path);
    if (!safe) {
      return make_error(ErrorCode::permission_denied,
                        "the node sent a file whose name leads elsewhere: " + path);
    }
    name = renamed ? renamed(*safe) : *safe;
    file = Fd();
    if (name.empty()) return {};
    if (type == '5') {
      if (auto made = make_folder(name); !made.has_value()) return made;
      directory_modes.emplace_back(into / name, mode & 0777U);
    } else if (type == '2') {
      links.emplace_back(name, std::move(link));
    } else if (type == '0' || type == '\0' || type == '7') {
      return open_file(name, mode);
    } else if (type == '1') {
      return copy_linked(link, into / name, renamed);
    } else if (type == '6') {
      skipped[name] = "a pipe";
    } else if (type == '3' || type == '4') {
      skipped[name] = "a device";
    }
    return {};
  }

  /// A hard link: the same file under another name, which came before it.
  Result<void> copy_linked(const std::string& link, const std::filesystem::path& target,
                           const std::function<std::string(const std::string&)>& renamed) {
    const auto safe = safe_path(link);
    const auto first = safe ? (renamed ? renamed(*safe) : *safe) : std::string();
    const auto known = digests.find(first);
    if (known == digests.end()) return broken("a link to what it did not hold: " + link);
    const auto folder = std::filesystem::path(name).parent_path();
    if (auto made = make_folder(folder); !made.has_value()) return made;
    std::error_code problem;
    std::filesystem::remove(target, problem);
    std::filesystem::copy_file(into / first, target, problem);
    if (problem) return make_error(ErrorCode::internal, target.string() + ": " + problem.message());
    digests[name] = known->second;
    return {};
  }

  Result<void> write(std::string_view data) {
    if (file.get() < 0) return {};
    digest.add(data);
    bytes += data.size();
    while (!data.empty()) {
      const auto count = ::write(file.get(), data.data(), data.size());
      if (count < 0) return file_error(into / name);
      data.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<void> end() {
    if (type == 'x') {
      read_pax();
    } else if (type == 'L') {
      next_path = text(extended);
    } else if (type == 'K') {
      next_link = text(extended);
    } else if (file.get() >= 0) {
      digests[name] = digest.hex();
      file = Fd();
      if (::rename(std::exchange(part, {}).c_str(), (into / name).c_str()) != 0) {
        return file_error(into / name);
      }
    }
    extended.clear();
    return {};
  }

  /// Only when everything else is there: nothing of the stream may go through them, and so they
  /// may lead anywhere, as they do on the node.
  Result<void> make_links() {
    for (const auto& [path, goal] : links) {
      if (auto made = make_folder(path.parent_path()); !made.has_value()) return made;
      std::error_code problem;
      const auto target = into / path;
      std::filesystem::remove(target, problem);
      std::filesystem::create_symlink(goal, target, problem);
      if (problem) {
        return make_error(ErrorCode::internal, target.string() + ": " + problem.message());
      }
    }
    links.clear();
    return {};
  }

  void read_pax() {
    std::string_view rest = extended;
    while (!rest.empty()) {
      const auto blank = rest.find(' ');
      if (blank == std::string_view::npos) return;
      const auto length = parse_int(rest.substr(0, blank));
      if (!length || *length <= static_cast<std::int64_t>(blank) ||
          *length > static_cast<std::int64_t>(rest.size())) {
        return;
      }
      auto record = rest.substr(blank + 1, static_cast<std::size_t>(*length) - blank - 2);
      rest.remove_prefix(static_cast<std::size_t>(*length));
      const auto equals = record.find('=');
      if (equals == std::string_view::npos) continue;
      const auto key = record.substr(0, equals), value = record.substr(equals + 1);
      if (key == "path") next_path = value;
      if (key == "linkpath") next_link = value;
      if (key == "size") {
        if (const auto size = parse_int(value)) next_size = static_cast<std::uint64_t>(*size);
      }
    }
  }
};

TarReader::TarReader(std::filesystem::path into) : state_(std::make_unique<State>()) {
  state_->into = std::move(into);
}
TarReader::~TarReader() = default;
TarReader::TarReader(TarReader&&) noexcept = default;

Result<void> TarReader::feed(std::string_view data) {
  auto& state = *state_;
  while (!data.empty()) {
    if (state.left > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(state.left, data.size()));
      const auto piece = data.substr(0, count);
      const bool is_extended = state.type == 'x' || state.type == 'L' || state.type == 'K';
      if (is_extended) {
        state.extended += piece;
      } else if (auto written = state.write(piece); !written.has_value()) {
        return written;
      }
      state.left -= count;
      data.remove_prefix(count);
      if (state.left > 0) continue;
      if (auto ended = state.end(); !ended.has_value()) return ended;
      continue;
    }
    if (state.padding > 0) {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(state.padding, data.size()));
      state.padding -= count;
      data.remove_prefix(count);
      continue;
    }
    const auto count = std::min(block - state.header.size(), data.size());
    state.header += data.substr(0, count);
    data.remove_prefix(count);
    if (state.header.size() < block) break;
    if (state.header.find_first_not_of('\0') == std::string::npos) {
      ++state.empty_blocks;
      state.header.clear();
      continue;
    }
    if (state.empty_blocks >= 2) return broken("data after its end");
    if (!is_checksum_right(state.header)) return broken("a header's checksum is wrong");
    state.type = state.header[156];
    state.left = number(std::string_view(state.header).substr(124, 12));
    const bool is_extended = state.type == 'x' || state.type == 'L' || state.type == 'K';
    if (is_extended && state.left > max_extended) return broken("a name of more than 1 MiB");
    if (!is_extended && state.type != 'g') {
      if (state.next_size) state.left = *state.next_size;
      if (auto begun = state.begin(rename); !begun.has_value()) return begun;
      if (state.type == '5' || state.type == '2') state.left = 0;
    }
    state.padding = (block - state.left % block) % block;
    state.header.clear();
    if (state.left > 0) continue;
    if (auto ended = state.end(); !ended.has_value()) return ended;
  }
  return {};
}

Result<void> TarReader::finish() {
  auto& state = *state_;
  if (state.left > 0 || !state.header.empty() || state.empty_blocks == 0) {
    return broken("it ended too early");
  }
  if (auto made = state.make_links(); !made.has_value()) return made;
  // Only now: a directory without the right to write could not have been filled.
  for (const auto& [path, mode] : state.directory_modes) ::chmod(path.c_str(), mode);
  state.directory_modes.clear();
  return {};
}

const std::map<std::string, std::string>& TarReader::digests() const { return state_->digests; }
const std::map<std::string, std::string>& TarReader::skipped() const { return state_->skipped; }
std::uint64_t TarReader::bytes() const { return state_->bytes; }

}  // namespace ccloud::ssh
