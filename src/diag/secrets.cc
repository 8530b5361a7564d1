#include "diag/secrets.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace ccloud::diag {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }
bool is_upper_digit(char c) { return is_digit(c) || is_upper(c); }
bool is_token(char c) { return is_alnum(c) || c == '_' || c == '-'; }
bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }

/// A fixed beginning and the run of characters that follows it.
struct Shape {
  std::string_view prefix;
  bool (*follows)(char);
  std::size_t least;
  std::size_t most;
  std::string_view kind;
};

constexpr std::size_t any = 4096;
constexpr std::size_t shortest_token = 16;  ///< "LTAI" and twelve
constexpr std::array<Shape, 29> shapes{{
    {"AKIA", is_upper_digit, 16, 16, "an AWS access key"},
    {"ASIA", is_upper_digit, 16, 16, "an AWS access key"},
    {"LTAI", is_alnum, 12, 26, "an Alibaba Cloud access key"},
    {"AIza", is_token, 35, 35, "a Google API key"},
    {"ya29.", is_token, 20, any, "a Google access token"},
    {"GOCSPX-", is_token, 20, any, "a Google client secret"},
    {"ghp_", is_alnum, 36, any, "a GitHub token"},
    {"gho_", is_alnum, 36, any, "a GitHub token"},
    {"ghu_", is_alnum, 36, any, "a GitHub token"},
    {"ghs_", is_alnum, 36, any, "a GitHub token"},
    {"ghr_", is_alnum, 36, any, "a GitHub token"},
    {"github_pat_", is_token, 22, any, "a GitHub token"},
    {"glpat-", is_token, 20, any, "a GitLab token"},
    {"xoxb-", is_token, 20, any, "a Slack token"},
    {"xoxp-", is_token, 20, any, "a Slack token"},
    {"sk_live_", is_alnum, 16, any, "an API key"},
    {"npm_", is_alnum, 36, any, "an npm token"},
    {"dop_v1_", is_alnum, 40, any, "an API token"},
    {"hvs.", is_token, 20, any, "a Vault token"},
    {"xapp-", is_token, 20, any, "a Slack token"},
    {"xoxa-", is_token, 20, any, "a Slack token"},
    {"rk_live_", is_alnum, 16, any, "an API key"},
    {"sk-proj-", is_token, 20, any, "an API key"},
    {"sk-ant-", is_token, 20, any, "an API key"},
    {"dckr_pat_", is_token, 20, any, "a Docker token"},
    {"pypi-", is_token, 40, any, "a PyPI token"},
    {"AGE-SECRET-KEY-", is_upper_digit, 40, any, "an age key"},
    {"hooks.slack.com/services/", is_base64, 24, any, "a Slack webhook"},
    {"AccountKey=", is_base64, 40, any, "an Azure storage key"},
}};

std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : to_lower(name))
    if (c != '_' && c != '-' && c != '.') plain += c;
  return plain;
}

bool is_password_name(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower == "pass" || lower.ends_with("_pass") || lower.ends_with("-pass")) return true;
  const std::string plain = plain_name(name);
  return plain.ends_with("password") || plain.ends_with("passwd") ||
         plain.ends_with("passphrase") || plain.ends_with("pwd");
}

/// A path, a variable, a marker, an address: where the secret is, not the secret.
bool is_reference(std::string_view value) {
  return value.starts_with('/') || value.starts_with("./") || value.starts_with("~/") ||
         value.starts_with('$') || value.starts_with('{') || value.starts_with('<') ||
         value.find("://") != std::string_view::npos;
}

/// Short ones are passwords, too; switches and small numbers are settings about passwords.
bool is_password_value(std::string_view value) {
  static constexpr std::array<std::string_view, 10> switches{
      "true", "false", "yes", "no", "none", "null", "on", "off", "ask", "prompt"};
  if (value.empty() || is_reference(value)) return false;
  if (value.size() < 4 && std::ranges::all_of(value, is_digit)) return false;
  return std::ranges::find(switches, to_lower(value)) == switches.end();
}

std::size_t run(std::string_view text, std::size_t at, bool (*test)(char)) {
  std::size_t end = at;
  while (end < text.size() && test(text[end])) ++end;
  return end;
}

