// A certificate authority for tests, made at start-up, and the certificate that the HTTPS fronts
// show: for localhost and 127.0.0.1 only. Its key is forgotten once it has signed.
#pragma once

#include <string>

#include "base/result.h"
#include "http/server.h"

namespace ccloud::sim {

struct TestCa {
  std::string certificate;     ///< PEM: what clients have to trust
  http::TlsIdentity identity;  ///< of the servers
};

Result<TestCa> make_test_ca();

}  // namespace ccloud::sim
