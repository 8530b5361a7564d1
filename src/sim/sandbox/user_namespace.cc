// Maps of user_namespaces(7), written by the process itself.
#include "sim/sandbox/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "sim/sandbox/node.h"

namespace ccloud::sim::sandbox {
namespace {

Result<void> put(const char* path, const std::string& text) {
  const Fd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file || !write_all(file.get(), text)) return errno_error(std::string("write ") + path);
  return {};
}

}  // namespace

Result<void> map_only_user(uid_t inner, uid_t outer_uid, gid_t outer_gid) {
  if (auto r = put("/proc/self/setgroups", "deny"); !r) return r;
  if (auto r = put("/proc/self/uid_map", fmt::format("{} {} 1", inner, outer_uid)); !r) return r;
  return put("/proc/self/gid_map", fmt::format("{} {} 1", inner, outer_gid));
}

Result<void> become_only_user() {
  if (::unshare(CLONE_NEWUSER) != 0) return errno_error("make a user namespace");
  return map_only_user(first_user, 0, 0);
}

}  // namespace ccloud::sim::sandbox
