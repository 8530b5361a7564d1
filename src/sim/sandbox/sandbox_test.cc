// Nodes as their users meet them: OpenSSH's own client logs in, copies, forwards; machines stop,
// start, die and go without a trace.
#include <chrono>
#include <csignal>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/sys.h"
#include "sim/sandbox/testing/fixture.h"

namespace ccloud::sim::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST_P(EveryMode, LogsInAndBecomesRoot) {
  open(GetParam());
  const Address node = boot(spec("i-1", "web-us-1"));
  EXPECT_EQ(ssh(node, "hostname").output, "web-us-1\n");
  EXPECT_EQ(ssh(node, "id -un; id -u").output, "ops\n1000\n");
  EXPECT_EQ(ssh(node, "sudo -n true").code, 0);
  EXPECT_EQ(ssh(node, "sudo -n id -u").output, "0\n");
  EXPECT_EQ(ssh(node, "sudo -n -u ops id -un").output, "ops\n");
  EXPECT_EQ(ssh(node, "sudo -n sh -c 'exit 7'").code, 7);
  EXPECT_EQ(ssh(node, "echo in | sudo -n A=b sh -c 'cat; echo $A $HOME'").output, "in\nb /root\n");
  if (::geteuid() == 0) EXPECT_NE(ssh(node, "touch /opt/x").code, 0);
  EXPECT_EQ(ssh(node,
                "python3 -c 'print(6*7)' && curl --version >/dev/null && tar --version "
                ">/dev/null && sha256sum /dev/null | cut -c1-8")
                .output,
            "42\ne3b0c442\n");
}

TEST_P(EveryMode, KeepsItsRootFromThisMachine) {
  open(GetParam());
  const Address node = boot(spec("i-1"));
  EXPECT_NE(ssh(node, "sudo -n sh -c 'cat /proc/sys/kernel/panic > /proc/sys/kernel/panic'").code,
            0);
  EXPECT_NE(ssh(node, "sudo -n sh -c 'echo h > /proc/sysrq-trigger'").code, 0);
  EXPECT_NE(ssh(node, "sudo -n sh -c 'date -s @$(date +%s)'").code, 0);
  EXPECT_NE(ssh(node, "sudo -n sh -c 'mknod /root/disk b 254 0 && head -c1 /root/disk'").code, 0);
  EXPECT_NE(ssh(node, "sudo -n touch /usr/bin/x").code, 0);
  EXPECT_EQ(ssh(node, "sudo -n sh -c 'echo 100 > /proc/sys/net/core/somaxconn'").code, 0);
}

TEST_P(EveryMode, ShowsTheHostKeyThatItTells) {
  open(GetParam());
  const Address node = boot(spec("i-1"));
  const auto seen =
      run_shell(fmt::format("ssh-keyscan -t ed25519 -p {} {} 2>/dev/null | "
                            "ssh-keygen -l -f - | cut -d' ' -f2",
                            node.port, node.ip));
  EXPECT_EQ(seen.output, node.fingerprint + "\n");
  EXPECT_THAT(boxes_->console("i-1"), HasSubstr(node.fingerprint));
}

TEST_P(EveryMode, CopiesByTarAndBySftp) {
  open(GetParam());
  const Address node = boot(spec("i-1"));
  const auto up = ssh(node, "sudo -n tar xf - -C /opt && cat /opt/key.pub",
                      fmt::format("tar cf - -C {} key.pub |", dir_.string()));
  EXPECT_EQ(up.output, sandbox::read_file(dir_ / "key.pub"));
  const auto copied = run_shell(fmt::format("scp {} -P {} {}/key.pub ops@{}:/tmp/copied",
                                            ssh_options(), node.port, dir_.string(), node.ip));
  EXPECT_EQ(copied.code, 0) << copied.output;
  EXPECT_EQ(ssh(node, "cat /tmp/copied").output, sandbox::read_file(dir_ / "key.pub"));
}

TEST_P(EveryMode, ForwardsToServicesOnTheNodesOwnLoopback) {
  open(GetParam());
  // The same port on two nodes, on every address: each has a network of its own.
  const Address first = boot(spec("i-1", "one"));
  const Address second = boot(spec("i-2", "two"));
  for (const Address& node : {first, second}) {
    const auto started =
        ssh(node, "cd /etc; nohup python3 -m http.server 8080 </dev/null >/dev/null 2>&1 &");
    EXPECT_EQ(started.code, 0) << started.output;
  }
  for (const auto& [node, name] : {std::pair{first, "one\n"}, std::pair{second, "two\n"}}) {
    EXPECT_TRUE(
        eventually([&] { return ssh(node, "curl -s 127.0.0.1:8080/hostname").output == name; }));
    const auto through =
        run_shell(fmt::format("printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' | ssh {} -p {} -W "
                              "127.0.0.1:8080 ops@{}",
                              ssh_options(), node.port, node.ip));
    EXPECT_THAT(through.output, HasSubstr(name));
  }
}

