// Names and order as Microsoft's identity libraries document them; one difference: a virtual
// machine's identity comes last, since asking for it costs a second wherever there is none.
#include "providers/azure/login.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"

namespace ccloud::azure {
namespace {

std::string variable(const cloud::Host& host, const std::string& name) {
  return host.env(name).value_or("");
}

std::string without_bom(std::string text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::string cli_folder(const cloud::Host& host) {
  const auto given = variable(host, "AZURE_CONFIG_DIR");
  return given.empty() ? std::string("~/.azure") : given;
}

Result<Cloud> find_endpoints(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  auto cloud = find_cloud(settings.cloud);
  if (!cloud) return cloud;
  auto authority = variable(host, "AZURE_AUTHORITY_HOST");
  const auto override_of_ours = variable(host, "CCLOUD_AZURE_ENDPOINT");
  const auto endpoint = settings.endpoint.empty() ? override_of_ours : settings.endpoint;
  if (!endpoint.empty()) {
    auto arm = checked_endpoint(endpoint);
    if (!arm) return arm.error();
    cloud->arm = *arm;
    // Our own variable stands for both; a stack of one's own names its login host beside it.
    if (settings.endpoint.empty() || authority.empty()) authority = *arm;
  }
  if (!authority.empty()) {
    if (authority.find("://") == std::string::npos) authority = "https://" + authority;
    auto checked = checked_endpoint(authority);
    if (!checked) return checked.error();
    cloud->authority = *checked;
  }
  return cloud;
}

Error missing(std::string_view name, std::string_view source) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("Azure credentials: {} is missing ({})", name, source),
                    "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or "
                    "AZURE_CLIENT_CERTIFICATE_PATH)");
}

Result<void> read_certificate(const cloud::Host& host, const std::string& path, Login& login) {
  auto text = host.read_file(path);
  if (!text) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("the client certificate {} cannot be read", path),
                      "AZURE_CLIENT_CERTIFICATE_PATH names a PEM file with certificate and key");
  }
  login.way = Way::certificate;
  login.certificate = std::move(*text);
  return {};
}

/// {"clientId", "clientSecret", "tenantId", "subscriptionId"}, as `az ad sp create-for-rbac`
/// prints.
Result<void> read_principal_file(const cloud::Host& host, const std::string& path, Login& login) {
  const auto text = host.read_file(path);
  if (!text) return text.error();
  const auto document = json::parse(without_bom(*text));
  if (!document) {
    return make_error(ErrorCode::unauthenticated, fmt::format("{} is not JSON", path),
                      "write it with az ad sp create-for-rbac");
  }
  const auto root = document->root();
  const auto value = [&](std::string_view name, std::string_view other) {
    return root.get(name).string_or(root.get(other).string_or());
  };
  login.source = path;
  login.client_id = value("clientId", "appId");
  login.tenant = value("tenantId", "tenant");
  login.secret = value("clientSecret", "password");
  login.subscription = root.get("subscriptionId").string_or();
  login.way = Way::secret;
  if (login.client_id.empty()) return missing("clientId", path);
  if (login.tenant.empty()) return missing("tenantId", path);
  if (!login.secret.empty()) return {};
  const auto certificate = root.get("clientCertificate").string_or();
  if (certificate.empty()) return missing("clientSecret", path);
  return read_certificate(host, certificate, login);
}

/// False: the variables name no service principal.
Result<bool> read_environment(const cloud::Host& host, Login& login) {
  const auto secret = variable(host, "AZURE_CLIENT_SECRET");
  const auto certificate = variable(host, "AZURE_CLIENT_CERTIFICATE_PATH");
  if (secret.empty() && certificate.empty()) return false;
  login.source = "the AZURE_* variables";
  if (login.client_id.empty()) return missing("AZURE_CLIENT_ID", login.source);
  if (login.tenant.empty()) return missing("AZURE_TENANT_ID", login.source);
  login.way = Way::secret;
  login.secret = secret;
  if (!secret.empty()) return true;
  login.secret = variable(host, "AZURE_CLIENT_CERTIFICATE_PASSWORD");
  if (auto read = read_certificate(host, certificate, login); !read) return read.error();
  return true;
}

