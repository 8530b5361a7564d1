#include "ssh/host_keys.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "ssh/connect.h"

namespace ccloud::ssh {

namespace {

Error file_error(const std::filesystem::path& file, int problem) {
  return make_error(
      ErrorCode::internal,
      fmt::format("cannot keep host keys in {}: {}", file.string(), std::strerror(problem)),
      "free some space or set XDG_STATE_HOME to a folder that can be written");
}

/// The file, opened and locked against other programs for as long as it lives.
Result<Fd> open_locked(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX) != 0) return file_error(file, errno);
  return fd;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

std::string HostKeys::alias(std::string_view instance_id) {
  std::string name;
  for (const char c : to_lower(instance_id)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '/' || c == ':' || c == '[' || c == ']';
    name += is_plain ? c : '_';
  }
  return name;
}

void HostKeys::read_more() {
  std::ifstream in(file_, std::ios::binary);
  if (!in) return;
  in.seekg(0, std::ios::end);
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
  if (size == read_) return;
  if (size < read_) {  // another program took a key out
    known_.clear();
    read_ = 0;
  }
  in.seekg(static_cast<std::streamoff>(read_));
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string name, type, key;
    if (!(words >> name >> type >> key) || name.starts_with('#')) continue;
    known_[name] = {type, key};
  }
  read_ = size;
}

std::string HostKeys::known_type(const std::string& alias) {
  if (!known_.contains(alias)) read_more();
  const auto found = known_.find(alias);
  return found == known_.end() ? "" : found->second.type;
}

Result<void> HostKeys::check(const std::string& alias, const std::string& type,
                             const std::string& key, const std::string& node) {
  const auto matches = [&] {
    const auto found = known_.find(alias);
    return found != known_.end() && found->second.type == type && found->second.key == key;
  };
  if (matches()) return {};
  read_more();
  if (matches()) return {};
  if (!known_.contains(alias)) return append(alias, {type, key}, node);
  return changed_key(alias, node);
}

Error HostKeys::changed_key(const std::string& alias, const std::string& node) const {
  Error error = make_error(
      ErrorCode::permission_denied,
      fmt::format("the host key of {} is not the one it had before: somebody may be in between, or "
                  "the machine was set up anew",
                  node),
      fmt::format("if you know why it changed, forget the old key: ssh-keygen -R '{}' -f {}", alias,
                  shell_quote(file_.string())));
  error.raw_code = "host-key-changed";
  return error;
}

Result<void> HostKeys::append(const std::string& alias, const Entry& entry,
                              const std::string& node) {
  auto fd = open_locked(file_);
  if (!fd.has_value()) return fd.error();
  read_more();  // another program may have been first
  if (const auto found = known_.find(alias); found != known_.end() && found->second != entry) {
    return changed_key(alias, node);
  }
  if (!write_all(fd->get(), fmt::format("{} {} {}\n", alias, entry.type, entry.key))) {
    return file_error(file_, errno);
  }
  known_[alias] = entry;
  return {};
}

Result<bool> HostKeys::forget(const std::string& alias) {
  auto fd = open_locked(file_);
  if (!fd.has_value()) return fd.error();
  std::ifstream in(file_, std::ios::binary);
  std::string kept, line;
  bool was_known = false;
  while (std::getline(in, line)) {
    if (line.starts_with(alias + " ")) {
      was_known = true;
    } else {
      kept += line + "\n";
    }
  }
  // Rewritten in place, under the lock: a new file would leave others' locks on the old one.
  if (was_known && (::ftruncate(fd->get(), 0) != 0 || !write_all(fd->get(), kept))) {
    return file_error(file_, errno);
  }
  known_.clear();
  read_ = 0;
  return was_known;
}

}  // namespace ccloud::ssh
