#include "cli/sim_state.h"

#include "base/hash.h"
#include "journal/journal.h"

namespace ccloud::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t digits = 12;

fs::path all_of(const Program& program) {
  const auto journal = journal::Journal::default_path(program.env("XDG_STATE_HOME"),
                                                      program.env("HOME").value_or(""));
  return fs::path(journal).parent_path() / "sims";
}

std::string folder_of(const std::string& sim_dir) {
  std::error_code ignored;
  const auto whole = fs::weakly_canonical(sim_dir, ignored);
  return hex(sha256(whole.empty() ? sim_dir : whole.string())).substr(0, digits);
}

}  // namespace

fs::path sim_state_dir(const Program& program, const std::string& sim_dir,
                       const std::string& identity) {
  return all_of(program) / (folder_of(sim_dir) + "-" + hex(sha256(identity)).substr(0, digits));
}

void forget_sim_state(const Program& program, const std::string& sim_dir) {
  std::error_code failure;
  const auto folder = folder_of(sim_dir);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(all_of(program), failure)) {
    if (entry.path().filename().string().starts_with(folder)) old.push_back(entry.path());
  }
  for (const auto& path : old) fs::remove_all(path, failure);
}

}  // namespace ccloud::cli
