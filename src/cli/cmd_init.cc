// `ccloud init [DIR]`: a small wizard on a terminal, a commented example without one.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/commands.h"
#include "cli/load_config.h"
#include "cli/process.h"
#include "config/formats.h"
#include "config/init.h"

namespace ccloud::cli {
namespace {

struct InitOptions {
  std::vector<std::string> dir;
  bool is_force = false;
  std::string driver;
  std::string region;
  std::string project;
};

/// As the config's names are: [a-z]([a-z0-9-]{0,29}[a-z0-9])?
bool is_name(std::string_view text) {
  const auto is_one_of = [](char c, std::string_view more) {
    return (c >= 'a' && c <= 'z') || more.contains(c);
  };
  return !text.empty() && text.size() <= 31 && is_one_of(text.front(), "") &&
         is_one_of(text.back(), "0123456789") &&
         std::ranges::all_of(text, [&](char c) { return is_one_of(c, "0123456789-"); });
}

/// The directory's name, made into a project's name; "hello" when nothing is left of it.
std::string project_from(const std::filesystem::path& dir) {
  std::string out;
  std::error_code ignored;
  auto whole = std::filesystem::absolute(dir, ignored).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "." and "shop/"
  for (const char c : to_lower(whole.filename().string())) {
    const bool is_letter = c >= 'a' && c <= 'z';
    const bool is_digit = c >= '0' && c <= '9';
    if (is_letter || (is_digit && !out.empty())) out += c;
    if (!is_letter && !is_digit && !out.empty() && out.back() != '-') out += '-';
  }
  out.resize(std::min<std::size_t>(out.size(), 31));
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "hello" : out;
}

/// The first public key that ssh would offer.
std::string public_key(const Program& program) {
  const std::string home = program.env("HOME").value_or("");
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    struct stat facts{};
    const std::string path = fmt::format("~/.ssh/{}.pub", name);
    if (!home.empty() && stat((home + path.substr(1)).c_str(), &facts) == 0) return path;
  }
  return "~/.ssh/id_ed25519.pub";
}

// What is wrong with an answer, or with an option in its place; empty: nothing.

std::string problem_with_project(const std::string& text) {
  return is_name(text) ? "" : "small letters, digits and dashes, at most 31, a letter first";
}

std::string problem_with_region(config::Driver driver, const std::string& text) {
  const auto cloud = *catalog::parse_driver(config::to_string(driver));
  if (catalog::builtin().has_region(cloud, text) != catalog::Known::no) return "";
  return fmt::format("not a region of it; `ccloud catalog regions --provider {}` lists them",
                     catalog::to_string(cloud));
}

/// Asks until the answer passes; an empty one is the default.
Result<std::string> ask(Program& program, std::string_view question, const std::string& otherwise,
                        const std::function<std::string(const std::string&)>& problem_with) {
  while (true) {
    auto answer = program.io.ask(
        fmt::format("{} {}: ", question, program.io.err_style().dim("[" + otherwise + "]")));
    if (!answer) return answer;
    const std::string text = trim(*answer).empty() ? otherwise : std::string(trim(*answer));
    const std::string problem = problem_with(text);
    if (problem.empty()) return text;
    program.io.err("  " + problem + "\n");
  }
}

Result<void> ask_all(Program& program, config::StarterOptions& starter) {
  program.io.err("A few questions; Enter takes what stands in brackets.\n");
  auto project = ask(program, "Project", starter.project, problem_with_project);
  if (!project) return project.error();
  starter.project = *project;
  auto driver = ask(program, "Cloud (aws, azure, gcp, alibaba, openstack)",
                    std::string(config::to_string(starter.driver)), [](const std::string& text) {
                      return config::parse_driver(text) ? "" : "one of the five, as written";
                    });
  if (!driver) return driver.error();
  starter.driver = *config::parse_driver(*driver);
  auto region = ask(
      program, "Region", config::default_region(starter.driver),
      [&starter](const std::string& text) { return problem_with_region(starter.driver, text); });
  if (!region) return region.error();
  starter.region = *region;
  auto count = ask(program, "Nodes", std::to_string(starter.count), [](const std::string& text) {
    const auto number = parse_int(text);
    return number && *number >= 1 && *number <= 1000 ? "" : "a number from 1 to 1000";
  });
  if (!count) return count.error();
  starter.count = *parse_int(*count);
  auto key = ask(program, "SSH public key", starter.ssh_key, [](const std::string& text) {
    return text.ends_with(".pub") ? "" : "the file with the public key ends in .pub";
  });
  if (!key) return key.error();
  starter.ssh_key = *key;
  return {};
}

Exit run_init(Program& program, const InitOptions& options) {
  namespace fs = std::filesystem;
  const fs::path dir = options.dir.empty() ? "." : options.dir.front();
  const fs::path file = dir / "ccloud.json";
  std::error_code problem;
  if (fs::exists(file, problem) && !options.is_force) {
    return program.misused(fmt::format("{} exists already", file.string()),
                           "`ccloud validate` checks it; --force writes a new one over it");
  }
  config::StarterOptions starter;
  starter.project = options.project.empty() ? project_from(dir) : options.project;
  starter.ssh_key = public_key(program);
  if (!options.driver.empty()) starter.driver = *config::parse_driver(options.driver);
  starter.region = options.region.empty() ? config::default_region(starter.driver) : options.region;
  if (const auto why = problem_with_project(starter.project); !why.empty()) {
    return program.misused(fmt::format("--project \"{}\": {}", starter.project, why), "");
  }
  if (const auto why = problem_with_region(starter.driver, starter.region); !why.empty()) {
    return program.misused(fmt::format("--region \"{}\": {}", starter.region, why), "");
  }
  if (program.can_ask() && !program.common.is_yes) {
    if (auto asked = ask_all(program, starter); !asked) return program.fail(asked.error());
  }
  fs::create_directories(dir, problem);  // not before the last answer
  if (problem) {
    return program.fail(
        make_error(ErrorCode::invalid_argument,
                   fmt::format("cannot make {}: {}", dir.string(), problem.message())));
  }
  auto written = write_file(file.string(), config::starter_config(starter));
  if (!written) return program.fail(written.error(), Exit::failed);
  program.say(fmt::format("wrote {}", file.string()));
  program.common.file = file.string();
  auto checked = load_config(program, Warnings::shown);
  const std::string in_dir = options.dir.empty() ? "" : " -f " + shell_quote(file.string());
  if (!checked) {
    program.say(fmt::format("next: mend what is marked above, then: ccloud validate{}", in_dir));
    return Exit::done;
  }
  program.say(
      fmt::format("next: ccloud sim up && ccloud deploy{} --sim   # a rehearsal, no account "
                  "needed\n  or: ccloud plan{}   # against the real cloud",
                  in_dir, in_dir));
  return Exit::done;
}

}  // namespace

Command make_init() {
  auto o = std::make_shared<InitOptions>();
  Command command;
  command.usage = "[DIR]";
  command.help =
      "Writes a starter config, DIR/ccloud.json, with comments that say what to change. On a "
      "terminal it asks a few questions; with -y or without a terminal it takes the answers from "
      "the options and its defaults.";
  command.options = {
      text("project", "NAME", o->project, "the project's name (the directory's)"),
      choice("driver", config::formats::driver().values, o->driver, "the cloud"),
      text("region", "R", o->region, "the region"),
      flag("force", o->is_force, "write over a ccloud.json that exists"),
  };
  command.words = {&o->dir, 0, 1, "file"};
  command.examples = {{"ccloud init", "in this directory"},
                      {"ccloud init shop --driver azure -y", "without questions"}};
  command.run = [o](Program& program) { return run_init(program, *o); };
  return command;
}

}  // namespace ccloud::cli
