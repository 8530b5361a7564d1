// AWS's services as calls: endpoints, forms, signatures and documented rates, on the shared caller.
// What the calls mean to ccloud is the business of the files that use it.
#pragma once

#include <string>

#include "cloud/caller.h"
#include "cloud/paging.h"
#include "cloud/renewing.h"
#include "json/reader.h"
#include "providers/aws/credentials.h"
#include "providers/aws/form.h"
#include "providers/aws/xml.h"

namespace ccloud::aws {

using async::Idempotency;

/// What is named a moment after it was made may be denied, and lists may lack it.
inline constexpr cloud::PollPolicy until_visible{.first = std::chrono::milliseconds(250),
                                                 .most = std::chrono::milliseconds(500),
                                                 .deadline = std::chrono::minutes(2)};

class Api final : public cloud::Dialect {
 public:
  Api(cloud::Host host, cloud::ProviderSettings settings);

  /// One EC2 action. `what` says what is being done, for errors: "creating the network blue".
  Task<Xml> ec2(Context ctx, std::string region, std::string what, Form form,
                Idempotency idempotency = Idempotency::idempotent);
  /// All pages: `read` gets each answer's root.
  Task<void> ec2_pages(Context ctx, std::string region, std::string what, Form form, int page_size,
                       std::function<void(Node)> read);
  Task<Xml> sts(Context ctx, std::string what, Form form);
  /// A JSON 1.1 service; `target` is "AmazonSSM.GetParameter", `body` JSON.
  Task<json::Document> json_call(Context ctx, Service service, std::string region, std::string what,
                                 std::string target, std::string body);

  /// Where to ask what is not bound to a region: the first of the config's regions, AWS_REGION,
  /// AWS_DEFAULT_REGION, the profile's, us-east-1.
  const std::string& home_region() const { return home_region_; }
  /// A list this young may lack what was just made: 5 s, and as a simulator says of itself.
  async::Duration visibility_lag() const;
  const cloud::ProviderSettings& settings() const { return settings_; }
  async::Loop& loop() const { return *host_.loop; }
  /// Where the credentials in use come from, for people; empty before the first call.
  const std::string& credentials_source() const { return source_; }

  Task<cloud::Signed> sign(Context ctx, const cloud::Call& call, async::WallTime now) override;
  std::optional<cloud::Failure> classify(const cloud::Call& call,
                                         const http::Response& response) override;
  void drop_credentials(std::uint64_t generation) override { credentials_.drop(generation); }

 private:
  Task<http::Response> post(Context ctx, Service service, cloud::Call call);
  Task<cloud::Renewing<Credentials>::Fetched> fetch(Context ctx);

  cloud::Host host_;
  cloud::ProviderSettings settings_;
  std::string home_region_;
  std::string profile_endpoint_;
  std::string ca_file_;
  std::string source_;
  cloud::Renewing<Credentials> credentials_;
  SigningKeys keys_;
  cloud::Caller caller_;
};

/// Documented bucket of an EC2 action (fact sheet 8).
async::Rate rate_of(std::string_view action);

}  // namespace ccloud::aws