bool read_workload(const cloud::Host& host, Login& login) {
  login.token_file = variable(host, "AZURE_FEDERATED_TOKEN_FILE");
  if (login.token_file.empty() || login.tenant.empty() || login.client_id.empty()) return false;
  login.way = Way::federated;
  login.source = "workload identity, AZURE_FEDERATED_TOKEN_FILE";
  return true;
}

bool read_hosted_identity(const cloud::Host& host, Login& login) {
  login.identity_endpoint = variable(host, "IDENTITY_ENDPOINT");
  login.identity_header = variable(host, "IDENTITY_HEADER");
  if (login.identity_endpoint.empty() || login.identity_header.empty()) return false;
  login.way = Way::hosted_identity;
  login.source = "the managed identity of IDENTITY_ENDPOINT";
  return true;
}

void use_machine_identity(const cloud::Host& host, Login& login) {
  login.way = Way::machine_identity;
  login.identity_endpoint = variable(host, "AZURE_POD_IDENTITY_AUTHORITY_HOST");
  if (login.identity_endpoint.empty()) login.identity_endpoint = "http://169.254.169.254";
  login.source = "the machine's managed identity";
}

struct CliSubscription {
  std::string id;
  std::string tenant;
};

/// The CLI's default subscription, or the one that `wanted` names or numbers.
std::optional<CliSubscription> cli_subscription(const cloud::Host& host, std::string_view wanted) {
  const auto text = host.read_file(cli_folder(host) + "/azureProfile.json");
  if (!text) return std::nullopt;
  const auto document = json::parse(without_bom(*text));
  if (!document) return std::nullopt;
  for (const auto& item : document->root().get("subscriptions").items()) {
    const auto id = item.get("id").string_or();
    const bool fits =
        wanted.empty() ? item.get("isDefault").bool_or(false)
                       : equals_ignoring_case(id, wanted) || item.get("name").string_or() == wanted;
    if (fits) return CliSubscription{id, item.get("tenantId").string_or()};
  }
  return std::nullopt;
}

Result<bool> read_cli(const cloud::Host& host, const cloud::ProviderSettings& settings,
                      Login& login) {
  login.cache_file = cli_folder(host) + "/msal_token_cache.json";
  const auto subscription = cli_subscription(
      host, settings.profile.empty() ? std::string_view(login.subscription) : settings.profile);
  if (!settings.profile.empty() && !subscription) {
    return make_error(
        ErrorCode::unauthenticated,
        fmt::format("the Azure CLI knows no subscription \"{}\"", settings.profile),
        "credentials.profile is a subscription's name or id of `az account list`; az login first");
  }
  if (!host.read_file(login.cache_file)) {
    // The CLI encrypts its cache on some systems; a principal's login lies elsewhere.
    if (!subscription || settings.profile.empty()) return false;
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("the Azure CLI's login in {} cannot be read", login.cache_file),
                      "it may be encrypted: set credentials.command to \"az account "
                      "get-access-token --output json\"");
  }
  login.way = Way::cli;
  login.source = "the Azure CLI's login";
  if (subscription) {
    if (login.tenant.empty()) login.tenant = subscription->tenant;
    if (login.subscription.empty()) login.subscription = subscription->id;
  }
  return true;
}

/// AZURE_TOKEN_CREDENTIALS: prod, dev, or one credential's name narrow the chain.
struct Chain {
  bool has_environment = true, has_workload = true, has_managed = true, has_cli = true;
};

Result<Chain> find_chain(const cloud::Host& host) {
  const auto text = to_lower(variable(host, "AZURE_TOKEN_CREDENTIALS"));
  if (text.empty()) return Chain{};
  if (text == "prod") return Chain{.has_cli = false};
  if (text == "dev") return Chain{false, false, false, true};
  if (text == "environmentcredential") return Chain{true, false, false, false};
  if (text == "workloadidentitycredential") return Chain{false, true, false, false};
  if (text == "managedidentitycredential") return Chain{false, false, true, false};
  if (text == "azureclicredential") return Chain{false, false, false, true};
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("AZURE_TOKEN_CREDENTIALS={} is not supported", text),
                    "use prod, dev, EnvironmentCredential, WorkloadIdentityCredential, "
                    "ManagedIdentityCredential or AzureCliCredential");
}

