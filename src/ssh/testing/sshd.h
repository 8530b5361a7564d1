// A real OpenSSH server on loopback for tests: its own keys, its own port, ended with the object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <sys/types.h>

#include "ssh/pool.h"
#include "ssh/shell.h"

namespace ccloud::ssh::testing {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Sshd {
 public:
  /// Null when there is no sshd on this machine. `extra` are more lines for sshd_config.
  static std::unique_ptr<Sshd> start(const std::string& extra = {});
  ~Sshd();

  std::uint16_t port() const { return port_; }
  const std::filesystem::path& dir() const { return dir_.path(); }
  std::string identity() const { return (dir() / "id").string(); }
  Target target(const std::string& name = "node-1") const;
  PoolOptions options() const;
  /// Ends it and starts it again on the same port, with a new host key if asked for.
  void restart(bool with_new_key);
  void stop();
  pid_t pid() const { return pid_; }

 private:
  bool launch();
  TempDir dir_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

/// Runs a program to its end; its exit code.
int run_program(const std::string& command);

}  // namespace ccloud::ssh::testing