TEST_P(EveryMode, KeepsFilesAddressAndHostKeyOverStopAndStart) {
  open(GetParam());
  const Address before = boot(spec("i-1"));
  EXPECT_EQ(ssh(before, "echo kept > file; sudo -n sh -c 'echo too > /opt/file'").code, 0);
  const std::string first_boot = ssh(before, "cat /proc/sys/kernel/random/boot_id").output;
  boxes_->stop("i-1", [](Result<void> result) { EXPECT_TRUE(result.has_value()); });
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(boxes_->state("i-1"), NodeState::stopped);
  EXPECT_NE(ssh(before, "true").code, 0);
  Address after;
  boxes_->start("i-1", [&](Result<Address> result) { after = result.value_or(Address{}); });
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(after.ip, before.ip);
  EXPECT_EQ(after.host_key, before.host_key);
  EXPECT_EQ(ssh(after, "cat file /opt/file").output, "kept\ntoo\n");
  EXPECT_NE(ssh(after, "cat /proc/sys/kernel/random/boot_id").output, first_boot);
  boxes_->restart("i-1", [&](Result<Address> result) { after = result.value_or(Address{}); });
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(ssh(after, "cat file").output, "kept\n");
}

TEST_P(EveryMode, RunsRcLocalAtEveryStart) {
  open(GetParam());
  const Address node = boot(spec("i-1"));
  const auto written = ssh(node,
                           "printf '#!/bin/sh\\necho started >> /var/log/starts\\n' | sudo -n tee "
                           "/etc/rc.local >/dev/null && sudo -n chmod 755 /etc/rc.local");
  EXPECT_EQ(written.code, 0) << written.output;
  for (int round = 1; round <= 2; ++round) {
    boxes_->restart("i-1", [](Result<Address>) {});
    EXPECT_TRUE(boxes_->wait(20s));
    std::string wanted;
    for (int line = 0; line < round; ++line) wanted += "started\n";
    EXPECT_TRUE(eventually([&] { return ssh(node, "cat /var/log/starts").output == wanted; }));
  }
}

TEST_P(EveryMode, HasABootScriptAndMoreUsers) {
  open(GetParam());
  auto node = spec("i-1");
  node.boot_script = "#!/bin/sh\necho started >> /var/log/starts\n";
  node.more_users = {"anna:" + std::string(trim(node.authorized_keys[0]))};
  const Address address = boot(std::move(node));
  EXPECT_TRUE(
      eventually([&] { return ssh(address, "cat /var/log/starts").output == "started\n"; }));
  boxes_->restart("i-1", [](Result<Address>) {});
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_TRUE(eventually([&] { return ssh(address, "wc -l < /var/log/starts").output == "2\n"; }));
  const auto as_anna = run_shell(
      fmt::format("ssh {} -p {} anna@{} sudo -n id -u", ssh_options(), address.port, address.ip));
  EXPECT_EQ(as_anna.output, "0\n");
}

TEST_P(EveryMode, RunsAScriptOnceAtFirstBoot) {
  open(GetParam());
  auto node = spec("i-1");
  node.user_data = "#!/bin/bash\necho as $(id -u)\nhostname >> /opt/first-boot\n";
  const Address address = boot(std::move(node));
  EXPECT_TRUE(eventually(
      [&] { return boxes_->console("i-1").find("cloud-init: finished") != std::string::npos; }));
  EXPECT_EQ(ssh(address, "cat /opt/first-boot").output, "web-1\n");
  EXPECT_EQ(ssh(address, "sudo -n cat /var/log/cloud-init-output.log").output, "as 0\n");
  boxes_->restart("i-1", [](Result<Address>) {});
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(ssh(address, "cat /opt/first-boot").output, "web-1\n");
}

TEST_P(EveryMode, HonoursCloudConfigAndSaysWhatItDoesNot) {
  open(GetParam());
  auto node = spec("i-1");
  const std::string key(trim(node.authorized_keys[0]));
  node.authorized_keys.clear();
  node.user_data = "#cloud-config\n{\"ssh_authorized_keys\": [\"" + key +
                   "\"], \"hostname\": \"named\", \"users\": [{\"name\": \"anna\", \"sudo\": "
                   "\"ALL=(ALL) NOPASSWD:ALL\", \"ssh_authorized_keys\": [\"" +
                   key +
                   "\"]}], \"write_files\": [{\"path\": \"/opt/a/b\", \"content\": \"aGk=\", "
                   "\"encoding\": \"b64\", \"permissions\": \"0640\"}], \"runcmd\": [[\"touch\", "
                   "\"/opt/a b\"], \"echo $((6*7)) > /opt/c\"], \"packages\": [\"nginx\"]}";
  const Address address = boot(std::move(node));
  EXPECT_EQ(ssh(address, "hostname; sudo -n cat /opt/a/b; stat -c %a /opt/a/b").output,
            "named\nhi640\n");
  EXPECT_TRUE(eventually([&] { return ssh(address, "cat /opt/c").output == "42\n"; }));
  EXPECT_EQ(ssh(address, "test -f '/opt/a b'").code, 0);
  EXPECT_THAT(boxes_->console("i-1"), HasSubstr("key \"packages\" is not carried out"));
  const auto as_anna = run_shell(
      fmt::format("ssh {} -p {} anna@{} sudo -n id -u", ssh_options(), address.port, address.ip));
  EXPECT_EQ(as_anna.output, "0\n");
}

