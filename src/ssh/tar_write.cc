#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ssh/connect.h"
#include "ssh/digest.h"
#include "ssh/tar.h"

namespace ccloud::ssh {

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t name_size = 100;
constexpr std::uint64_t max_octal_size = (std::uint64_t{1} << 33) - 1;
constexpr std::size_t piece_size = std::size_t{64} << 10;

void put(std::array<char, block>& header, std::size_t at, std::string_view text) {
  std::memcpy(header.data() + at, text.data(), text.size());
}

// offset  0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]
//       148 chksum[8]  156 typeflag  157 linkname[100]  257 "ustar\0" "00"
std::string ustar(std::string_view name, char type, std::uint64_t size, std::string_view link,
                  std::uint32_t mode, std::int64_t modified) {
  std::array<char, block> header{};
  put(header, 0, name.substr(0, name_size));
  put(header, 100, fmt::format("{:07o}", mode & 07777U));
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put(header, 124, fmt::format("{:011o}", std::min(size, max_octal_size)));
  put(header, 136, fmt::format("{:011o}", std::clamp<std::int64_t>(modified, 0, max_octal_size)));
  put(header, 148, "        ");
  header[156] = type;
  put(header, 157, link.substr(0, name_size));
  put(header, 257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(header, 148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return {header.data(), header.size()};
}

/// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  std::size_t length = key.size() + value.size() + 3;
  std::size_t digits = std::to_string(length).size();
  while (std::to_string(length + digits).size() != digits) ++digits;
  return fmt::format("{} {}={}\n", length + digits, key, value);
}

}  // namespace

std::string tar_padding(std::uint64_t size) {
  return std::string(static_cast<std::size_t>((block - size % block) % block), '\0');
}

std::string tar_end() { return std::string(2 * block, '\0'); }

std::string tar_header(const TarEntry& entry) {
  std::string name = entry.path;
  char type = '0';
  if (entry.kind == TarEntry::Kind::directory) {
    type = '5';
    if (!name.ends_with('/')) name += '/';
  } else if (entry.kind == TarEntry::Kind::symlink) {
    type = '2';
  }
  const std::uint64_t size = entry.kind == TarEntry::Kind::file ? entry.size : 0;
  std::string pax;
  if (name.size() > name_size) pax += pax_record("path", name);
  if (entry.link.size() > name_size) pax += pax_record("linkpath", entry.link);
  if (size > max_octal_size) pax += pax_record("size", std::to_string(size));
  std::string out;
  if (!pax.empty()) {
    out = ustar("pax_header", 'x', pax.size(), "", 0644, entry.modified) + pax +
          tar_padding(pax.size());
  }
  return out + ustar(name, type, size, entry.link, entry.mode, entry.modified);
}

namespace {

Error unreadable(const std::filesystem::path& file, int problem) {
  const auto code =
      problem == ENOENT || problem == ENOTDIR ? ErrorCode::not_found : ErrorCode::permission_denied;
  return make_error(code, fmt::format("{}: {}", file.string(), std::strerror(problem)));
}

/// "a pipe"; empty for what can be copied.
std::string_view special_kind(mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "";
}

/// Files of /proc tell a size of 0 whatever they hold. What is there is read at once, since its
/// size has to be known before it is sent.
Result<void> read_unsized(TarSource& source) {
  constexpr std::size_t limit = std::size_t{16} << 20;
  // Some of them would keep the reader waiting for what comes next.
  const Fd fd(::open(source.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return unreadable(source.file, errno);
  std::string piece(piece_size, '\0');
  while (true) {
    const auto count = ::read(fd.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(source.file, errno);
    if (count == 0) break;
    source.content.append(piece, 0, static_cast<std::size_t>(count));
    if (source.content.size() > limit) {
      return make_error(ErrorCode::invalid_argument,
                        source.file.string() + " tells a size of 0 and holds more than 16 MiB",
                        "write what is wanted of it to a file, and copy that");
    }
  }
  source.entry.size = source.content.size();
  return {};
}

}  // namespace

Result<void> check_source(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return unreadable(path, errno);
  const auto kind = special_kind(info.st_mode);
  if (kind.empty()) return {};
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("{} is {}: only files, directories and links are copied", path.string(), kind),
      "write what comes out of it to a file, and copy that");
}

Result<std::vector<TarSource>> tar_sources(const std::filesystem::path& path,
                                           const std::string& name,
                                           std::vector<std::string>* skipped) {
  if (auto checked = check_source(path); !checked.has_value()) return checked.error();
  std::vector<TarSource> sources;
  std::vector<std::pair<std::filesystem::path, std::string>> open{{path, name}};
  for (bool is_top = true; !open.empty(); is_top = false) {
    const auto [file, as] = std::move(open.back());
    open.pop_back();
    struct stat info{};
    // What the user named is followed, what lies below it is not.
    if ((is_top ? ::stat(file.c_str(), &info) : ::lstat(file.c_str(), &info)) != 0) {
      return unreadable(file, errno);
    }
    TarSource source;
    source.file = file;
    source.entry.path = as;
    source.entry.mode = info.st_mode & 07777U;
    source.entry.modified = info.st_mtime;
    if (S_ISDIR(info.st_mode)) {
      source.entry.kind = TarEntry::Kind::directory;
      std::error_code problem;
      for (const auto& child : std::filesystem::directory_iterator(file, problem)) {
        const auto leaf = child.path().filename().string();
        open.emplace_back(child.path(), as == "." ? leaf : as + "/" + leaf);
      }
      if (problem) {
        return make_error(ErrorCode::permission_denied, file.string() + ": " + problem.message());
      }
    } else if (S_ISLNK(info.st_mode)) {
      std::error_code problem;
      source.entry.kind = TarEntry::Kind::symlink;
      source.entry.link = std::filesystem::read_symlink(file, problem).string();
    } else if (S_ISREG(info.st_mode)) {
      source.entry.size = static_cast<std::uint64_t>(info.st_size);
      if (info.st_size == 0) {
        if (auto found = read_unsized(source); !found.has_value()) return found.error();
      }
    } else {  // sockets, pipes and devices mean nothing on another machine
      if (skipped != nullptr) {
        skipped->push_back(fmt::format("{} ({})", file.string(), special_kind(info.st_mode)));
      }
      continue;
    }
    sources.push_back(std::move(source));
  }
  std::ranges::sort(sources, {}, [](const TarSource& source) { return source.entry.path; });
  return sources;
}

struct TarWriter::State {
  std::vector<TarSource> sources;
  std::size_t at = 0;
  std::ifstream file;
  std::uint64_t left = 0;
  bool is_inside = false;
  bool is_over = false;
  Digest digest;
  std::optional<Error> error;
  std::map<std::string, std::string> digests;

  std::optional<std::string> fail(const std::string& why) {
    error = make_error(ErrorCode::internal, sources[at].file.string() + ": " + why);
    is_over = true;
    return std::nullopt;
  }

  std::optional<std::string> open() {
    const auto& source = sources[at];
    std::string out = tar_header(source.entry);
    if (source.entry.kind != TarEntry::Kind::file) {
      ++at;
      return out;
    }
    digest = Digest();
    if (source.file.empty() || !source.content.empty()) {
      digest.add(source.content);
      digests[source.entry.path] = digest.hex();
      ++at;
      return out + source.content + tar_padding(source.entry.size);
    }
    file = std::ifstream(source.file, std::ios::binary);
    if (!file) return fail("cannot be read");
    left = source.entry.size;
    is_inside = true;
    return out;
  }

  std::optional<std::string> read() {
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_size)), '\0');
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file.gcount() != static_cast<std::streamsize>(piece.size())) {
      return fail("changed while it was sent");
    }
    digest.add(piece);
    left -= piece.size();
    if (left == 0) {
      const auto& entry = sources[at].entry;
      digests[entry.path] = digest.hex();
      piece += tar_padding(entry.size);
      is_inside = false;
      file.close();
      ++at;
    }
    return piece;
  }
};

TarWriter::TarWriter(std::vector<TarSource> sources) : state_(std::make_unique<State>()) {
  state_->sources = std::move(sources);
}
TarWriter::~TarWriter() = default;
TarWriter::TarWriter(TarWriter&&) noexcept = default;

std::optional<std::string> TarWriter::next() {
  auto& state = *state_;
  if (state.is_over) return std::nullopt;
  if (state.is_inside) return state.read();
  // Small entries travel together.
  std::string out;
  while (state.at < state.sources.size() && out.size() < piece_size && !state.is_inside) {
    auto piece = state.open();
    if (!piece) return std::nullopt;
    out += *piece;
    if (state.is_inside) {
      piece = state.read();
      if (!piece) return std::nullopt;
      out += *piece;
    }
  }
  if (state.at == state.sources.size()) {
    state.is_over = true;
    out += tar_end();
  }
  return out;
}

const std::optional<Error>& TarWriter::error() const { return state_->error; }
const std::map<std::string, std::string>& TarWriter::digests() const { return state_->digests; }

}  // namespace ccloud::ssh
