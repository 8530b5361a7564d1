// Claims as Google documents them for service accounts.
#include "providers/gcp/jwt.h"

#include <fmt/format.h>

#include "cloud/jws.h"
#include "json/writer.h"

namespace ccloud::gcp {
namespace {

constexpr std::chrono::hours lifetime{1};

Error unusable(std::string_view what) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("the service account's key cannot be used: {}", what),
                    "make a new key: gcloud iam service-accounts keys create FILE "
                    "--iam-account=EMAIL");
}

}  // namespace

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
  auto jwt = cloud::sign_rs256(pem, "", header.take(), claims.take());
  if (!jwt) return unusable(jwt.error().message);
  return jwt;
}

}  // namespace ccloud::gcp
