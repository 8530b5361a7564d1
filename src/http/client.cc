// The client: what one request becomes in libcurl's options, and what its end means. Nothing is
// initialised before the first request, so that commands without network start at once.
#include "http/client.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "async/completion.h"
#include "base/text.h"
#include "http/engine.h"
#include "http/failure.h"

namespace ccloud::http {
namespace {

constexpr std::size_t largest_answer = 256UL << 20;  // no cloud's page comes near it
constexpr std::int64_t most_reserved = 8 << 20;      // on the word of a header
constexpr const char* hashed_ca_folder = "/etc/ssl/certs";

/// One exchange; lives in the frame of send(), whose end takes it out of the engine.
struct Transfer {
  Transfer(Engine& e, const Request& r) : engine(&e), request(&r), easy(e.take_handle()) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    if (is_started) engine->stop(easy);
    curl_easy_reset(easy);
    curl_slist_free_all(headers);
    engine->give_back(easy);
  }

  Engine* engine;
  const Request* request;
  CURL* easy;
  curl_slist* headers = nullptr;
  bool is_started = false;
  std::size_t body_sent = 0;
  Response response;
  std::array<char, CURL_ERROR_SIZE> words{};
  std::optional<async::Completion<CURLcode>> done;
};

void finish(void* owner, int code) {
  const auto& done = static_cast<Transfer*>(owner)->done;
  if (done.has_value()) done->complete(static_cast<CURLcode>(code));
}

std::size_t read_body(char* into, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string& body = transfer.request->body;
  const std::size_t part = std::min(size * count, body.size() - transfer.body_sent);
  std::memcpy(into, body.data() + transfer.body_sent, part);
  transfer.body_sent += part;
  return part;
}

std::size_t write_body(char* data, std::size_t size, std::size_t count, void* user) {
  std::string& body = static_cast<Transfer*>(user)->response.body;
  if (body.size() + size * count > largest_answer) return 0;
  body.append(data, size * count);
  return size * count;
}

std::size_t write_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  auto& headers = transfer.response.headers;
  const std::string_view line = trim(std::string_view(data, size * count));
  if (line.starts_with("HTTP/")) headers.clear();  // what came before was an interim answer
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    headers.emplace_back(std::string(line.substr(0, colon)),
                         std::string(trim(line.substr(colon + 1))));
    const auto& [name, value] = headers.back();
    if (equals_ignoring_case(name, "Content-Length")) {
      const auto length = std::clamp<std::int64_t>(parse_int(value).value_or(0), 0, most_reserved);
      transfer.response.body.reserve(static_cast<std::size_t>(length));
    }
  }
  return size * count;
}

long milliseconds_of(async::Duration duration) {
  return std::max<long>(1, std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

void set_tls(CURL* easy, const std::string& ca_file) {
  const char* environment_file = std::getenv("SSL_CERT_FILE");
  const std::string file =
      ca_file.empty() && environment_file != nullptr ? environment_file : ca_file;
  if (!file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    return;
  }
  const char* environment_folder = std::getenv("SSL_CERT_DIR");
  const char* folder = environment_folder != nullptr ? environment_folder : hashed_ca_folder;
  if (access(folder, R_OK) != 0) return;  // libcurl's own default
  // Design 5: the bundle costs 25 ms a connection, the hashed folder 1.3 ms.
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
}

/// A request that must not be sent twice has its body given by callback and without a way to
/// rewind: libcurl would repeat it on its own when a kept connection turns out to be closed.
void set_body(Transfer& transfer, bool may_repeat) {
  CURL* easy = transfer.easy;
  const std::string& body = transfer.request->body;
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  if (may_repeat) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());  // leaves in one piece with the head
  } else {
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
  }
}

void set_method_and_body(Transfer& transfer, bool may_repeat) {
  CURL* easy = transfer.easy;
  const Request& request = *transfer.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (!has_body) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    return;
  }
  set_body(transfer, may_repeat);
  if (request.method != "POST") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void set_headers(Transfer& transfer, const std::string& user_agent) {
  const auto add = [&](const std::string& line) {
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  };
  for (const auto& [name, value] : transfer.request->headers) {
    add(value.empty() ? name + ";" : name + ": " + value);  // "Name;" sends an empty one
  }
  const Headers& given = transfer.request->headers;
  if (find_header(given, "expect").empty()) add("Expect:");
  if (find_header(given, "content-type").empty()) add("Content-Type:");
  if (find_header(given, "user-agent").empty() && !user_agent.empty()) {
    add("User-Agent: " + user_agent);
  }
  curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.headers);
}

