// The World alone: addresses, tags, and lives of machines that are overtaken by later orders.
#include "sim/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ccloud::sim {
namespace {

using namespace std::chrono_literals;

/// A host whose nodes boot when the test says so.
class SlowHost final : public Host {
 public:
  void boot(const std::string& node_id, const Machine&, Booted done) override {
    log.push_back("boot " + node_id);
    waiting.push_back(std::move(done));
  }
  void stop(const std::string& node_id) override { log.push_back("stop " + node_id); }
  void reboot(const std::string&, Booted done) override { waiting.push_back(std::move(done)); }
  void destroy(const std::string& node_id) override { log.push_back("destroy " + node_id); }
  void crash(const std::string&) override {}
  std::string console(const std::string&) override { return "hello"; }

  std::vector<std::string> log;
  std::vector<Booted> waiting;
};

class WorldTest : public ::testing::Test {
 protected:
  Machine machine(const std::string& id) {
    Machine it;
    it.place = place_;
    it.type = "instance";
    it.id = id;
    it.wants_public_ip = true;
    return it;
  }

  Time now_{1'000'000s};
  Place place_{"aws", "1", "here"};
  SlowHost host_;
  WorldOptions options_;
};

TEST_F(WorldTest, AMachineRunsOnceItsNodeHasBooted) {
  World world(options_, [this] { return now_; }, &host_);
  auto& it = world.launch(machine("i-1"));
  world.settle();
  EXPECT_EQ(it.power, Power::pending);
  host_.waiting[0](Node{"198.19.0.2", 22, {}});
  EXPECT_EQ(it.power, Power::running);
  EXPECT_EQ(it.public_ip, "198.19.0.2");
  EXPECT_EQ(world.console(it), "hello");
}

TEST_F(WorldTest, ALateBootDoesNotReviveWhatWasTerminated) {
  World world(options_, [this] { return now_; }, &host_);
  auto lasting = machine("i-1");
  lasting.lingers = 1h;
  auto& it = world.launch(std::move(lasting));
  world.settle();
  world.terminate(it);
  world.settle();
  EXPECT_EQ(it.power, Power::terminated);
  host_.waiting[0](Node{"198.19.0.2", 22, {}});
  EXPECT_EQ(it.power, Power::terminated);
  EXPECT_THAT(host_.log, ::testing::Contains("destroy aws/1/here/i-1"));
  now_ += 1h;
  world.settle();
  EXPECT_EQ(world.find(place_, "i-1"), nullptr);
}

TEST_F(WorldTest, ANodeThatPowersItselfOffIsStopped) {
  World world(options_, [this] { return now_; }, &host_);
  auto& it = world.launch(machine("a/path/as/id"));
  world.settle();
  host_.waiting[0](Node{"127.77.0.2", 2222, {}});
  EXPECT_EQ(it.tags.at(ssh_port_tag), "2222");
  world.powered_off(World::node_id(it));
  EXPECT_EQ(it.power, Power::stopped);
  EXPECT_TRUE(it.public_ip.empty());
}

TEST_F(WorldTest, AFailedBootKeepsItsReasonUntilItIsDeleted) {
  World world(options_, [this] { return now_; }, &host_);
  auto& it = world.launch(machine("i-1"));
  world.settle();
  host_.waiting[0](make_error(ErrorCode::internal, "no sshd"));
  EXPECT_EQ(it.power, Power::failed);
  EXPECT_EQ(it.reason, "no sshd");
  world.terminate(it);
  world.settle();
  EXPECT_EQ(world.find(place_, "i-1"), nullptr);
}

TEST_F(WorldTest, AddressesAreGivenInOrderAndReusedLast) {
  World world(options_, [this] { return now_; });
  Subnet subnet;
  subnet.cidr = "10.0.0.0/29";
  EXPECT_EQ(World::capacity(subnet), 3u);
  EXPECT_EQ(world.allocate_ip(subnet), "10.0.0.4");
  EXPECT_EQ(world.allocate_ip(subnet), "10.0.0.5");
  world.release_ip(subnet, "10.0.0.4");
  EXPECT_EQ(world.allocate_ip(subnet), "10.0.0.6");
  EXPECT_EQ(world.allocate_ip(subnet), "10.0.0.4");
  EXPECT_EQ(world.allocate_ip(subnet), std::nullopt);
  EXPECT_FALSE(world.take_ip(subnet, "10.0.0.5"));
  EXPECT_FALSE(world.take_ip(subnet, "10.0.1.5"));
}

TEST_F(WorldTest, TheTagIndexFollowsEveryChange) {
  World world(options_, [this] { return now_; });
  Resource vpc;
  vpc.place = place_;
  vpc.type = "vpc";
  vpc.id = "vpc-1";
  vpc.tags = {{"a", "1"}};
  auto& it = world.add(std::move(vpc));
  EXPECT_EQ(world.tagged(place_, "a", "1").size(), 1u);
  world.set_tag(it, "a", "2");
  EXPECT_TRUE(world.tagged(place_, "a", "1").empty());
  EXPECT_EQ(world.tagged(place_, "a", "2").size(), 1u);
  world.remove(it);
  EXPECT_TRUE(world.tagged(place_, "a", "2").empty());
  EXPECT_TRUE(world.list(place_, "vpc").empty());
}

TEST_F(WorldTest, NoIdComesTwiceNotInAnotherSimulatorEither) {
  World one(options_, [this] { return now_; });
  options_.master_secret = "another one's";
  World two(options_, [this] { return now_; });
  EXPECT_NE(one.hex_id(17), two.hex_id(17));
  EXPECT_NE(one.hex_id(17), one.hex_id(17));
}

TEST_F(WorldTest, TheSameSeedGivesTheSameChances) {
  World one(options_, [this] { return now_; });
  options_.master_secret = "another one's";
  World two(options_, [this] { return now_; });
  one.hex_id(17);
  EXPECT_EQ(one.chance(), two.chance());
}

}  // namespace
}  // namespace ccloud::sim
