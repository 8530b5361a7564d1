// What a warden has made outside its folder, written down before or as it is made, so that the
// next one can remove it should this one be killed: processes (with their start times), the
// bridge, cgroups.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "sim/sandbox/sys.h"

namespace ccloud::sim::sandbox {

class Record {
 public:
  explicit Record(const std::filesystem::path& dir) : file_(dir / "record") {}

  Result<void> add(const std::string& line) { return append_file(file_, line + "\n"); }
  Result<void> add_process(pid_t pid);
  /// Ends and removes what the record of a dead predecessor names, then the record itself.
  void clean_up(const std::filesystem::path& cgroups);
  void remove();

 private:
  std::filesystem::path file_;
};

}  // namespace ccloud::sim::sandbox
