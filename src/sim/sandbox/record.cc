// Reading a dead warden's record. Only exact names are ever acted upon.
#include "sim/sandbox/record.h"

#include <chrono>
#include <vector>

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/cgroup.h"
#include "sim/sandbox/netlink.h"

namespace ccloud::sim::sandbox {
namespace {

struct Process {
  pid_t pid = 0;
  std::uint64_t started = 0;
};

void end_all(const std::vector<Process>& processes) {
  for (const auto& process : processes) kill_exactly(process.pid, process.started);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  for (const auto& process : processes) {
    while (start_time(process.pid) == process.started &&
           std::chrono::steady_clock::now() < deadline) {
      ::usleep(2000);
    }
  }
}

void remove_bridge(const std::string& name) {
  const unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return;
  if (auto netlink = Netlink::open()) (void)netlink->remove_link(index);
}

}  // namespace

Result<void> Record::add_process(pid_t pid) {
  return add(fmt::format("process {} {}", pid, start_time(pid)));
}

void Record::clean_up(const std::filesystem::path& cgroups) {
  std::vector<Process> processes;
  std::vector<std::string> bridges;
  std::vector<std::string> groups;
  for (const auto& line : split(read_file(file_), '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 3 && words[0] == "process") {
      processes.push_back({static_cast<pid_t>(parse_int(words[1]).value_or(0)),
                           static_cast<std::uint64_t>(parse_int(words[2]).value_or(0))});
    } else if (words.size() == 2 && words[0] == "bridge" && words[1].starts_with("ccsim")) {
      bridges.push_back(words[1]);
    } else if (words.size() == 2 && words[0] == "cgroup") {
      groups.push_back(words[1]);
    }
  }
  end_all(processes);
  for (const auto& bridge : bridges) remove_bridge(bridge);
  for (const auto& group : groups) {
    if (!cgroups.empty()) remove_cgroup(cgroups / group);
  }
  remove();
}

void Record::remove() { ::unlink(file_.c_str()); }

}  // namespace ccloud::sim::sandbox
