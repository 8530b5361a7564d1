// The verifier against the published signatures.
#include "sim/aws/sigv4.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

constexpr auto secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

std::optional<std::string> secret_of(const std::string& id) {
  return id == "AKIDEXAMPLE" ? std::optional<std::string>(secret) : std::nullopt;
}

http::Request vanilla(std::string url, std::string signature) {
  http::Request request;
  request.url = std::move(url);
  request.headers = {
      {"Host", "example.amazonaws.com"},
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
       "SignedHeaders=host;x-amz-date, Signature=" +
           signature}};
  return request;
}

const Time then = *parse_time("2015-08-30T12:36:00Z");
constexpr auto good = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

TEST(SigV4, AcceptsThePublishedSignatures) {
  EXPECT_EQ(verify_signature(vanilla("/", good), then, secret_of), std::nullopt);
  EXPECT_EQ(
      verify_signature(vanilla("/?Param2=value2&Param1=value1",
                               "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
                       then, secret_of),
      std::nullopt);
}

TEST(SigV4, TellsWhatIsWrong) {
  auto request = vanilla("/", good);
  EXPECT_EQ(verify_signature(request, then + std::chrono::minutes(6), secret_of),
            SignatureProblem::skewed);
  request.body = "changed";
  EXPECT_EQ(verify_signature(request, then, secret_of), SignatureProblem::mismatch);
  EXPECT_EQ(verify_signature(vanilla("/", good), then,
                             [](const std::string&) { return std::optional<std::string>(); }),
            SignatureProblem::unknown_key);
  EXPECT_EQ(verify_signature(http::Request{}, then, secret_of), SignatureProblem::missing);
  // What starts with x-amz- has to be signed.
  auto extra = vanilla("/", good);
  extra.headers.emplace_back("X-Amz-Security-Token", "smuggled");
  EXPECT_EQ(verify_signature(extra, then, secret_of), SignatureProblem::mismatch);
}

}  // namespace
}  // namespace ccloud::sim::aws