TEST_P(EveryMode, LosesNoRequestWhenTheWardenIsSlowToRead) {
  open(GetParam());
  const int flags = ::fcntl(boxes_->fd(), F_GETFL);
  ASSERT_EQ(::fcntl(boxes_->fd(), F_SETFL, flags | O_NONBLOCK), 0);  // as an event loop does
  int answered = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto id = fmt::format("i-{}-{}", i, std::string(1000, 'x'));
    boxes_->destroy(id, [&](Result<void>) { ++answered; });
  }
  EXPECT_TRUE(boxes_->wait(30s));
  EXPECT_EQ(answered, 2000);
}

TEST_P(EveryMode, TellsOfANodeThatDies) {
  open(GetParam());
  boot(spec("i-1"));
  std::vector<std::string> died;
  boxes_->on_died([&](const std::string& id, const std::string&) { died.push_back(id); });
  boxes_->kill_hard("i-1");
  EXPECT_TRUE(eventually([&] {
    boxes_->pump();
    return !died.empty();
  }));
  EXPECT_EQ(died, std::vector<std::string>{"i-1"});
  EXPECT_EQ(boxes_->state("i-1"), NodeState::stopped);
  Address again;
  boxes_->start("i-1", [&](Result<Address> result) { again = result.value_or(Address{}); });
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(ssh(again, "true").code, 0);
}

TEST_P(EveryMode, RefusesWhatCannotBe) {
  open(GetParam());
  boot(spec("i-1"));
  std::map<std::string, ErrorCode> errors;
  boxes_->boot(spec("i-1"), [&](Result<Address> r) { errors["boot"] = r.error().code; });
  boxes_->start("i-2", [&](Result<Address> r) { errors["start"] = r.error().code; });
  boxes_->stop("i-2", [&](Result<void> r) { errors["stop"] = r.error().code; });
  bool is_gone = false;
  boxes_->destroy("i-2", [&](Result<void> r) { is_gone = r.has_value(); });
  EXPECT_TRUE(boxes_->wait(20s));
  EXPECT_EQ(errors["boot"], ErrorCode::already_exists);
  EXPECT_EQ(errors["start"], ErrorCode::not_found);
  EXPECT_EQ(errors["stop"], ErrorCode::not_found);
  EXPECT_TRUE(is_gone);
  auto second = Sandboxes::open(dir_ / "nodes", GetParam(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

using Systemd = SandboxTest;

TEST_F(Systemd, IsTheFirstProcessAndKeepsServices) {
  open(Mode::systemd);
  const Address node = boot(spec("i-1"));
  EXPECT_EQ(ssh(node, "cat /proc/1/comm").output, "systemd\n");
  EXPECT_TRUE(eventually([&] {
    return ssh(node, "systemctl is-system-running").output == "running\n";
  })) << ssh(node, "systemctl --failed --no-legend; systemctl list-jobs").output;
  const auto installed = ssh(node,
                             "printf '[Service]\nExecStart=/usr/bin/python3 -m http.server 8080\n"
                             "[Install]\nWantedBy=multi-user.target\n' | sudo -n tee "
                             "/etc/systemd/system/web.service >/dev/null && sudo -n systemctl "
                             "daemon-reload && sudo -n systemctl enable --now web");
  EXPECT_EQ(installed.code, 0) << installed.output;
  const auto answers = [&] { return ssh(node, "curl -sf 127.0.0.1:8080/etc/hostname").code == 0; };
  EXPECT_TRUE(eventually(answers));
  EXPECT_EQ(ssh(node, "sudo -n systemctl kill -s KILL web").code, 0);
  EXPECT_THAT(ssh(node, "sudo -n journalctl --no-pager -u web").output, HasSubstr("Started"));
  boxes_->restart("i-1", [](Result<Address>) {});
  EXPECT_TRUE(boxes_->wait(60s));
  EXPECT_TRUE(eventually(answers));
  EXPECT_THAT(ssh(node, "sudo -n journalctl --no-pager -b -1 -u web").output, HasSubstr("Started"));
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
                         ::testing::Values(Mode::network, Mode::loopback, Mode::systemd),
                         [](const auto& entry) { return std::string(to_string(entry.param)); });

}  // namespace
}  // namespace ccloud::sim::testing
