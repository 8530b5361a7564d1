// clouds.yaml as the OpenStack SDK documents it (search path, precedence, `auth` keys), and OS_*.
#include "providers/openstack/login.h"

#include <functional>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "json/writer.h"

namespace ccloud::openstack {
namespace {

/// The `auth` keys and a few beside them, by the SDK's names.
using Keys = std::map<std::string, std::string>;

std::string value_of(const Keys& keys, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto found = keys.find(std::string(name));
    if (found != keys.end() && !found->second.empty()) return found->second;
  }
  return {};
}

Error missing(std::string_view what, std::string_view source) {
  return make_error(
      ErrorCode::unauthenticated,
      fmt::format("OpenStack credentials: {} is missing ({})", what, source),
      "set OS_CLOUD to an entry of clouds.yaml, or source the project's openrc file (OS_AUTH_URL, "
      "OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME)");
}

/// {"name": .., "domain": {..}} or {"id": ..}.
void write_owner(json::Writer& out, const std::string& id, const std::string& name,
                 const std::string& domain_id, const std::string& domain_name) {
  if (!id.empty()) {
    out.member("id", id);
    return;
  }
  out.member("name", name).key("domain").begin_object();
  if (!domain_id.empty()) {
    out.member("id", domain_id);
  } else {
    out.member("name", domain_name.empty() ? std::string("Default") : domain_name);
  }
  out.end_object();
}

/// Application credentials are bound to a project: Keystone refuses a scope beside them.
Result<std::string> application_credential_request(const Keys& keys, std::string_view source) {
  const std::string id = value_of(keys, {"application_credential_id"});
  const std::string name = value_of(keys, {"application_credential_name"});
  const std::string secret = value_of(keys, {"application_credential_secret"});
  if (secret.empty()) return missing("application_credential_secret", source);
  if (id.empty() && name.empty()) return missing("application_credential_id", source);
  json::Writer out;
  out.begin_object().key("auth").begin_object().key("identity").begin_object();
  out.key("methods").begin_array().value("application_credential").end_array();
  out.key("application_credential").begin_object();
  if (!id.empty()) {
    out.member("id", id);
  } else {
    out.member("name", name).key("user").begin_object();
    write_owner(out, value_of(keys, {"user_id"}), value_of(keys, {"username"}),
                value_of(keys, {"user_domain_id", "domain_id"}),
                value_of(keys, {"user_domain_name", "domain_name", "default_domain"}));
    out.end_object();
  }
  out.member("secret", secret).end_object().end_object().end_object().end_object();
  return out.take();
}

void write_scope(json::Writer& out, const Keys& keys) {
  const std::string project_id = value_of(keys, {"project_id", "tenant_id"});
  const std::string project = value_of(keys, {"project_name", "tenant_name"});
  if (project_id.empty() && project.empty()) return;
  out.key("scope").begin_object().key("project").begin_object();
  write_owner(out, project_id, project,
              value_of(keys, {"project_domain_id", "domain_id", "default_domain_id"}),
              value_of(keys, {"project_domain_name", "domain_name", "default_domain"}));
  out.end_object().end_object();
}

Result<std::string> password_request(const Keys& keys, std::string_view source) {
  const std::string user_id = value_of(keys, {"user_id"});
  const std::string user = value_of(keys, {"username"});
  const std::string password = value_of(keys, {"password"});
  if (user.empty() && user_id.empty()) return missing("username", source);
  if (password.empty()) return missing("password", source);
  if (value_of(keys, {"project_id", "tenant_id", "project_name", "tenant_name"}).empty()) {
    return missing("project_name", source);
  }
  json::Writer out;
  out.begin_object().key("auth").begin_object().key("identity").begin_object();
  out.key("methods").begin_array().value("password").end_array();
  out.key("password").begin_object().key("user").begin_object();
  write_owner(out, user_id, user,
              value_of(keys, {"user_domain_id", "domain_id", "default_domain_id"}),
              value_of(keys, {"user_domain_name", "domain_name", "default_domain"}));
  out.member("password", password).end_object().end_object().end_object();
  write_scope(out, keys);
  out.end_object().end_object();
  return out.take();
}

std::string token_request_from_token(const Keys& keys) {
  json::Writer out;
  out.begin_object().key("auth").begin_object().key("identity").begin_object();
  out.key("methods").begin_array().value("token").end_array();
  out.key("token").begin_object().member("id", value_of(keys, {"token"})).end_object().end_object();
  write_scope(out, keys);
  out.end_object().end_object();
  return out.take();
}

std::string with_version(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const auto last = url.substr(url.rfind('/') + 1);
  const bool has_version = last.size() >= 2 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9';
  return has_version ? url : url + "/v3";
}

Result<Login> make_login(const Keys& keys, std::string_view source) {
  Login login;
  login.source = source;
  const std::string url = value_of(keys, {"auth_url"});
  if (url.empty()) return missing("auth_url", source);
  login.auth_url = with_version(url);
  login.region = value_of(keys, {"region_name"});
  const std::string interface = value_of(keys, {"interface", "endpoint_type"});
  if (!interface.empty()) login.interface = replace_all(interface, "URL", "");
  login.ca_file = value_of(keys, {"cacert"});
  const std::string verify = to_lower(value_of(keys, {"verify"}));
  const std::string insecure = to_lower(value_of(keys, {"insecure"}));
  login.verifies_tls = verify != "false" && insecure != "true" && insecure != "1";
  for (const auto* service : {"compute", "network", "image", "block_storage"}) {
    const auto url_override = value_of(keys, {std::string(service) + "_endpoint_override"});
    if (!url_override.empty()) login.endpoints[service] = url_override;
  }
  const std::string type = value_of(keys, {"auth_type"});
  const bool has_application =
      !value_of(keys, {"application_credential_id", "application_credential_name"}).empty();
  Result<std::string> request = std::string();
  if (type == "v3applicationcredential" || (type.empty() && has_application)) {
    request = application_credential_request(keys, source);
  } else if (type == "token" || type == "v3token") {
    if (value_of(keys, {"token"}).empty()) return missing("token", source);
    request = token_request_from_token(keys);
  } else if (type.empty() || type == "password" || type == "v3password") {
    request = password_request(keys, source);
  } else {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("OpenStack auth_type \"{}\" is not supported ({})", type, source),
                      "use password or v3applicationcredential");
  }
  if (!request) return request.error();
  login.token_request = std::move(*request);
  return login;
}

