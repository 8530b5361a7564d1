// What a failed exchange means and what to do about it: libcurl's codes as our errors.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace ccloud::http {

struct FailedExchange {
  int code = 0;              ///< a CURLcode
  std::string_view details;  ///< libcurl's own words, may be empty
  Url url;
  bool was_sent = false;  ///< some of the request left this machine
  bool via_proxy = false;
};

/// `raw_code` is one of resolve, connect, tls, time-out, lost, proxy, transport; `ambiguous`
/// follows `was_sent`.
Error explain_failure(const FailedExchange& failed);

}  // namespace ccloud::http
