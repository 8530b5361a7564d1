// flock, and the holder's name in the file.
#include "journal/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "json/reader.h"
#include "json/writer.h"

namespace ccloud::journal {
namespace {

LockHolder read_holder(int file) {
  std::string text(4096, '\0');
  const auto size = ::pread(file, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  LockHolder holder;
  if (const auto document = json::parse(text)) {
    const auto root = document->root();
    holder.run = root.get("run").string_or();
    holder.command = root.get("command").string_or();
    holder.operator_name = root.get("operator").string_or();
    holder.pid = root.get("pid").int_or(0);
    holder.since = root.get("since").string_or();
  }
  return holder;
}

void write_holder(int file, const LockHolder& holder) {
  json::Writer out;
  out.begin_object().member("run", holder.run).member("command", holder.command);
  out.member("operator", holder.operator_name).member("pid", holder.pid);
  out.member("since", holder.since).end_object();
  const std::string text = out.take() + "\n";
  // Only what a second user is told depends on this text.
  if (::ftruncate(file, 0) != 0) return;
  if (::pwrite(file, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Result<ProjectLock> ProjectLock::take(const std::string& path, const LockHolder& holder) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return make_error(ErrorCode::permission_denied, fmt::format("cannot open the lock {}", path),
                      "set XDG_STATE_HOME to a folder that you may write to");
  }
  ProjectLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const auto other = read_holder(file);
    Error error =
        make_error(ErrorCode::conflict,
                   fmt::format("the project is locked by `{}` of {} (process {}, since {})",
                               other.command.empty() ? "a run" : other.command,
                               other.operator_name.empty() ? "somebody" : other.operator_name,
                               other.pid, other.since.empty() ? "a moment ago" : other.since),
                   "wait for it to end, or stop it; the lock ends with its process");
    error.raw_code = "locked";
    return error;
  }
  write_holder(file, holder);
  return lock;
}

ProjectLock::~ProjectLock() {
  if (file_ >= 0) ::close(file_);
}

std::optional<LockHolder> ProjectLock::look(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::optional<LockHolder> holder;
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) holder = read_holder(file);
  ::close(file);
  return holder;
}

}  // namespace ccloud::journal