void collect(const YAML::Node& node, Keys& keys) {
  if (!node || !node.IsMap()) return;
  for (const auto& entry : node) {
    const auto name = entry.first.as<std::string>();
    if (entry.second.IsScalar()) keys[name] = entry.second.as<std::string>();
  }
}

void collect_cloud(const YAML::Node& entry, Keys& keys, std::vector<std::string>& regions) {
  collect(entry, keys);
  collect(entry["auth"], keys);
  if (!entry["regions"] || !entry["regions"].IsSequence()) return;
  for (const auto& region : entry["regions"]) {
    if (region.IsScalar()) regions.push_back(region.as<std::string>());
    if (region.IsMap() && region["name"]) regions.push_back(region["name"].as<std::string>());
  }
}

Keys keys_from_env(const cloud::Host& host) {
  constexpr std::string_view names[] = {"AUTH_URL",
                                        "USERNAME",
                                        "USER_ID",
                                        "PASSWORD",
                                        "PROJECT_NAME",
                                        "PROJECT_ID",
                                        "TENANT_NAME",
                                        "TENANT_ID",
                                        "USER_DOMAIN_NAME",
                                        "USER_DOMAIN_ID",
                                        "PROJECT_DOMAIN_NAME",
                                        "PROJECT_DOMAIN_ID",
                                        "DOMAIN_NAME",
                                        "DOMAIN_ID",
                                        "DEFAULT_DOMAIN",
                                        "DEFAULT_DOMAIN_ID",
                                        "REGION_NAME",
                                        "INTERFACE",
                                        "ENDPOINT_TYPE",
                                        "AUTH_TYPE",
                                        "APPLICATION_CREDENTIAL_ID",
                                        "APPLICATION_CREDENTIAL_SECRET",
                                        "APPLICATION_CREDENTIAL_NAME",
                                        "TOKEN",
                                        "CACERT",
                                        "INSECURE"};
  Keys keys;
  for (const auto name : names) {
    if (const auto value = host.env("OS_" + std::string(name))) keys[to_lower(name)] = *value;
  }
  return keys;
}

