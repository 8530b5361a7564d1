// Compact JWS: the signing input of RFC 7515 and a signature that the key's public half accepts.
#include "cloud/jws.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/hash.h"

namespace ccloud::cloud {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

std::string pem_of(EVP_PKEY* key, const char* password) {
  BIO* bio = BIO_new(BIO_s_mem());
  const auto* cipher = password == nullptr ? nullptr : EVP_aes_128_cbc();
  EXPECT_EQ(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password, password == nullptr ? 0 : 4,
                                          nullptr, nullptr),
            1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

constexpr std::string_view header = R"({"alg":"RS256"})";
constexpr std::string_view claims =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

TEST(Jws, TheSigningInputIsTheRfcsAndTheSignatureHolds) {
  const Key key(EVP_RSA_gen(2048));
  const auto jws = sign_rs256(pem_of(key.get(), nullptr), "", header, claims);
  ASSERT_TRUE(jws.has_value()) << jws.error().message;
  const auto input = jws->substr(0, jws->rfind('.'));
  EXPECT_EQ(input,
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ");
  // The signature is deterministic: signing again gives the same, another text another.
  EXPECT_EQ(*jws, *sign_rs256(pem_of(key.get(), nullptr), "", header, claims));
  EXPECT_NE(*jws, *sign_rs256(pem_of(key.get(), nullptr), "", header, "{}"));
}

TEST(Jws, AnEncryptedKeyNeedsItsPassword) {
  const Key key(EVP_RSA_gen(2048));
  const auto pem = pem_of(key.get(), "open");
  EXPECT_TRUE(sign_rs256(pem, "open", header, claims).has_value());
  EXPECT_EQ(sign_rs256(pem, "shut", header, claims).error().message,
            "it is no PEM key that the password opens");
  EXPECT_EQ(sign_rs256(pem, "", header, claims).error().message, "it is no readable PEM key");
}

TEST(Jws, OtherKeysAreRefused) {
  const Key key(EVP_EC_gen("P-256"));
  const auto refused = sign_rs256(pem_of(key.get(), nullptr), "", header, claims);
  EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(refused.error().message, "it is not an RSA key");
}

}  // namespace
}  // namespace ccloud::cloud
