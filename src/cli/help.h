// The help, made from the registry: the overview, a command, a group of commands.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/style.h"

namespace ccloud::cli {

std::string render_overview(const Style& style, std::size_t width);
std::string render_help(const Entry& entry, const Style& style, std::size_t width);
std::string render_group_help(std::string_view group, const Style& style, std::size_t width);
/// "ccloud 0.1.0\n"
std::string version_line();

}  // namespace ccloud::cli