struct File {
  std::string path;
  std::string text;
};

/// The first that exists: the variable's, then `.`, ~/.config/openstack, /etc/openstack.
std::optional<File> find_file(const cloud::Host& host, const std::string& variable,
                              const std::string& name) {
  std::vector<std::string> paths;
  if (const auto given = host.env(variable); given && !given->empty()) paths.push_back(*given);
  paths.push_back("./" + name);
  const auto config_home = host.env("XDG_CONFIG_HOME");
  if (config_home && !config_home->empty()) paths.push_back(*config_home + "/openstack/" + name);
  paths.push_back("~/.config/openstack/" + name);
  paths.push_back("/etc/openstack/" + name);
  for (const auto& path : paths) {
    if (auto text = host.read_file(path)) return File{path, std::move(*text)};
  }
  return std::nullopt;
}

/// The only entry's name, when there is just one.
std::string only_entry(const std::string& clouds) {
  try {
    const auto entries = YAML::Load(clouds)["clouds"];
    if (entries && entries.IsMap() && entries.size() == 1) {
      return entries.begin()->first.as<std::string>();
    }
  } catch (const YAML::Exception&) {  // said by login_from_yaml when it is really wanted
  }
  return {};
}

}  // namespace

Result<Login> login_from_yaml(std::string_view clouds, std::string_view secure,
                              std::string_view name, std::string_view source) {
  Keys keys;
  std::vector<std::string> regions;
  try {
    const auto entry = YAML::Load(std::string(clouds))["clouds"][std::string(name)];
    if (!entry || !entry.IsMap()) {
      return make_error(ErrorCode::unauthenticated,
                        fmt::format("cloud \"{}\" is not in {}", name, source),
                        "set OS_CLOUD, or the provider's `cloud`, to one of its entries");
    }
    collect_cloud(entry, keys, regions);
    if (!secure.empty()) {
      collect_cloud(YAML::Load(std::string(secure))["clouds"][std::string(name)], keys, regions);
    }
  } catch (const YAML::Exception& problem) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} cannot be read: {}", source, problem.msg),
                      "mend the file's YAML");
  }
  auto login = make_login(keys, fmt::format("{}, cloud {}", source, name));
  if (login) login->regions = std::move(regions);
  return login;
}

Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  std::string name = settings.cloud.empty() ? settings.profile : settings.cloud;
  if (name.empty()) name = host.env("OS_CLOUD").value_or("");
  Keys keys = keys_from_env(host);
  if (!settings.endpoint.empty()) keys["auth_url"] = settings.endpoint;

  std::optional<File> clouds;
  if (!settings.credentials_file.empty()) {
    auto text = host.read_file(settings.credentials_file);
    if (!text) return text.error();
    clouds = File{settings.credentials_file, std::move(*text)};
  } else if (!name.empty() || keys.find("auth_url") == keys.end()) {
    clouds = find_file(host, "OS_CLIENT_CONFIG_FILE", "clouds.yaml");
  }
  if (clouds.has_value() && name.empty() && keys.find("auth_url") == keys.end()) {
    name = only_entry(clouds->text);
  }
  if (name.empty() || (name == "envvars" && keys.contains("auth_url"))) {
    return make_login(keys, "the OS_* variables");
  }
  if (!clouds.has_value()) {
    return make_error(
        ErrorCode::unauthenticated,
        fmt::format("cloud \"{}\" is asked for, but there is no clouds.yaml", name),
        "put clouds.yaml into ~/.config/openstack, or name it in OS_CLIENT_CONFIG_FILE");
  }
  const auto secure = find_file(host, "OS_CLIENT_SECURE_FILE", "secure.yaml");
  auto login = login_from_yaml(clouds->text, secure ? secure->text : "", name, clouds->path);
  if (login && keys.contains("region_name")) login->region = keys["region_name"];
  if (login && !settings.endpoint.empty()) login->auth_url = with_version(settings.endpoint);
  return login;
}

}  // namespace ccloud::openstack
