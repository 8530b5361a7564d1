// A key and a self-signed certificate, made for one test and gone with it.
#pragma once

#include <string>

struct evp_pkey_st;

namespace ccloud::azure::testing {

struct KeyPair {
  std::string pem;             ///< the certificate, then its key
  evp_pkey_st* key = nullptr;  ///< OpenSSL's, ours until the end

  KeyPair();
  ~KeyPair();
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
};

}  // namespace ccloud::azure::testing
