// The exit codes of the contract (section 4) under the command line's own name; the table is
// deploy's.
#pragma once

#include "base/error.h"
#include "deploy/exit_codes.h"

namespace ccloud::cli {

using deploy::Exit;

/// For an error before anything was done.
inline Exit exit_for(const Error& error) { return deploy::exit_of({error}, false); }

}  // namespace ccloud::cli
