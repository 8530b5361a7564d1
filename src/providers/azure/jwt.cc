// RS256 as RFC 7515, appendix A.2; x5t#S256 as RFC 7515, section 4.1.8.
#include "providers/azure/jwt.h"

#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/hash.h"
#include "json/writer.h"

namespace ccloud::azure {
namespace {

constexpr std::chrono::minutes lifetime{10};

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;

Bio open(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int give_password(char* into, int size, int, void* data) {
  const auto& password = *static_cast<const std::string_view*>(data);
  const auto length = std::min(password.size(), static_cast<std::size_t>(size));
  std::memcpy(into, password.data(), length);
  return static_cast<int>(length);
}

Error unusable(std::string_view what) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("the client certificate cannot be used: {}", what),
                    "AZURE_CLIENT_CERTIFICATE_PATH names a PEM file with the certificate and its "
                    "RSA key; AZURE_CLIENT_CERTIFICATE_PASSWORD opens an encrypted key");
}

/// SHA-256 of the certificate's DER form, base64url.
Result<std::string> thumbprint(std::string_view pem) {
  const Bio bio = open(pem);
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return unusable("the file holds no certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size <= 0) return unusable("its certificate is broken");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return base64url(sha256(bytes));
}

}  // namespace

Result<std::string> sign_rs256(std::string_view pem, std::string_view password,
                               std::string_view header, std::string_view claims) {
  const Bio bio = open(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &password));
  if (!key) return unusable("the file holds no private key that the password opens");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return unusable("its key is not RSA");
  std::string text = base64url(header) + "." + base64url(claims);
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1) {
    return unusable("its key does not sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                     text.size()) != 1) {
    return unusable("its key does not sign");
  }
  signature.resize(size);
  return text + "." + base64url(signature);
}

Result<std::string> sign_assertion(std::string_view pem, std::string_view password,
                                   const Assertion& assertion) {
  const auto print = thumbprint(pem);
  if (!print) return print.error();
  json::Writer header;
  header.begin_object().member("alg", "RS256").member("typ", "JWT").member("x5t#S256", *print);
  header.end_object();
  const auto seconds = [](async::WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  };
  json::Writer claims;
  claims.begin_object().member("aud", assertion.audience).member("iss", assertion.client_id);
  claims.member("sub", assertion.client_id).member("jti", assertion.jti);
  claims.member("nbf", seconds(assertion.now)).member("exp", seconds(assertion.now + lifetime));
  claims.end_object();
  return sign_rs256(pem, password, header.take(), claims.take());
}

}  // namespace ccloud::azure
