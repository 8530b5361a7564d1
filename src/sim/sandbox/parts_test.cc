// The parts that need no node: frames, host keys, names, the record of a dead predecessor.
#include <csignal>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/host_key.h"
#include "sim/sandbox/netlink.h"
#include "sim/sandbox/record.h"
#include "sim/sandbox/sys.h"
#include "sim/sandbox/testing/fixture.h"
#include "sim/sandbox/wire.h"

namespace ccloud::sim::sandbox {
namespace {

TEST(Wire, FramesSurviveAnyCutting) {
  const Message first = {"boot", "", std::string("\0\n", 2)};
  const Message second = {"stop"};
  const std::string bytes = encode(first) + encode(second);
  Decoder decoder;
  std::vector<Message> seen;
  for (const char byte : bytes) {
    decoder.feed(std::string_view(&byte, 1));
    while (auto message = decoder.next()) seen.push_back(*message);
  }
  EXPECT_EQ(seen, (std::vector<Message>{first, second}));
}

TEST(HostKey, IsOneThatSshKeygenReads) {
  const auto key = make_host_key();
  ASSERT_TRUE(key.has_value());
  std::string file = "/tmp/ccloud-key-XXXXXX";
  ::close(::mkstemp(file.data()));
  ASSERT_TRUE(write_file(file, key->openssh, 0600));
  const auto shown = sim::testing::run_shell("ssh-keygen -y -f " + file);
  const auto printed = sim::testing::run_shell("ssh-keygen -l -f " + file);
  ::unlink(file.c_str());
  if (shown.code == 127) GTEST_SKIP() << "SKIPPED: no ssh-keygen here";
  EXPECT_EQ(trim(shown.output), key->public_line);
  EXPECT_NE(printed.output.find(fingerprint_of(key->public_line)), std::string::npos);
}

TEST(FolderName, KeepsPlainIdsAndHidesOthers) {
  EXPECT_EQ(folder_name("i-0abc"), "i-0abc");
  EXPECT_EQ(folder_name("../../etc").find('/'), std::string::npos);
  EXPECT_EQ(folder_name("").size(), 41U);
  EXPECT_NE(folder_name("/a/b"), folder_name("/a/c"));
}

TEST(Addresses, GoThereAndBack) {
  EXPECT_EQ(format_ip(parse_ip("198.18.4.2")), "198.18.4.2");
  EXPECT_EQ(parse_ip("no address"), 0U);
}

TEST(Record, EndsOnlyTheVeryProcessThatItNames) {
  std::string dir = "/tmp/ccloud-record-XXXXXX";
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  const auto spawn = [] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::pause();
      ::_exit(0);
    }
    return pid;
  };
  const pid_t named = spawn();
  const pid_t other = spawn();
  Record record(dir);
  ASSERT_TRUE(record.add_process(named));
  ASSERT_TRUE(record.add(fmt::format("process {} {}", other, start_time(other) + 1)));
  ASSERT_TRUE(record.add("bridge lo"));
  record.clean_up({});
  int status = 0;
  EXPECT_EQ(::waitpid(named, &status, 0), named);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0);
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  remove_tree(dir);
}

}  // namespace
}  // namespace ccloud::sim::sandbox
