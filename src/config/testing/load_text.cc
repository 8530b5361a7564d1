#include "config/testing/load_text.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

namespace ccloud::config::testing {

const std::string_view public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@example";

const std::string_view realistic = R"json({
  "project": "game-gw",
  "labels": { "team": "gateway" },
  "providers": {
    "aws":   { "driver": "aws", "credentials": { "profile": "prod" }, "account": "123456789012", "regions": ["us-east-1", "ap-northeast-1"] },
    "azure": { "driver": "azure", "account": "00000000-0000-0000-0000-000000000000" },
    "hk":    { "driver": "alibaba" }
  },
  "networks": {
    "use1": { "provider": "aws",   "region": "us-east-1",      "cidr": "10.10.0.0/20" },
    "apn1": { "provider": "aws",   "region": "ap-northeast-1", "id": "vpc-0a1b2c", "subnets": { "a": "subnet-1", "c": "subnet-2" } },
    "weu":  { "provider": "azure", "region": "westeurope",     "cidr": "10.20.0.0/20" },
    "hk":   { "provider": "hk",    "region": "cn-hongkong",    "cidr": "10.30.0.0/20" }
  },
  "sizes": { "edge": { "cpu": 4, "memory": "8GiB", "pin": { "aws": "c7i.xlarge" } } },
  "clusters": {
    "gw": {
      "size": "edge",
      "image": "debian-12",
      "disk": { "size": "40GiB", "type": "ssd" },
      "network": { "allow": [ { "tcp": 8443, "from": "0.0.0.0/0" }, { "tcp": 22, "from": "203.0.113.0/24" }, { "tcp": "7000-7010", "from": "cluster:gw" } ] },
      "ssh": { "user": "ops", "keys": ["keys/anna.pub", "keys/ben.pub"] },
      "identity": { "aws": "gw-node" },
      "labels": { "role": "gateway" },
      "place": {
        "use1": { "network": "use1", "zones": ["a", "b", "c"], "count": 12 },
        "apn1": { "network": "apn1", "zones": ["a", "c"],      "count": 8 },
        "weu":  { "network": "weu",  "zones": ["1", "2"],      "count": 9 },
        "hk":   { "network": "hk",   "count": 6, "size": "ecs.c7.xlarge" }
      }
    },
    "legacy": { "ssh": { "user": "admin" }, "existing": [ { "provider": "aws", "region": "us-east-1", "match": { "Role": "gateway" } } ] }
  },
  "services": {
    "gateway": {
      "cluster": "gw",
      "version": "4.18.2",
      "artifact": { "path": "build/gateway-{version}.tar.gz" },
      "run": "./gateway --port 8443",
      "env": { "TOKEN": { "secret": { "env": "GATEWAY_TOKEN" } } },
      "health": { "http": ":8443/healthz", "expect": 200, "interval": "2s", "timeout": "1s", "healthy": 3, "deadline": "120s" },
      "update": {
        "waves": [ ["use1"], ["apn1", "weu"], { "places": ["hk"], "bake": "30m" } ],
        "canary": { "count": 1, "bake": "10m" },
        "batch": "20%", "min_healthy": "80%", "max_failures": 2, "on_failure": "rollback"
      }
    }
  },
  "guards": { "max_destroy": 2, "protect": ["role=gateway"] },
  "environments": {
    "prod": {},
    "staging": { "project": "game-gw-stg", "clusters": { "gw": { "place": { "use1": { "count": 2 }, "apn1": null, "weu": null, "hk": null } } },
                 "services": { "gateway": { "update": { "waves": [ ["use1"] ], "min_healthy": "50%" } } } }
  }
}
)json";

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ccloud-config-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::write(const std::string& name, std::string_view content) const {
  const auto file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

LoadResult load_config(std::string_view text, std::string_view environment,
                       const LoadOptions& options) {
  return load_text(std::string(text), "ccloud.json", environment, options);
}

std::vector<std::string> short_lines(const LoadResult& result) {
  std::vector<std::string> out;
  for (const auto& item : result.diagnostics.items()) {
    const auto at = result.diagnostics.file()->position(item.span.begin);
    out.push_back(fmt::format("{}:{} {} {}{}", at.line, at.column, item.code, item.pointer,
                              item.suggestion ? " \"" + *item.suggestion + "\"" : ""));
  }
  return out;
}

std::vector<std::string> codes(const LoadResult& result) {
  std::vector<std::string> out;
  for (const auto& item : result.diagnostics.items()) out.push_back(item.code);
  return out;
}

}  // namespace ccloud::config::testing
