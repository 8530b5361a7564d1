// RS256 as RFC 7515, appendix A.2.
#include "cloud/jws.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/deleter.h"
#include "base/hash.h"

namespace ccloud::cloud {
namespace {

using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

/// Without this PEM_read would ask the terminal.
int give_password(char* into, int size, int, void* data) {
  const auto& password = *static_cast<const std::string_view*>(data);
  if (password.empty()) return -1;
  const auto length = std::min(password.size(), static_cast<std::size_t>(size));
  std::memcpy(into, password.data(), length);
  return static_cast<int>(length);
}

Error unusable(std::string what) { return make_error(ErrorCode::unauthenticated, std::move(what)); }

Result<std::string> sign(EVP_PKEY* key, std::string_view text) {
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  const bool is_ready =
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) == 1;
  if (!is_ready) return unusable("it does not sign");
  signature.resize(size);
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(digest.get(), into, &size, bytes, text.size()) != 1) {
    return unusable("it does not sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> sign_rs256(std::string_view pem, std::string_view password,
                               std::string_view header, std::string_view claims) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &password));
  if (!key) {
    return unusable(password.empty() ? "it is no readable PEM key"
                                     : "it is no PEM key that the password opens");
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return unusable("it is not an RSA key");
  const std::string text = base64url(header) + "." + base64url(claims);
  const auto signature = sign(key.get(), text);
  if (!signature) return signature.error();
  return text + "." + base64url(*signature);
}

}  // namespace ccloud::cloud