bool starts_word(std::string_view text, std::size_t at) {
  return at == 0 || !is_token(text[at - 1]);
}

bool match_shape(std::string_view text, std::size_t at, SecretMatch& match) {
  for (const Shape& shape : shapes) {
    if (!text.substr(at).starts_with(shape.prefix)) continue;
    const auto begin = at + shape.prefix.size();
    const auto end = run(text, begin, shape.follows);
    if (end - begin < shape.least || end - begin > shape.most) continue;
    match = {at, end, shape.kind};
    return true;
  }
  return false;
}

bool match_jwt(std::string_view text, std::size_t at, SecretMatch& match) {
  if (!text.substr(at).starts_with("eyJ")) return false;
  const auto first = run(text, at, is_token);
  if (first - at < 16 || first >= text.size() || text[first] != '.') return false;
  const auto second = run(text, first + 1, is_token);
  if (second - first < 16 || second >= text.size() || text[second] != '.') return false;
  match = {at, run(text, second + 1, is_token), "a signed token (JWT)"};
  return true;
}

bool match_private_key(std::string_view text, std::size_t at, SecretMatch& match) {
  if (!text.substr(at).starts_with("-----BEGIN ")) return false;
  const auto head = text.substr(at, 64);
  const auto head_end = head.find("-----", 11);
  if (head_end == std::string_view::npos || head.find("PRIVATE KEY") > head_end) return false;
  const auto end = text.find("-----END", at);
  match = {at, end == std::string_view::npos ? text.size() : end, "a private key"};
  return true;
}

/// Forty base64 characters of all kinds: the form of an AWS secret key.
bool match_secret_key(std::string_view text, std::size_t at, SecretMatch& match) {
  if (at > 0 && (is_base64(text[at - 1]) || is_token(text[at - 1]) || text[at - 1] == '.'))
    return false;
  const auto end = run(text, at, is_base64);
  if (end - at != 40 || (end < text.size() && (is_token(text[end]) || text[end] == '.')))
    return false;
  const auto word = text.substr(at, 40);
  const bool is_mixed =
      std::ranges::count_if(word, is_upper) >= 6 && std::ranges::count_if(word, is_lower) >= 6 &&
      std::ranges::count_if(word, is_digit) >= 1 && std::ranges::count(word, '/') <= 3;
  if (!is_mixed) return false;
  match = {at, end, "a secret key"};
  return true;
}

/// The password in scheme://user:password@host.
bool match_url_password(std::string_view text, std::size_t at, SecretMatch& match) {
  if (!text.substr(at).starts_with("://")) return false;
  const auto end = std::min(text.find_first_of("/?# \t\"'", at + 3), text.size());
  const auto authority = text.substr(at + 3, end - at - 3);
  const auto sign = authority.rfind('@');
  const auto colon = authority.find(':');
  if (sign == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= sign)
    return false;
  const auto password = authority.substr(colon + 1, sign - colon - 1);
  if (password.starts_with('{') || password.starts_with('$')) return false;
  match = {at + 3 + colon + 1, at + 3 + sign, "a password in a URL"};
  return true;
}

/// The value that begins at `at`, perhaps quoted, of something of that name.
bool match_named(std::string_view text, std::string_view name, std::size_t at, SecretMatch& match) {
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) ++at;
  const auto end = std::min(text.find_first_of(" \t\r\n\"'`;&|)", at), text.size());
  if (!is_secret_member(name, text.substr(at, end - at))) return false;
  match = {at, end, "a secret"};
  return true;
}

/// PASSWORD=value, ?token=value: at the sign.
bool match_assignment(std::string_view text, std::size_t at, SecretMatch& match) {
  std::size_t begin = at;
  while (begin > 0 && is_token(text[begin - 1])) --begin;
  return begin < at && match_named(text, text.substr(begin, at - begin), at + 1, match);
}

/// --password value: at the first dash.
bool match_option(std::string_view text, std::size_t at, SecretMatch& match) {
  if (!text.substr(at).starts_with("--") || (at > 0 && text[at - 1] != ' ')) return false;
  const auto end = run(text, at + 2, is_token);
  if (end >= text.size() || text[end] != ' ' || text.substr(end).starts_with(" -")) return false;
  return match_named(text, text.substr(at + 2, end - at - 2), end + 1, match);
}

