// Nodes as their users meet them: OpenSSH's own client logs in.
#include "sim/sandbox/sandbox.h"

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  if (ccloud::sim::is_node_main(argc, argv)) return ccloud::sim::node_main(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

namespace ccloud::sim {
namespace {

TEST(Sandboxes, Boots) {
  const auto can = detect(Boot::sandbox);
  printf("%s: %s\n", std::string(to_string(can.mode)).c_str(), can.reason.c_str());
  const auto sys = detect(Boot::systemd);
  printf("%s: %s\n", std::string(to_string(sys.mode)).c_str(), sys.reason.c_str());
  auto opened = Sandboxes::open("/tmp/ccsb", can.mode, {});
  ASSERT_TRUE(opened) << opened.error().message;
  auto& boxes = **opened;
  boxes.boot(
      {.id = "i-1", .hostname = "web-1", .authorized_keys = {getenv("KEY") ? getenv("KEY") : ""}},
      [](Result<Address> r) {
        if (r)
          printf("%s:%d %s\n", r->ip.c_str(), r->port, r->fingerprint.c_str());
        else
          printf("error %s\n", r.error().message.c_str());
      });
  EXPECT_TRUE(boxes.wait(std::chrono::seconds(20)));
  printf("%s\n", boxes.console("i-1").c_str());
  if (getenv("HOLD")) getchar();
}

}  // namespace
}  // namespace ccloud::sim
