// A plain TCP connection from here, with the same face as one that starts at a node.
#pragma once

#include <memory>
#include <string>

#include "ssh/shell.h"

namespace ccloud::ssh {

Task<std::unique_ptr<Connection>> connect_outside(Context ctx, std::string host,
                                                  std::uint16_t port);

}  // namespace ccloud::ssh