Error nothing_found() {
  return make_error(ErrorCode::unauthenticated, "there are no Azure credentials",
                    "az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET");
}

}  // namespace

Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings) {
  Login login;
  auto cloud = find_endpoints(host, settings);
  if (!cloud) return cloud.error();
  login.cloud = std::move(*cloud);
  login.tenant = variable(host, "AZURE_TENANT_ID");
  login.client_id = variable(host, "AZURE_CLIENT_ID");
  login.subscription =
      settings.account.empty() ? variable(host, "AZURE_SUBSCRIPTION_ID") : settings.account;
  const auto chain = find_chain(host);
  if (!chain) return chain.error();

  if (!settings.credentials_command.empty()) {
    login.way = Way::command;
    login.command = settings.credentials_command;
    login.source = "credentials.command";
    return login;
  }
  if (!settings.credentials_file.empty()) {
    const auto asked = login.subscription;
    if (auto read = read_principal_file(host, settings.credentials_file, login); !read) {
      return read.error();
    }
    if (!asked.empty()) login.subscription = asked;
    return login;
  }
  if (settings.profile.empty()) {  // a profile is the CLI's, and only there
    if (chain->has_environment) {
      const auto found = read_environment(host, login);
      if (!found) return found.error();
      if (*found) return login;
    }
    if (chain->has_workload && read_workload(host, login)) return login;
    if (chain->has_managed && read_hosted_identity(host, login)) return login;
  }
  if (chain->has_cli || !settings.profile.empty()) {
    const auto found = read_cli(host, settings, login);
    if (!found) return found.error();
    if (*found) return login;
  }
  if (!chain->has_managed || !settings.profile.empty()) return nothing_found();
  use_machine_identity(host, login);
  return login;
}

Result<CachedLogin> read_cache(std::string_view text, const Login& login, async::WallTime now) {
  const auto document = json::parse(without_bom(std::string(text)));
  const auto remedy =
      "run az login again, or set credentials.command to \"az account get-access-token --output "
      "json\"";
  if (!document) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("{} is encrypted or broken", login.cache_file), remedy);
  }
  CachedLogin out;
  out.tenant = login.tenant;
  for (const auto& entry : document->root().get("AccessToken").members()) {
    const auto item = entry.value;
    const auto realm = item.get("realm").string_or();
    if (!login.tenant.empty() && realm != login.tenant) continue;
    const auto target = item.get("target").string_or();
    constexpr std::array<std::string_view, 6> audiences = {
        "management.azure.com",         "management.core.windows.net",
        "management.chinacloudapi.cn",  "management.core.chinacloudapi.cn",
        "management.usgovcloudapi.net", "management.core.usgovcloudapi.net"};
    bool is_arm = target.find(login.cloud.resource) != std::string::npos;
    for (std::size_t i = 0; i < audiences.size() && !is_arm; ++i) {
      const auto of_cloud = login.cloud.name == "public"  ? i < 2
                            : login.cloud.name == "china" ? i == 2 || i == 3
                                                          : i > 3;
      is_arm = of_cloud && target.find(audiences[i]) != std::string::npos;
    }
    const auto expires = std::chrono::system_clock::from_time_t(
        static_cast<std::time_t>(item.get("expires_on").to_int().value_or(0)));
    if (!is_arm || expires <= now + std::chrono::minutes(1) || expires <= out.expires) continue;
    out.access_token = item.get("secret").string_or();
    out.expires = expires;
    out.tenant = realm;
  }
  for (const auto& entry : document->root().get("RefreshToken").members()) {
    out.refresh_token = entry.value.get("secret").string_or();
    out.client_id = entry.value.get("client_id").string_or();
    if (!out.refresh_token.empty()) break;
  }
  if (out.access_token.empty() && out.refresh_token.empty()) {
    return make_error(ErrorCode::unauthenticated, "the Azure CLI is not logged in", remedy);
  }
  if (out.tenant.empty()) out.tenant = "organizations";
  return out;
}

}  // namespace ccloud::azure
