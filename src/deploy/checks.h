// What `doctor` and `validate --online` share: lines of their answer, and the first question to a
// provider.
#pragma once

#include <string>
#include <vector>

#include "deploy/results.h"
#include "deploy/session.h"

namespace ccloud::deploy {

using CheckList = std::vector<Check>;

Check good_check(std::string subject, std::string message);
Check bad_check(std::string subject, const Error& error);

/// Credentials, account, reachability. True: there is more to ask.
Task<bool> check_provider(Context ctx, Session& session, const config::Provider& entry,
                          CheckList* into);

/// All of it in one list, and the exit code that follows from its errors.
CheckResult gather_checks(std::vector<CheckList> parts);

}  // namespace ccloud::deploy
