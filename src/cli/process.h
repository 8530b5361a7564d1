// Programs that are run here, for credential helpers; and files as the drivers read them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"

namespace ccloud::cli {

/// argv in, stdout out (at most 1 MiB); fails when the program does, with the last line that it
/// wrote to stderr. Ends with the context, and then ends the program.
Task<std::string> run_command(Context ctx, std::vector<std::string> argv);

/// The whole file; `~/` is `home`. not_found when it is not there.
Result<std::string> read_file(const std::string& path, const std::string& home);
/// Replaces the file in one step (mode as the umask wants it).
Result<void> write_file(const std::string& path, std::string_view text);

}  // namespace ccloud::cli
