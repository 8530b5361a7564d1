// User namespaces with exactly one user, which is all that a kernel gives without root.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace ccloud::sim::sandbox {

/// In a fresh user namespace: `inner` is the user and group outside.
Result<void> map_only_user(uid_t inner, uid_t outer_uid, gid_t outer_gid);

}  // namespace ccloud::sim::sandbox
