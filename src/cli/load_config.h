// The config for a command: loaded, checked, and all that is wrong told in the form that was asked
// for, so that a command that gets one can rely on it.
#pragma once

#include <expected>

#include "cli/complete.h"
#include "cli/program.h"
#include "config/load.h"

namespace ccloud::cli {

enum class Warnings { shown, hidden };

/// The config, or the exit code (65) with which the command ends.
std::expected<config::Config, Exit> load_config(Program& program, Warnings warnings);

/// Loads without telling anything.
config::LoadResult read_config(Program& program, bool errors_only);

/// Diagnostics for people: excerpts, at most 20 on a terminal, the count.
std::string render_diagnostics(const diag::Diagnostics& diagnostics, const Io& io,
                               const Style& style);

/// For shell completion: what the config names; empty when there is none or it is wrong.
KnownNames names_of_config(const Common& common);

}  // namespace ccloud::cli
