// What could come next on a command line, from the registry and, for names of clusters, nodes,
// services and environments, from the config. The shells' scripts only call it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace ccloud::cli {

/// Names that the config knows; asked for only when one of them could come next.
struct KnownNames {
  std::vector<std::string> selectors;  ///< clusters and nodes
  std::vector<std::string> services;
  std::vector<std::string> environments;
  std::vector<std::string> providers;
  std::vector<std::string> codes;  ///< of diagnostics
};
using NamesOf = std::function<KnownNames(const Common&)>;

struct Candidate {
  std::string word;
  std::string says;
};

/// `words` are those after the program's name; the last one is being typed (maybe empty). No
/// candidates: a file name may come.
std::vector<Candidate> complete(const std::vector<std::string>& words, const NamesOf& names_of);

/// The script that `ccloud completion SHELL` prints; empty for an unknown shell.
std::string_view completion_script(std::string_view shell);

}  // namespace ccloud::cli