bool match_at(std::string_view text, std::size_t at, SecretMatch& match) {
  const char c = text[at];
  if (c == ':') return match_url_password(text, at, match);
  if (c == '-') return match_private_key(text, at, match) || match_option(text, at, match);
  if (c == '=' && match_assignment(text, at, match)) return true;
  if (!is_base64(c)) return false;
  if (starts_word(text, at) && (match_shape(text, at, match) || match_jwt(text, at, match)))
    return true;
  return match_secret_key(text, at, match);
}

/// End of the JSON string that begins at `at`, behind its quote.
std::size_t string_end(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

void add_named_values(std::string_view text, std::vector<SecretMatch>& matches) {
  for (std::size_t at = text.find('"'); at < text.size(); at = text.find('"', at)) {
    const auto end = string_end(text, at);
    const auto name = text.substr(at + 1, std::max(end, at + 2) - at - 2);
    at = end;
    auto next = std::min(text.find_first_not_of(" \t", end), text.size());
    if (next >= text.size() || text[next] != ':' || !is_secret_name(name)) continue;
    next = std::min(text.find_first_not_of(" \t", next + 1), text.size());
    if (next >= text.size() || (text[next] != '"' && text[next] != '\'')) continue;
    const char quote = text[next];
    at = string_end(text, next);
    const auto value_end = text[at - 1] == quote && at - 1 > next ? at - 1 : at;
    if (is_secret_member(name, text.substr(next + 1, value_end - next - 1)))
      matches.push_back({next + 1, value_end, "a secret"});
  }
}

/// Most texts are: shorter than any token, and without the signs that give a password away.
bool is_too_plain(std::string_view text) {
  return text.size() < shortest_token && text.find_first_of("=:-") == std::string_view::npos;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::vector<SecretMatch> find_secrets(std::string_view text) {
  std::vector<SecretMatch> found;
  if (is_too_plain(text)) return found;
  for (std::size_t at = 0; at < text.size();) {
    SecretMatch match;
    if (match_at(text, at, match)) {
      found.push_back(match);
      at = std::max(match.end, at + 1);
    } else {
      ++at;
    }
  }
  return found;
}

bool is_secret_name(std::string_view name) {
  static constexpr std::array<std::string_view, 12> endings{
      "secret",     "token",       "apikey",        "secretkey",  "accesskey",     "privatekey",
      "credential", "credentials", "encryptionkey", "signingkey", "secretkeybase", "authkey"};
  const std::string plain = plain_name(name);
  return is_password_name(name) ||
         std::ranges::any_of(endings, [&](auto ending) { return plain.ends_with(ending); });
}

bool is_secret_value(std::string_view value) {
  if (value.size() < 8 || is_reference(value) || value.find(' ') != std::string_view::npos)
    return false;
  const bool has_digit = std::ranges::any_of(value, is_digit);
  const bool has_letter =
      std::ranges::any_of(value, [](char c) { return is_upper(c) || is_lower(c); });
  const bool is_number = !has_letter;
  const bool has_sign = std::ranges::any_of(
      value, [](char c) { return !is_alnum(c) && c != '-' && c != '_' && c != '.'; });
  return !is_number && (has_digit || has_sign);
}

bool is_secret_member(std::string_view name, std::string_view value) {
  if (!is_secret_name(name)) return false;
  return is_secret_value(value) || (is_password_name(name) && is_password_value(value));
}

std::string mask_secrets(std::string_view text) {
  auto matches = find_secrets(text);
  add_named_values(text, matches);
  std::vector<bool> is_hidden(text.size(), false);
  for (const auto& match : matches)
    std::fill(is_hidden.begin() + static_cast<std::ptrdiff_t>(match.begin),
              is_hidden.begin() + static_cast<std::ptrdiff_t>(match.end), true);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_hidden[i])
      out += text[i];
    else if (!is_continuation(text[i]))
      out += '*';
  }
  return out;
}

}  // namespace ccloud::diag
