// What an OpenStack service's refusal means, from its status and body.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace ccloud::openstack {

/// For any status from 400 on. Bodies differ by service (fact: each has its own outer key); the
/// first object member with a message speaks.
Error classify(const http::Response& response);

}  // namespace ccloud::openstack
