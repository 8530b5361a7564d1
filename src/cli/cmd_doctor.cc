// `ccloud doctor`: with a config its providers, without one every cloud of this machine.

#include <filesystem>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/json_documents.h"
#include "cli/load_config.h"
#include "cli/run_command.h"
#include "cli/tool_checks.h"
#include "cli/view_run.h"
#include "registry/registry.h"

namespace ccloud::cli {
namespace {

/// Of a cloud, before it counts as one that does not answer.
constexpr std::chrono::seconds longest_silence{10};

/// Every driver under its own name, with its cloud's standard chain.
config::Config every_cloud() {
  config::Config config;
  for (const auto name : registry::drivers()) {
    config::Provider provider;
    provider.name = name;
    provider.driver.value = config::parse_driver(name).value();
    config.providers.push_back(std::move(provider));
  }
  return config;
}

deploy::Check config_check(const Program& program, deploy::DoctorScope scope) {
  deploy::Check check;
  check.subject = "config";
  check.message = program.common.file + " is valid";
  if (scope == deploy::DoctorScope::machine) {
    check.state = deploy::Check::State::skipped;
    check.message = fmt::format("there is no {} here: every cloud's standard credentials are tried",
                                program.common.file);
    check.remedy = "`ccloud init` writes one, -f names another";
  }
  return check;
}

/// A file that was asked for must be there, and one that is there must be sound.
deploy::DoctorScope scope_of(const Common& common) {
  std::error_code ignored;
  const bool is_wanted = common.has_file || !common.environment.empty();
  return is_wanted || std::filesystem::exists(common.file, ignored) ? deploy::DoctorScope::config
                                                                    : deploy::DoctorScope::machine;
}

Exit run_doctor_command(Program& program) {
  const auto scope = scope_of(program.common);
  config::Config config;
  if (scope == deploy::DoctorScope::machine) {
    config = every_cloud();
  } else {
    auto loaded = load_config(program, Warnings::hidden);
    if (!loaded) return loaded.error();
    config = std::move(*loaded);
  }
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Options options;
  options.region_timeout = program.common.timeout.value_or(longest_silence);
  deploy::Session session = runtime.session(std::move(config), options);
  auto result = runtime.loop().run(deploy::run_doctor(runtime.context(), session, scope));
  if (!result) return program.fail(result.error());
  std::vector<deploy::Check> checks{config_check(program, scope)};
  for (auto& check : check_tools(program.env)) checks.push_back(std::move(check));
  result->checks.insert(result->checks.begin(), checks.begin(), checks.end());
  if (program.common.output == Output::json) {
    program.io.out(checks_document(*result, "ccloud.doctor/1"));
  } else {
    program.io.out(
        render_checks(*result, {program.io.out_style(), program.io.out_size().columns, ""}));
  }
  return result->exit;
}

}  // namespace

Command make_doctor() {
  Command command;
  command.help =
      "Looks at what ccloud needs: the tools of this machine, and of every provider of the config "
      "its credentials, endpoints, clock and regions. Each problem comes with its remedy. Without "
      "a config every cloud is tried whose credentials this machine has. The exit code is 0 when "
      "all clouds can be used, 3 when some can, 69 when none can be reached, 77 when no "
      "credentials are found or accepted; what only some commands need is a warning.";
  command.outputs = {Output::json};
  command.examples = {{"ccloud doctor", ""},
                      {"ccloud doctor -o json | jq '.checks[] | select(.state != \"good\")'", ""}};
  command.run = run_doctor_command;
  return command;
}

}  // namespace ccloud::cli
