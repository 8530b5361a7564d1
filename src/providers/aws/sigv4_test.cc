// The vendor's published test suite and one EC2-shaped request (fact sheet 2).
#include "providers/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::aws {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

const Credentials suite{.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const SigningScope service{.region = "us-east-1", .service = "service"};

std::string authorization(http::Request& request, const SigningScope& scope,
                          const std::string& time, const Credentials& credentials = suite) {
  SigningKeys keys;
  sign_v4(request, credentials, scope, *parse_time(time), keys);
  return std::string(http::find_header(request.headers, "authorization"));
}

TEST(SigV4, GetVanilla) {
  http::Request request{.url = "https://example.amazonaws.com/"};
  const auto text = authorization(request, service, "2015-08-30T12:36:00Z");
  EXPECT_EQ(sha256_hex(canonical_request(request)),
            "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63");
  EXPECT_EQ(text,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, PostForm) {
  http::Request request{.method = "POST",
                        .url = "https://example.amazonaws.com/",
                        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                        .body = "Param1=value1"};
  const auto text = authorization(request, service, "2015-08-30T12:36:00Z");
  EXPECT_EQ(sha256_hex(canonical_request(request)),
            "42a5e5bb34198acb3e84da4f085bb7927f2bc277ca766e6d19c73c2154021281");
  EXPECT_THAT(text, EndsWith("ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(SigV4, QueryOrderKeyCase) {
  http::Request request{.url = "https://example.amazonaws.com/?Param2=value2&Param1=value1"};
  EXPECT_THAT(authorization(request, service, "2015-08-30T12:36:00Z"),
              EndsWith("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
}

TEST(SigV4, Ec2WithAndWithoutSessionToken) {
  const http::Request plain{
      .method = "POST",
      .url = "https://ec2.us-east-1.amazonaws.com/",
      .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
      .body =
          "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3Accloud%3Acluster&"
          "Filter.1.Value.1=demo%20one&MaxResults=5"};
  const SigningScope ec2{.region = "us-east-1", .service = "ec2"};
  http::Request request = plain;
  EXPECT_THAT(authorization(request, ec2, "2026-01-02T03:04:05Z"),
              EndsWith("d6dcba7ed1aefc24bdb653252b347f381bc5d7f7415e30078747bc15b4be71a0"));
  Credentials with_token = suite;
  with_token.session_token = "TOKEN123";
  request = plain;
  const auto text = authorization(request, ec2, "2026-01-02T03:04:05Z", with_token);
  EXPECT_EQ(sha256_hex(canonical_request(request)),
            "49f0857c7131294e66e712fe80cadada4a1c87c9ba6733bc392031370045278a");
  EXPECT_THAT(text, EndsWith("3f17189f3442cc832e36e33182e3be5fd383f6e093a25eef1f9f75a970b01cdc"));
}

TEST(SigV4, SigningAgainReplacesTheOldSignature) {
  http::Request request{.url = "http://127.0.0.1:5000/"};
  authorization(request, service, "2015-08-30T12:36:00Z");
  const auto count = request.headers.size();
  const auto text = authorization(request, service, "2015-08-30T12:37:00Z");
  EXPECT_EQ(request.headers.size(), count);
  EXPECT_EQ(http::find_header(request.headers, "host"), "127.0.0.1:5000");
  EXPECT_THAT(text, HasSubstr("SignedHeaders=host;x-amz-date"));
}

}  // namespace
}  // namespace ccloud::aws
