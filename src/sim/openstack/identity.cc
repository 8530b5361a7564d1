// Keystone v3: tokens by password, application credential or token; the catalogue.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/openstack/front.h"
#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {
namespace {

struct Asked {
  bool is_good = false;
  std::string method;
};

bool same_domain(json::Value owner) {
  const auto domain = owner.get("domain");
  return domain.get("id").string_or() == "default" || domain.get("name").string_or() == "Default";
}

bool is_our_user(const Login& login, json::Value user) {
  if (user.has("id")) return user.get("id").string_or() == login.user_id;
  return user.get("name").string_or() == login.user && same_domain(user);
}

Asked check_identity(Rest& rest, const Login& login, json::Value identity) {
  const auto method = identity.get("methods").at(0).string_or();
  if (method == "password") {
    const auto user = identity.get("password").get("user");
    return {is_our_user(login, user) && user.get("password").string_or() == login.password, method};
  }
  if (method == "application_credential") {
    const auto credential = identity.get("application_credential");
    const bool named = credential.has("id")
                           ? credential.get("id").string_or() == login.application_id
                           : credential.get("name").string_or() == "sim" &&
                                 is_our_user(login, credential.get("user"));
    return {named && credential.get("secret").string_or() == login.application_secret, method};
  }
  if (method == "token") {
    const auto known = rest.memory.tokens.find(identity.get("token").get("id").string_or());
    return {known != rest.memory.tokens.end() && known->second.expires > rest.world.now(), method};
  }
  return {};
}

bool is_our_project(const Login& login, json::Value scope) {
  const auto project = scope.get("project");
  if (project.has("id")) return project.get("id").string_or() == login.project_id;
  return project.get("name").string_or() == login.project && same_domain(project);
}

void write_catalog(json::Writer& out, Rest& rest) {
  struct Known {
    std::string_view type, name, path;
  };
  out.key("catalog").begin_array();
  for (const auto& known :
       {Known{"compute", "nova", "/compute/v2.1"}, Known{"network", "neutron", "/network"},
        Known{"image", "glance", "/image"}, Known{"identity", "keystone", ""}}) {
    out.begin_object().member("type", known.type).member("name", known.name);
    out.member("id", rest.world.derive(known.name).substr(0, 32)).key("endpoints").begin_array();
    for (const auto region : region_names) {
      const auto url = known.type == "identity"
                           ? rest.base + "/identity/v3"
                           : fmt::format("{}/{}{}", rest.base, region, known.path);
      for (const auto* interface : {"public", "internal", "admin"}) {
        out.begin_object().member("id", rest.world.derive(url + interface).substr(0, 32));
        out.member("interface", interface).member("region", region).member("region_id", region);
        out.member("url", url).end_object();
      }
    }
    out.end_array().end_object();
  }
  out.end_array();
}

void write_token(json::Writer& out, Rest& rest, const Login& login, std::string_view method,
                 Time expires) {
  out.begin_object().key("token").begin_object();
  out.key("methods").begin_array().value(method).end_array();
  out.key("user").begin_object().key("domain").begin_object().member("id", "default");
  out.member("name", "Default").end_object().member("id", login.user_id).member("name", login.user);
  out.member("password_expires_at", nullptr).end_object();
  out.key("audit_ids").begin_array().value(rest.world.hex_id(22)).end_array();
  const auto micro = [](Time time) { return replace_all(time_text(time), "Z", ".000000Z"); };
  out.member("expires_at", micro(expires)).member("issued_at", micro(rest.world.now()));
  out.key("project").begin_object().key("domain").begin_object().member("id", "default");
  out.member("name", "Default").end_object().member("id", login.project_id);
  out.member("name", login.project).end_object().member("is_domain", false);
  out.key("roles").begin_array().begin_object().member("id",
                                                       rest.world.derive("member").substr(0, 32));
  out.member("name", "member").end_object().end_array();
  write_catalog(out, rest);
  out.end_object().end_object();
}

Response create_token(Rest& rest) {
  const auto login = login_of(rest.world);
  const auto auth = rest.body.get("auth");
  if (!auth.get("identity").get("methods").is_array()) {
    return keystone_error(400, "Bad Request", "'identity' is a required property");
  }
  const auto asked = check_identity(rest, login, auth.get("identity"));
  if (!asked.is_good) return unauthorized(Service::identity);
  if (asked.method == "application_credential" && auth.has("scope")) {
    return keystone_error(401, "Unauthorized", "Application credentials cannot request a scope.");
  }
  if (auth.has("scope") && !is_our_project(login, auth.get("scope")))
    return unauthorized(Service::identity);
  const auto expires = rest.world.now() + std::chrono::hours(1);
  const auto token = "gAAAAA" + rest.world.hex_id(96);
  rest.memory.tokens[token] = {.project = login.project_id, .expires = expires};
  json::Writer out;
  write_token(out, rest, login, asked.method, expires);
  auto response = answer(201, out.take());
  response.headers.emplace_back("X-Subject-Token", token);
  response.headers.emplace_back("Vary", "X-Auth-Token");
  return response;
}

Response show_token(Rest& rest) {
  const auto subject = std::string(http::find_header(rest.call.request.headers, "X-Subject-Token"));
  const auto known = rest.memory.tokens.find(subject);
  if (known == rest.memory.tokens.end())
    return keystone_error(404, "Not Found", "Could not find token.");
  json::Writer out;
  write_token(out, rest, login_of(rest.world), "token", known->second.expires);
  auto response = answer(200, out.take());
  response.headers.emplace_back("X-Subject-Token", subject);
  return response;
}

Response revoke_token(Rest& rest) {
  const auto subject = std::string(http::find_header(rest.call.request.headers, "X-Subject-Token"));
  rest.memory.tokens.erase(subject);
  return no_content();
}

Response version(Rest& rest) {
  return answer(
      200, fmt::format(
               R"({{"version":{{"id":"v3.14","status":"stable","updated":"2020-04-07T00:00:00Z",)"
               R"("links":[{{"rel":"self","href":"{}/identity/v3/"}}],"media-types":[]}}}})",
               rest.base));
}

Response projects(Rest& rest) {
  const auto login = login_of(rest.world);
  return answer(
      200,
      fmt::format(
          R"({{"projects":[{{"id":"{}","name":"{}","domain_id":"default","enabled":true,)"
          R"("is_domain":false,"parent_id":"default","description":"","options":{{}},"tags":[]}}],)"
          R"("links":{{"next":null,"previous":null,"self":"{}/identity/v3/projects"}}}})",
          login.project_id, login.project, rest.base));
}

}  // namespace

std::vector<Route> identity_routes() {
  using enum Service;
  return {{identity, "POST", "/auth/tokens", create_token},
          {identity, "GET", "/auth/tokens", show_token},
          {identity, "DELETE", "/auth/tokens", revoke_token},
          {identity, "GET", "/projects", projects},
          {identity, "GET", "", version}};
}

}  // namespace ccloud::sim::openstack