class CurlClient final : public Client {
 public:
  CurlClient(async::Loop& loop, ClientOptions options)
      : loop_(&loop), options_(std::move(options)) {}

  Task<Response> send(Context ctx, Request request, SendOptions options) override {
    const auto begin = loop_->now();
    auto outcome = co_await exchange(ctx, request, std::move(options)).result();
    if (options_.on_exchange) {
      options_.on_exchange(Exchange{std::move(request), outcome, loop_->now() - begin});
    }
    co_return outcome;
  }

 private:
  Task<Response> exchange(Context ctx, const Request& request, SendOptions options) {
    co_await ctx.check();
    const auto url = parse_url(request.url);
    if (!url.has_value() || (url->scheme != "https" && url->scheme != "http")) {
      co_return make_error(ErrorCode::invalid_argument,
                           fmt::format("\"{}\" is no http or https address",
                                       url.has_value() ? authority(*url) : request.url),
                           "check the endpoint");
    }
    if (options_.loopback_only && !is_loopback(*url)) {
      co_return make_error(
          ErrorCode::permission_denied,
          fmt::format("--sim refuses {}: it is not on this machine", authority(*url)),
          "leave out --sim to reach real clouds");
    }
    if (!engine_) engine_ = std::make_unique<Engine>(*loop_, &finish);
    Transfer transfer(*engine_, request);
    prepare(transfer, *url, options);
    const auto code = co_await run(ctx, transfer);
    if (code != CURLE_OK) co_return failure_of(transfer, code, *url);
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    co_return std::move(transfer.response);
  }

  void prepare(Transfer& transfer, const Url& url, const SendOptions& options) const {
    CURL* easy = transfer.easy;
    const auto set = [easy](auto option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_PRIVATE, static_cast<void*>(&transfer));
    set(CURLOPT_URL, transfer.request->url.c_str());
    set(CURLOPT_ERRORBUFFER, transfer.words.data());
    set(CURLOPT_WRITEFUNCTION, &write_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, &write_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_TIMEOUT_MS, milliseconds_of(options.timeout));
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds_of(options.connect_timeout));
    if (!options.use_proxy || is_loopback(url)) set(CURLOPT_NOPROXY, "*");
    if (url.scheme == "https") {
      set_tls(easy, options.ca_file.empty() ? options_.ca_file : options.ca_file);
    }
    set_method_and_body(transfer, options.may_repeat);
    set_headers(transfer, options_.user_agent);
  }

  Task<CURLcode> run(Context ctx, Transfer& transfer) {
    async::CancelHook hook;
    co_return co_await async::suspend<CURLcode>(*loop_, [&](async::Completion<CURLcode> done) {
      transfer.done = done;
      transfer.is_started = transfer.engine->start(transfer.easy);
      if (!transfer.is_started) done.complete(CURLE_FAILED_INIT);
      hook = ctx.on_end([done, &transfer](const Error& why) {
        Error error = why;
        error.ambiguous = was_sent(transfer);
        done.complete(std::move(error));
      });
    });
  }

  static bool was_sent(const Transfer& transfer) {
    long bytes = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_REQUEST_SIZE, &bytes);
    curl_off_t ready = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    return bytes > 0 && ready > 0;
  }

  static Error failure_of(const Transfer& transfer, CURLcode code, const Url& url) {
    FailedExchange failed;
    failed.code = code;
    failed.details = trim(transfer.words.data());
    failed.url = url;
    failed.was_sent = was_sent(transfer);
    long proxy_status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    failed.via_proxy = proxy_status != 0 || code == CURLE_PROXY;
    return explain_failure(failed);
  }

  async::Loop* loop_;
  ClientOptions options_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<Client> make_client(async::Loop& loop, ClientOptions options) {
  return std::make_unique<CurlClient>(loop, std::move(options));
}

}  // namespace ccloud::http
