// Client CPU of a small signed call: GetCallerIdentity, one after the other, over TLS to the
// simulator that the environment names. Prints microseconds a call. Usage: aws_call_bench COUNT
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>

#include "base/text.h"
#include "http/client.h"
#include "providers/aws/provider.h"

namespace ccloud {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Task<double> measure(Context ctx, cloud::Provider& provider, std::int64_t count) {
  static_cast<void>(co_await provider.check(ctx));  // connects and fetches credentials
  const double before = cpu_seconds();
  for (std::int64_t i = 0; i < count; ++i) static_cast<void>(co_await provider.check(ctx));
  co_return (cpu_seconds() - before) / static_cast<double>(count) * 1e6;
}

int run(std::int64_t count) {
  async::Loop loop;
  const auto http = http::make_client(loop, {.ca_file = variable("CCLOUD_SIM_CA").value_or("")});
  cloud::Host host;
  host.loop = &loop;
  host.http = http.get();
  host.env = variable;
  host.read_file = [](const std::string& path) -> Result<std::string> {
    return make_error(ErrorCode::not_found, path);
  };
  cloud::ProviderSettings settings{.name = "aws", .driver = "aws"};
  settings.endpoint = variable("CCLOUD_SIM_AWS_HTTPS").value_or("");
  auto provider = aws::make_provider(host, settings);
  if (!provider) return std::fprintf(stderr, "%s\n", provider.error().message.c_str()), 1;
  const auto micros = loop.run(measure(Context(loop), **provider, count));
  if (!micros) return std::fprintf(stderr, "%s\n", micros.error().message.c_str()), 1;
  std::printf("%.1f\n", *micros);
  return 0;
}

}  // namespace
}  // namespace ccloud

int main(int argc, char** argv) {
  return ccloud::run(argc > 1 ? ccloud::parse_int(argv[1]).value_or(1000) : 1000);
}
