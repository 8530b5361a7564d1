#include "deploy/checks.h"

#include <chrono>

#include "deploy/exit_codes.h"
#include "deploy/look.h"

namespace ccloud::deploy {

Check good_check(std::string subject, std::string message) {
  Check check;
  check.subject = std::move(subject);
  check.message = std::move(message);
  return check;
}

Check bad_check(std::string subject, const Error& error) {
  Check check;
  check.subject = std::move(subject);
  check.state = Check::State::bad;
  check.message = error.message;
  check.remedy = error.remedy;
  check.error = error;
  return check;
}

/// Credentials, account, reachability. True: there is more to ask.
Task<bool> check_provider(Context ctx, Session& session, const config::Provider& entry,
                          CheckList* into) {
  const std::string subject = entry.name + ": credentials";
  auto opened = session.provider(entry.name);
  if (!opened) {
    into->push_back(bad_check(subject, opened.error()));
    into->back().span = entry.span;
    co_return false;
  }
  const auto start = ctx.now();
  auto account =
      co_await (*opened)->check(ctx.with_timeout(session.options().region_timeout)).result();
  if (!account) {
    into->push_back(bad_check(subject, placed(std::move(account.error()), entry.name)));
    into->back().span = entry.span;
    co_return false;
  }
  const auto took = ctx.now() - start;
  std::string message = "account " + account->id;
  if (!account->name.empty()) message += " as " + account->name;
  into->push_back(good_check(subject, std::move(message)));
  into->back().seconds = std::chrono::duration<double>(took).count();
  co_return true;
}

CheckResult gather_checks(std::vector<CheckList> parts) {
  CheckResult result;
  std::vector<Error> errors;
  bool has_good = false;
  for (auto& part : parts) {
    for (auto& check : part) {
      if (check.error) errors.push_back(*check.error);
      has_good |= check.error == std::nullopt && check.subject.find(':') != std::string::npos;
      result.checks.push_back(std::move(check));
    }
  }
  result.exit = exit_of(errors, has_good);
  return result;
}

}  // namespace ccloud::deploy
