// Names and order as Google's libraries and gcloud document them.
#include "providers/gcp/login.h"

#include <fmt/format.h>

#include "base/text.h"
#include "http/message.h"

namespace ccloud::gcp {
namespace {

constexpr std::string_view version_path = "/compute/v1";

std::string variable(const cloud::Host& host, const std::string& name) {
  return host.env(name).value_or("");
}

std::string gcloud_folder(const cloud::Host& host) {
  const auto given = variable(host, "CLOUDSDK_CONFIG");
  return given.empty() ? std::string("~/.config/gcloud") : given;
}

Result<Credentials> read_file(const cloud::Host& host, const std::string& path,
                              std::string_view named_by) {
  const auto text = host.read_file(path);
  if (!text) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("the credential file {} cannot be read ({})", path, named_by),
                      "correct the path, or: gcloud auth application-default login");
  }
  return parse_credentials(*text, path);
}

Result<Credentials> find_credentials(const cloud::Host& host,
                                     const cloud::ProviderSettings& settings) {
  if (!settings.credentials_command.empty()) {
    Credentials out;
    out.way = Way::command;
    out.command = settings.credentials_command;
    out.source = "credentials.command";
    return out;
  }
  if (!settings.credentials_file.empty()) {
    return read_file(host, settings.credentials_file, "credentials.file");
  }
  const auto named = variable(host, "GOOGLE_APPLICATION_CREDENTIALS");
  if (!named.empty()) return read_file(host, named, "GOOGLE_APPLICATION_CREDENTIALS");
  const auto known = gcloud_folder(host) + "/application_default_credentials.json";
  if (const auto text = host.read_file(known)) return parse_credentials(*text, known);
  Credentials out;
  out.way = Way::metadata;
  out.source = "the metadata server";
  return out;
}

Result<void> find_endpoint(const cloud::Host& host, const cloud::ProviderSettings& settings,
                           Login& login) {
  const auto overridden = variable(host, "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE");
  const auto asked = settings.endpoint.empty() ? overridden : settings.endpoint;
  auto universe = variable(host, "GOOGLE_CLOUD_UNIVERSE_DOMAIN");
  if (universe.empty()) universe = login.credentials.universe;
  login.credentials.universe = universe;
  login.is_googles_endpoint = asked.empty();
  auto checked = checked_url(asked.empty() ? "https://compute." + universe : asked);
  if (!checked) return checked.error();
  login.base = std::move(*checked);
  if (!login.base.ends_with(version_path)) login.base += version_path;
  return {};
}

Result<std::string> read_profile(const cloud::Host& host, const std::string& name) {
  const auto path = fmt::format("{}/configurations/config_{}", gcloud_folder(host), name);
  const auto text = host.read_file(path);
  if (!text) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("gcloud has no configuration \"{}\"", name),
                      "credentials.profile is a name of `gcloud config configurations list`");
  }
  return project_of_configuration(*text);
}

std::string active_project(const cloud::Host& host) {
  auto name = variable(host, "CLOUDSDK_ACTIVE_CONFIG_NAME");
  if (name.empty()) {
    const auto active = host.read_file(gcloud_folder(host) + "/active_config");
    name = active ? std::string(trim(*active)) : "default";
  }
  const auto text =
      host.read_file(fmt::format("{}/configurations/config_{}", gcloud_folder(host), name));
  return text ? project_of_configuration(*text) : std::string();
}

Result<std::string> find_project(const cloud::Host& host, const cloud::ProviderSettings& settings,
                                 const Credentials& credentials) {
  if (!settings.account.empty()) return settings.account;
  if (!settings.profile.empty()) {
    auto project = read_profile(host, settings.profile);
    if (!project || !project->empty()) return project;
  }
  for (const auto* name : {"GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"}) {
    if (auto project = variable(host, name); !project.empty()) return project;
  }
  if (!credentials.project.empty()) return credentials.project;
  auto project = active_project(host);
  if (!project.empty() || credentials.way == Way::metadata) return project;
  return make_error(ErrorCode::invalid_argument, "no Google Cloud project is named",
                    "set the provider's `account` to the project's id, or GOOGLE_CLOUD_PROJECT");
}

std::string metadata_address(const cloud::Host& host) {
  auto name = variable(host, "GCE_METADATA_HOST");
  if (name.empty()) name = variable(host, "GCE_METADATA_IP");
  // The address, not metadata.google.internal: elsewhere that name costs a failing look-up.
  return "http://" + (name.empty() ? std::string("169.254.169.254") : name);
}

}  // namespace

std::string project_of_configuration(std::string_view ini) {
  bool is_core = false;
  for (const auto& raw : split(ini, '\n')) {
    const auto line = trim(raw);
    if (line.starts_with('[')) is_core = line == "[core]";
    const auto equal = line.find('=');
    if (!is_core || equal == std::string_view::npos) continue;
    if (trim(line.substr(0, equal)) == "project") return std::string(trim(line.substr(equal + 1)));
  }
  return {};
}

Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  Login login;
  auto credentials = find_credentials(host, settings);
  if (!credentials) return credentials.error();
  login.credentials = std::move(*credentials);
  login.metadata = metadata_address(host);
  if (auto found = find_endpoint(host, settings, login); !found) return found.error();
  auto project = find_project(host, settings, login.credentials);
  if (!project) return project.error();
  login.project = std::move(*project);
  login.quota_project = variable(host, "GOOGLE_CLOUD_QUOTA_PROJECT");
  if (login.quota_project.empty()) login.quota_project = login.credentials.quota_project;
  return login;
}

}  // namespace ccloud::gcp
