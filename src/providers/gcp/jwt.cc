// RS256 as RFC 7515, appendix A.2.
#include "providers/gcp/jwt.h"

#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "json/writer.h"

namespace ccloud::gcp {
namespace {

constexpr std::chrono::hours lifetime{1};

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

Error unusable(std::string_view what) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("the service account's key cannot be used: {}", what),
                    "make a new key: gcloud iam service-accounts keys create FILE "
                    "--iam-account=EMAIL");
}

/// No password: PEM_read would otherwise ask the terminal.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::string> sign_rs256(std::string_view pem, std::string_view header,
                               std::string_view claims) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return unusable("its private_key is no readable PEM key");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return unusable("it is not an RSA key");
  std::string text = base64url(header) + "." + base64url(claims);
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    return unusable("it does not sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     text.size()) != 1) {
    return unusable("it does not sign");
  }
  signature.resize(size);
  return text + "." + base64url(signature);
}

Result<std::string> sign_assertion(std::string_view pem, const Assertion& assertion) {
  json::Writer header;
  header.begin_object().member("alg", "RS256").member("typ", "JWT");
  if (!assertion.key_id.empty()) header.member("kid", assertion.key_id);
  header.end_object();
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(assertion.now.time_since_epoch());
  json::Writer claims;
  claims.begin_object().member("iss", assertion.email).member("scope", assertion.scope);
  if (assertion.audience.empty()) {
    claims.member("sub", assertion.email);
  } else {
    claims.member("aud", assertion.audience);
  }
  claims.member("iat", now.count());
  claims.member("exp", std::chrono::seconds(now + lifetime).count());
  claims.end_object();
  return sign_rs256(pem, header.take(), claims.take());
}

}  // namespace ccloud::gcp
