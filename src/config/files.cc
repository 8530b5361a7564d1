#include "config/files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ccloud::config {
namespace {

FileContent::State state_of_errno(int code) {
  return code == ENOENT || code == ENOTDIR ? FileContent::State::missing
                                           : FileContent::State::unreadable;
}

FileContent::State read_all(int fd, std::size_t most, std::string& out) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return FileContent::State::unreadable;
  if (S_ISDIR(info.st_mode)) return FileContent::State::directory;
  if (S_ISREG(info.st_mode) && static_cast<std::size_t>(info.st_size) > most)
    return FileContent::State::too_large;
  char buffer[65536];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileContent::State::unreadable;
    if (got == 0) return FileContent::State::ok;
    out.append(buffer, static_cast<std::size_t>(got));
    if (out.size() > most) return FileContent::State::too_large;
  }
}

}  // namespace

std::string_view describe(FileContent::State state) {
  switch (state) {
    case FileContent::State::ok:
      return "is readable";
    case FileContent::State::missing:
      return "does not exist";
    case FileContent::State::directory:
      return "is a directory";
    case FileContent::State::unreadable:
      return "cannot be read";
    case FileContent::State::too_large:
      return "is too large";
  }
  return "";
}

FileContent read_file(const std::filesystem::path& path, std::size_t most) {
  FileContent file;
  file.path = path.string();
  // Non-blocking, so that a named pipe cannot hang the program.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    file.state = state_of_errno(errno);
    return file;
  }
  file.state = read_all(fd, most, file.content);
  ::close(fd);
  if (file.state != FileContent::State::ok) file.content.clear();
  return file;
}

std::string Files::resolve(std::string_view path) const {
  const auto [known, is_new] = resolved_.try_emplace(std::string(path));
  if (is_new) known->second = work_out(path);
  return known->second;
}

std::string Files::work_out(std::string_view path) const {
  if ((path == "~" || path.starts_with("~/")) && !home_.empty())
    return (std::filesystem::path(home_) / path.substr(std::min<std::size_t>(2, path.size())))
        .lexically_normal()
        .string();
  return (base_ / path).lexically_normal().string();
}

const FileContent& Files::read(std::string_view path, std::size_t most) {
  const std::string absolute = resolve(path);
  auto& entry = read_[absolute];
  if (!entry) entry = std::make_unique<FileContent>(read_file(absolute, most));
  return *entry;
}

std::string Files::head(std::string_view path, std::size_t bytes) const {
  const int fd = ::open(resolve(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return {};
  std::string out(bytes, '\0');
  const ssize_t got = ::read(fd, out.data(), bytes);
  ::close(fd);
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

FileContent::State Files::look(std::string_view path) const {
  const std::string absolute = resolve(path);
  struct stat info{};
  if (stat(absolute.c_str(), &info) != 0) return state_of_errno(errno);
  if (S_ISDIR(info.st_mode)) return FileContent::State::directory;
  return ::access(absolute.c_str(), R_OK) == 0 ? FileContent::State::ok
                                               : FileContent::State::unreadable;
}

}  // namespace ccloud::config
