// The simulator's own interface, plain HTTP at $CCLOUD_SIM_URL: the truth for tests to count
// against, what was served, and what happens behind the clouds' backs (README.md).
#pragma once

#include "http/message.h"
#include "sim/hub.h"

namespace ccloud::sim {

http::Response serve_admin(Hub& hub, const http::Request& request);

}  // namespace ccloud::sim
