// See the header.
#include "sim/testing/aws_world.h"

namespace ccloud::sim::testing {
namespace {

WorldOptions with_secret(WorldOptions options) {
  options.master_secret = "a secret of this test";
  return options;
}

Front& aws_front(Hub& hub) {
  for (const auto& front : hub.fronts()) {
    if (front->cloud() == "aws") return *front;
  }
  return *hub.fronts().front();
}

}  // namespace

AwsWorld::AwsWorld(WorldOptions options)
    : world(with_secret(std::move(options)), [this] { return now; }), hub(world) {
  const auto key = aws::Credentials(world).key_of("aws");
  caller.key_id = key.id;
  caller.secret = key.secret;
}

AwsWorld::Answer AwsWorld::call(const std::string& action, const Form& form) {
  return call_as(caller, action, form);
}

AwsWorld::Answer AwsWorld::call_as(const AwsCaller& who, const std::string& action,
                                   const Form& form) {
  auto reply = hub.serve(aws_front(hub), who.request(action, form, now));
  return {reply.response.status, reply.response.body, reply};
}

std::vector<std::string> AwsWorld::run(int count, Form more) {
  const auto image = call("DescribeImages", {{"Owner.1", "136693071363"},
                                             {"Filter.1.Name", "architecture"},
                                             {"Filter.1.Value.1", "x86_64"}})
                         .get("imageId");
  Form form = {{"ImageId", image},
               {"InstanceType", "t3.micro"},
               {"MinCount", std::to_string(count)},
               {"MaxCount", std::to_string(count)}};
  form.insert(form.end(), more.begin(), more.end());
  return elements(call("RunInstances", form).body, "instanceId");
}

}  // namespace ccloud::sim::testing
