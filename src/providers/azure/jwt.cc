// x5t#S256 as RFC 7515, section 4.1.8.
#include "providers/azure/jwt.h"

#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/deleter.h"
#include "base/hash.h"
#include "cloud/jws.h"
#include "json/writer.h"

namespace ccloud::azure {
namespace {

constexpr std::chrono::minutes lifetime{10};

using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

Error unusable(std::string_view what) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("the client certificate cannot be used: {}", what),
                    "AZURE_CLIENT_CERTIFICATE_PATH names a PEM file with the certificate and its "
                    "RSA key; AZURE_CLIENT_CERTIFICATE_PASSWORD opens an encrypted key");
}

/// SHA-256 of the certificate's DER form, base64url.
Result<std::string> thumbprint(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
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
  auto jwt = cloud::sign_rs256(pem, password, header.take(), claims.take());
  if (!jwt) return unusable("its key: " + jwt.error().message);
  return jwt;
}

}  // namespace ccloud::azure
