#include "base/remedy.h"

namespace ccloud {

std::string remedy_of(const Error& error) {
  if (!error.remedy.empty() || error.provider.empty()) return error.remedy;
  switch (error.code) {
    case ErrorCode::unauthenticated:
      return "`ccloud doctor` says which credentials are used and where they come from";
    case ErrorCode::permission_denied:
      return "ask whoever runs the account for this permission";
    case ErrorCode::quota_exceeded:
      return "ask the cloud for a higher quota, or use another region";
    case ErrorCode::capacity:
      return "try again later, or another zone or size";
    case ErrorCode::rate_limited:
      return "something else uses up the account's request rate; lower `concurrency` or try again "
             "later";
    case ErrorCode::unavailable:
      return "the cloud has trouble of its own: look at its status page and try again later";
    case ErrorCode::timed_out:
      return "check the network (`ccloud doctor`), or allow more with --timeout";
    case ErrorCode::conflict:
      return "something else changes the same thing: run the command again";
    default:
      return {};
  }
}

}  // namespace ccloud
