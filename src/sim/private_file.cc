// Written beside, then renamed.
#include "sim/private_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ccloud::sim {
namespace {

Error file_error(std::string_view what, const std::string& path) {
  return make_error(ErrorCode::internal,
                    fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

Result<void> write_private_file(const std::string& path, std::string_view text) {
  const auto beside = fmt::format("{}.{}", path, ::getpid());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("write", path);
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      const auto error = file_error("write", path);
      ::close(fd);
      ::unlink(beside.c_str());
      return error;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(fd);
  if (::rename(beside.c_str(), path.c_str()) != 0) return file_error("write", path);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return file_error("read", path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace ccloud::sim
