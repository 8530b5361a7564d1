#include "rollout/release.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "async/completion.h"
#include "base/hash.h"
#include "base/text.h"
#include "rollout/health.h"
#include "rollout/local_command.h"
#include "ssh/digest.h"

namespace ccloud::rollout {

namespace {

constexpr std::size_t max_secret = std::size_t{1} << 20;

ssh::TarSource text_file(const std::string& name, std::string content, std::uint32_t mode) {
  ssh::TarSource source;
  source.entry.path = name;
  source.entry.mode = mode;
  source.entry.size = content.size();
  source.content = std::move(content);
  return source;
}

Result<std::string> hash_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return make_error(ErrorCode::not_found, file.string() + " cannot be read");
  ssh::Digest digest;
  std::string block(std::size_t{256} << 10, '\0');
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    digest.add(std::string_view(block).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  return digest.hex();
}

bool is_archive(const std::string& name) {
  for (const auto* end :
       {".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tar", ".zip"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

Error artifact_error(const config::Service& service, const std::string& why) {
  return make_error(ErrorCode::not_found,
                    fmt::format("the artifact of service {}: {}", service.name, why),
                    "build it, or correct services." + service.name + ".artifact");
}

Result<void> check_digest(const config::Service& service, const std::string& found) {
  if (service.artifact->sha256.empty() || service.artifact->sha256 == found) return {};
  return make_error(ErrorCode::invalid_argument,
                    fmt::format("the artifact of service {} has SHA-256 {}, the config says {}",
                                service.name, found, service.artifact->sha256),
                    "build it anew, or correct the sha256 in the config");
}

/// A directory: every file with its digest, and one digest over all of them.
Result<std::string> add_directory(Release& release, const std::filesystem::path& path) {
  auto sources = ssh::tar_sources(path, ".");
  if (!sources.has_value()) return sources.error();
  std::string sums, all;
  for (auto& source : *sources) {
    if (source.entry.path == ".") continue;
    all += fmt::format("{} {:o} {}\n", source.entry.path, source.entry.mode, source.entry.link);
    if (source.entry.kind == ssh::TarEntry::Kind::file) {
      auto digest = hash_file(source.file);
      if (!digest.has_value()) return digest.error();
      sums += fmt::format("{}  {}\n", *digest, source.entry.path);
      all += *digest;
    }
    release.bytes += source.entry.size + 4096;
    release.files.push_back(std::move(source));
  }
  if (!sums.empty()) release.files.push_back(text_file(".ccloud-sums", sums, 0600));
  return sha256_hex(all);
}

/// The artifact's files and its digest.
Result<std::string> add_artifact(Release& release, const config::Service& service) {
  if (!service.artifact) return std::string("none");
  const auto& artifact = *service.artifact;
  if (!artifact.url.empty()) {
    release.url = config::fill_version(artifact.url, release.version);
    auto name = release.url.substr(0, release.url.find_first_of("?#"));
    name = name.substr(name.rfind('/') + 1);
    release.archive = name.empty() ? "artifact" : script::release_folder(name);
    release.sha256 = artifact.sha256;
    release.bytes += std::uint64_t{64} << 20;  // its size is not known before it is there
    return release.url + " " + artifact.sha256;
  }
  const std::filesystem::path path = config::fill_version(artifact.path, release.version);
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) return add_directory(release, path);
  if (!std::filesystem::is_regular_file(path, problem)) {
    return artifact_error(service, path.string() + " is not there");
  }
  auto digest = hash_file(path);
  if (!digest.has_value()) return digest.error();
  if (auto checked = check_digest(service, *digest); !checked.has_value()) return checked.error();
  auto sources = ssh::tar_sources(path, path.filename().string());
  if (!sources.has_value()) return sources.error();
  auto& file = sources->front();
  const bool is_packed = is_archive(path.filename().string());
  // What is unpacked is there twice for a moment, and larger.
  release.bytes += file.entry.size * (is_packed ? 5 : 1) + 4096;
  release.sha256 = *digest;
  if (is_packed) {
    release.archive = path.filename().string();
  } else {
    // A program, or the argument of one that does not mind; `unpack` does the same with what comes
    // from a URL.
    file.entry.mode = 0755;
    release.files.push_back(
        text_file(".ccloud-sums", fmt::format("{}  {}\n", *digest, file.entry.path), 0600));
  }
  release.files.push_back(std::move(file));
  return *digest;
}

/// The env with secrets resolved, and its text for the fingerprint, which tells none of them.
Result<std::vector<std::pair<std::string, std::string>>> resolve_env(
    const config::Service& service, const std::string& base, std::string& told,
    std::vector<std::string>& values) {
  std::vector<std::pair<std::string, std::string>> env;
  std::string secrets;
  for (const auto& [name, value] : service.env) {
    if (const auto* plain = std::get_if<std::string>(&value)) {
      env.emplace_back(name, *plain);
      told += fmt::format("{}={}\n", name, *plain);
      continue;
    }
    const auto& secret = std::get<config::SecretRef>(value);
    auto resolved = resolve_secret(secret, base);
    if (!resolved.has_value()) return with_context(resolved.error(), "env " + name);
    told += fmt::format("{}={{secret {} {}}}\n", name, static_cast<int>(secret.kind), secret.value);
    secrets += fmt::format("{}={}\n", name, *resolved);
    values.push_back(*resolved);
    env.emplace_back(name, std::move(*resolved));
  }
  // A secret that was exchanged is another release, or it would never get there. The fingerprint
  // lies on nodes, so nobody must be able to try secrets against it.
  if (!secrets.empty()) told += hex(slow_hash(secrets, service.name + "\n" + told));
  return env;
}

Result<Release> build(const config::Service& service, const std::string& version,
                      const std::string& base) {
  Release release;
  release.version = version;
  release.unit = {.service = service.name,
                  .dir = service.dir,
                  .user = service.user,
                  .has_program = !service.run.empty()};
  auto artifact = add_artifact(release, service);
  if (!artifact.has_value()) return artifact.error();
  std::string told;
  auto env = resolve_env(service, base, told, release.secrets);
  if (!env.has_value()) return env.error();
  const auto health = service.health ? encode_health(*service.health) : std::string();
  release.fingerprint = sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", version, *artifact,
                                               service.run, service.user, told, health))
                            .substr(0, 16);
  auto& files = release.files;
  files.push_back(text_file(".ccloud/version", version + "\n", 0644));
  files.push_back(text_file(".ccloud/fingerprint", release.fingerprint + "\n", 0644));
  files.push_back(text_file(".ccloud/user", service.user + "\n", 0644));
  files.push_back(text_file(".ccloud/health.json", health + "\n", 0644));
  files.push_back(text_file(".ccloud/env.sh", script::env_file(*env), 0600));
  if (release.unit.has_program) {
    files.push_back(text_file(".ccloud/run", script::run_file(release.unit, service.run), 0755));
    files.push_back(text_file(".ccloud/unit", script::unit_file(release.unit), 0644));
    files.push_back(text_file(".ccloud/supervise", script::supervisor_file(), 0755));
  }
  release.bytes += std::uint64_t{1} << 20;
  return release;
}

}  // namespace

Result<std::string> resolve_secret(const config::SecretRef& secret, const std::string& base) {
  switch (secret.kind) {
    case config::SecretRef::Kind::env: {
      const char* value = std::getenv(secret.value.c_str());
      if (value != nullptr) return std::string(value);
      return make_error(ErrorCode::not_found,
                        fmt::format("the secret's variable {} is not set", secret.value),
                        fmt::format("export {} before you run ccloud", secret.value));
    }
    case config::SecretRef::Kind::file: {
      std::ifstream in(secret.value, std::ios::binary);
      if (!in) {
        return make_error(ErrorCode::not_found,
                          fmt::format("the secret's file {} cannot be read", secret.value));
      }
      std::string value(max_secret, '\0');
      in.read(value.data(), static_cast<std::streamsize>(value.size()));
      value.resize(static_cast<std::size_t>(in.gcount()));
      if (value.ends_with('\n')) value.pop_back();
      return value;
    }
    case config::SecretRef::Kind::command: {
      auto output = run_command_here(secret.value, base, std::chrono::seconds(60));
      // What it printed may be the secret: nothing of it is shown.
      if (!output.has_value() || output->exit != 0) {
        return make_error(ErrorCode::not_found,
                          fmt::format("the secret's command `{}` failed", secret.value),
                          "run it by hand to see why");
      }
      if (output->out.ends_with('\n')) output->out.pop_back();
      return output->out;
    }
  }
  return make_error(ErrorCode::internal, "unknown kind of secret");
}

namespace {

/// `work` owns what it needs: the blocking thread must not depend on who waits for it.
Task<void> off_the_loop(Context ctx, std::function<void()> work) {
  co_return co_await async::suspend<void>(ctx.loop(), [&](async::Completion<void> done) {
    ctx.loop().run_blocking(std::move(work), [done] { done.complete({}); });
  });
}

}  // namespace

Task<Release> make_release(Context ctx, const config::Service& service, std::string version,
                           Tools tools) {
  auto made = std::make_shared<Result<Release>>(Release{});
  auto copy = std::make_shared<config::Service>(service);
  co_await off_the_loop(
      ctx, [made, copy, version, base = tools.base] { *made = build(*copy, version, base); });
  if (made->has_value() && !(*made)->url.empty()) {
    (*made)->local_copy = std::make_shared<LocalCopy>(ctx.loop(), (*made)->url, (*made)->archive);
  }
  co_return std::move(*made);
}

Task<std::vector<std::string>> known_secrets(Context ctx, const config::Service& service,
                                             Tools tools) {
  auto values = std::make_shared<std::vector<std::string>>();
  auto copy = std::make_shared<config::Service>(service);
  co_await off_the_loop(ctx, [values, copy, base = tools.base] {
    for (const auto& [name, value] : copy->env) {
      const auto* secret = std::get_if<config::SecretRef>(&value);
      if (secret == nullptr) continue;
      if (auto found = resolve_secret(*secret, base)) values->push_back(std::move(*found));
    }
  });
  co_return std::move(*values);
}

Result<void> check_secrets(const config::Service& service, const std::string& base) {
  for (const auto& [name, value] : service.env) {
    const auto* secret = std::get_if<config::SecretRef>(&value);
    if (secret == nullptr || secret->kind == config::SecretRef::Kind::command) continue;
    const auto found = resolve_secret(*secret, base);
    if (!found) return with_context(found.error(), fmt::format("{}: env {}", service.name, name));
  }
  return {};
}

std::string masked(const Release& release, std::string text) {
  constexpr std::size_t least = 4;  // shorter ones are found in every text
  std::vector<std::string> lines;
  for (const auto& secret : release.secrets)
    std::ranges::copy(split(secret, '\n'), std::back_inserter(lines));
  // The longest first: of one that begins as another does nothing may be left.
  std::ranges::sort(lines, std::greater(), &std::string::size);
  for (const auto& line : lines) {
    if (line.size() >= least) text = replace_all(std::move(text), line, "***");
  }
  return text;
}

std::string folder_for(const Release& release, const std::string& current,
                       const std::string& current_version, const std::string& current_fingerprint) {
  const auto plain = script::release_folder(release.version);
  const bool is_taken = current_version == release.version &&
                        current_fingerprint != release.fingerprint && !current.empty();
  // The same version with another run, env or files: the one that runs must stay as it is, or
  // there would be nothing to go back to.
  return is_taken && current == plain ? plain + "+" + release.fingerprint.substr(0, 8) : plain;
}

Task<std::string> run_local(Context ctx, std::string command, std::string folder) {
  auto output = std::make_shared<Result<LocalOutput>>(LocalOutput{});
  const auto limit = ctx.remaining().value_or(std::chrono::minutes(10));
  auto waited = co_await async::suspend<void>(ctx.loop(), [&](async::Completion<void> done) {
    ctx.loop().run_blocking(
        [output, command, folder, limit] { *output = run_command_here(command, folder, limit); },
        [done] { done.complete({}); });
  });
  co_await waited;
  if (!output->has_value()) co_return output->error();
  if ((*output)->exit != 0) {
    auto said = std::string(trim((*output)->err.empty() ? (*output)->out : (*output)->err));
    said = said.substr(said.rfind('\n') + 1);
    co_return make_error(ErrorCode::internal, fmt::format("exit code {}{}{}", (*output)->exit,
                                                          said.empty() ? "" : ": ", said));
  }
  co_return std::move((*output)->out);
}

}  // namespace ccloud::rollout
