// Shapes as Google's authentication libraries read them.
#include "providers/gcp/credentials.h"

#include <fmt/format.h>

#include "base/text.h"
#include "http/message.h"
#include "json/reader.h"

namespace ccloud::gcp {
namespace {

constexpr std::string_view default_token_url = "https://oauth2.googleapis.com/token";

Error missing(std::string_view name, const std::string& source) {
  return make_error(ErrorCode::unauthenticated,
                    fmt::format("Google credentials: {} is missing ({})", name, source),
                    "write the file anew: gcloud auth application-default login, or gcloud iam "
                    "service-accounts keys create");
}

Error unsupported(std::string_view what, const std::string& source) {
  Error error = make_error(ErrorCode::unauthenticated,
                           fmt::format("Google credentials: {} ({})", what, source),
                           "set credentials.command to a command that prints a token, such as "
                           "gcloud auth print-access-token");
  error.raw_code = "not-supported";
  return error;
}

/// The first that is missing is the error.
Result<void> require(json::Value root, std::initializer_list<std::string_view> names,
                     const std::string& source) {
  for (const auto name : names) {
    if (root.get(name).string_or().empty()) return missing(name, source);
  }
  return {};
}

Result<void> check_urls(Credentials& out) {
  for (std::string* url : {&out.token_url, &out.impersonation_url, &out.subject_url}) {
    if (url->empty()) continue;
    auto checked = checked_url(*url);
    // A subject's own server may be a link-local metadata service.
    if (!checked && url == &out.subject_url && url->starts_with("http://169.254.")) continue;
    if (!checked) return checked.error();
    *url = *checked;
  }
  return {};
}

Result<void> read_service_account(json::Value root, Credentials& out) {
  if (auto has = require(root, {"client_email", "private_key"}, out.source); !has) return has;
  out.way = Way::service_account;
  out.email = root.get("client_email").string_or();
  out.who = out.email;
  out.private_key = root.get("private_key").string_or();
  out.key_id = root.get("private_key_id").string_or();
  out.project = root.get("project_id").string_or();
  out.token_url = root.get("token_uri").string_or(default_token_url);
  return {};
}

Result<void> read_user(json::Value root, Credentials& out) {
  if (auto has = require(root, {"client_id", "client_secret", "refresh_token"}, out.source); !has) {
    return has;
  }
  out.way = Way::user;
  out.client_id = root.get("client_id").string_or();
  out.client_secret = root.get("client_secret").string_or();
  out.refresh_token = root.get("refresh_token").string_or();
  out.who = root.get("account").string_or();
  out.token_url = root.get("token_uri").string_or(default_token_url);
  return {};
}

Result<void> read_federated(json::Value root, Credentials& out) {
  if (auto has = require(root, {"audience", "subject_token_type", "token_url"}, out.source); !has) {
    return has;
  }
  out.way = Way::federated;
  out.audience = root.get("audience").string_or();
  out.subject_token_type = root.get("subject_token_type").string_or();
  out.token_url = root.get("token_url").string_or();
  out.impersonation_url = root.get("service_account_impersonation_url").string_or();
  out.client_id = root.get("client_id").string_or();
  out.client_secret = root.get("client_secret").string_or();
  const auto from = root.get("credential_source");
  out.subject_file = from.get("file").string_or();
  out.subject_url = from.get("url").string_or();
  for (const auto& header : from.get("headers").members()) {
    out.subject_headers.emplace_back(std::string(header.key), header.value.string_or());
  }
  const auto format = from.get("format");
  if (format.get("type").string_or() == "json") {
    out.subject_field = format.get("subject_token_field_name").string_or("access_token");
  }
  if (from.has("executable")) {
    return unsupported("credential_source.executable is not supported", out.source);
  }
  if (from.has("environment_id")) {
    return unsupported("federation from AWS is not supported", out.source);
  }
  if (out.subject_file.empty() && out.subject_url.empty()) {
    return missing("credential_source.file or .url", out.source);
  }
  return {};
}

/// "alice@p.iam.gserviceaccount.com" of ".../serviceAccounts/{email}:generateAccessToken".
std::string account_of(std::string_view url) {
  const auto begin = url.rfind('/');
  const auto name = url.substr(begin == std::string_view::npos ? 0 : begin + 1);
  return percent_decode(name.substr(0, name.find(':')));
}

Result<void> read_any(json::Value root, Credentials& out);

Result<void> read_impersonated(json::Value root, Credentials& out) {
  if (auto has = require(root, {"service_account_impersonation_url"}, out.source); !has) return has;
  out.way = Way::impersonated;
  out.impersonation_url = root.get("service_account_impersonation_url").string_or();
  for (const auto& one : root.get("delegates").items()) out.delegates.push_back(one.string_or());
  out.base = std::make_shared<Credentials>();
  out.base->source = out.source;
  const auto inner = root.get("source_credentials");
  if (inner.get("type").string_or() == "impersonated_service_account") {
    return unsupported("an impersonation of an impersonation (use delegates)", out.source);
  }
  return read_any(inner, *out.base);
}

Result<void> read_any(json::Value root, Credentials& out) {
  const auto type = root.get("type").string_or();
  out.universe = root.get("universe_domain").string_or("googleapis.com");
  out.quota_project = root.get("quota_project_id").string_or();
  Result<void> done =
      unsupported(fmt::format("the type \"{}\" is not supported", type), out.source);
  if (type == "service_account") done = read_service_account(root, out);
  if (type == "authorized_user") done = read_user(root, out);
  if (type == "external_account") done = read_federated(root, out);
  if (type == "impersonated_service_account") done = read_impersonated(root, out);
  if (!done) return done;
  if (!out.impersonation_url.empty()) out.who = account_of(out.impersonation_url);
  return check_urls(out);
}

}  // namespace

Result<std::string> checked_url(std::string_view text) {
  std::string out(trim(text));
  while (out.ends_with('/')) out.pop_back();
  const auto url = http::parse_url(out);
  if (!url || (url->scheme != "https" && url->scheme != "http")) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no address of a Google service", text),
                      "write it as https://host");
  }
  if (url->scheme == "http" && !http::is_loopback(*url)) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} would send secrets over plain HTTP", out), "use https");
  }
  return out;
}

Result<Credentials> parse_credentials(std::string_view text, const std::string& source) {
  const auto document = json::parse(text);
  if (!document || !document->root().is_object()) {
    return make_error(ErrorCode::unauthenticated,
                      fmt::format("{} is no credential file: it is not JSON", source),
                      "gcloud auth application-default login writes one");
  }
  Credentials out;
  out.source = source;
  if (auto read = read_any(document->root(), out); !read) return read.error();
  return out;
}

}  // namespace ccloud::gcp
