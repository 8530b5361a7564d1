// One remedy per way to fail, so that nobody has to know libcurl's words.
#include "http/failure.h"

#include <curl/curl.h>
#include <fmt/format.h>

namespace ccloud::http {
namespace {

Error failure(ErrorCode code, std::string_view kind, std::string message, std::string remedy) {
  Error error = make_error(code, std::move(message), std::move(remedy));
  error.raw_code = kind;
  return error;
}

Error tls_failure(const std::string& host, const std::string& details) {
  Error error = failure(
      ErrorCode::unavailable, "tls",
      fmt::format("the TLS certificate of {} cannot be verified{}", host, details),
      "check the endpoint and this machine's clock; where a proxy re-signs traffic, name its CA "
      "certificate's file in SSL_CERT_FILE; on Debian the package ca-certificates holds the "
      "public ones");
  error.retryable = false;
  return error;
}

}  // namespace

Error explain_failure(const FailedExchange& failed) {
  const std::string host = authority(failed.url);
  const std::string details =
      failed.details.empty() ? std::string() : fmt::format(" ({})", failed.details);
  switch (failed.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return failure(ErrorCode::unavailable, "resolve",
                     fmt::format("the name {} cannot be resolved", failed.url.host),
                     "check the network connection, the DNS resolver and the endpoint's spelling");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return failure(ErrorCode::unavailable, "proxy",
                     fmt::format("the proxy's name cannot be resolved{}", details),
                     "check HTTPS_PROXY and NO_PROXY in the environment");
    case CURLE_COULDNT_CONNECT:
      return failure(ErrorCode::unavailable, "connect",
                     fmt::format("no connection to {}{}", host, details),
                     failed.via_proxy
                         ? "check HTTPS_PROXY and NO_PROXY in the environment, and the network"
                         : "check the endpoint, the network and the firewall; does a proxy have to "
                           "be named in HTTPS_PROXY?");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return tls_failure(host, details);
    case CURLE_SSL_CONNECT_ERROR: {
      Error error = failure(ErrorCode::unavailable, "tls",
                            fmt::format("no TLS connection to {}{}", host, details),
                            "check that the endpoint's scheme (http, https) and port are right");
      error.ambiguous = failed.was_sent;
      return error;
    }
    case CURLE_OPERATION_TIMEDOUT: {
      Error error =
          failure(ErrorCode::timed_out, "time-out", fmt::format("no answer from {} in time", host),
                  "check the network and any proxy; the service may be overloaded");
      error.ambiguous = failed.was_sent;
      return error;
    }
    default:
      break;
  }
  Error error;
  switch (failed.code) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
      error = failure(ErrorCode::unavailable, "lost",
                      fmt::format("the connection to {} was lost{}", host, details),
                      "check the network and any proxy on the way");
      break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      error = failure(ErrorCode::invalid_argument, "transport",
                      fmt::format("\"{}\" is no usable address{}", host, details),
                      "check the endpoint");
      break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_WRITE_ERROR:
      error = failure(ErrorCode::protocol, "transport",
                      fmt::format("{} does not answer in proper HTTP{}", host, details),
                      "check that the endpoint's scheme (http, https) and port are right");
      break;
    default:
      error = failure(ErrorCode::unavailable, failed.via_proxy ? "proxy" : "transport",
                      fmt::format("the exchange with {} failed{}", host, details),
                      "check the network and any proxy on the way");
  }
  error.ambiguous = failed.was_sent;
  return error;
}

}  // namespace ccloud::http
