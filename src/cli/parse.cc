#include "cli/parse.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "diag/suggest.h"

namespace ccloud::cli {
namespace {

using Failure = std::unexpected<UsageError>;

Failure usage(std::string message, std::string remedy) {
  return Failure(UsageError{std::move(message), std::move(remedy)});
}

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

std::string see_help(const Entry* entry) {
  return entry == nullptr ? "`ccloud help` lists the commands and options"
                          : fmt::format("see `ccloud help {}`", entry->name);
}

std::string did_you_mean(const std::optional<std::string>& guess, std::string_view before,
                         const Entry* entry) {
  if (!guess) return see_help(entry);
  return fmt::format("did you mean \"{}{}\"? {}", before, *guess, see_help(entry));
}

class Parser {
 public:
  Parser(const std::vector<std::string>& args, Common& common)
      : args_(args), options_(common_options(common)), common_(common) {}

  std::expected<Invocation, UsageError> run();

 private:
  using Status = std::expected<void, UsageError>;

  Status word(const std::string& text);
  Status command_word(const std::string& text);
  Status take(const Entry& entry);
  Status long_option(std::string_view text);
  Status letters(std::string_view text);
  Status apply(const Option& option, std::string_view shown, std::optional<std::string_view> value);
  Status finish();
  const Option* find(std::string_view name) const;
  const Option* find(char letter) const;
  Failure unknown_option(std::string_view name) const;
  Failure unknown_command(std::string_view text) const;

  const std::vector<std::string>& args_;
  std::size_t at_ = 0;
  std::vector<Option> options_;  // the common ones, then the command's own
  Common& common_;
  Invocation found_;
  std::vector<std::string> words_;
  bool wants_help_ = false;
  bool has_rest_ = false;
};

const Option* Parser::find(std::string_view name) const {
  const auto it = std::ranges::find(options_, name, &Option::name);
  return it == options_.end() ? nullptr : &*it;
}

const Option* Parser::find(char letter) const {
  const auto it = std::ranges::find(options_, letter, &Option::letter);
  return it == options_.end() ? nullptr : &*it;
}

Failure Parser::unknown_option(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Option& option : options_) names.push_back(option.name);
  names.push_back("help");
  const std::string where =
      found_.entry == nullptr ? "" : fmt::format(" for {}", found_.entry->name);
  return usage(fmt::format("unknown option --{}{}", name, where),
               did_you_mean(diag::suggest(name, names), "--", found_.entry));
}

Failure Parser::unknown_command(std::string_view text) const {
  std::vector<std::string_view> names;
  const std::string before = found_.group.empty() ? "" : found_.group + " ";
  for (const Entry& entry : registry()) {
    if (!before.empty() && !entry.name.starts_with(before)) continue;
    const auto rest = entry.name.substr(before.size());
    names.push_back(rest.substr(0, rest.find(' ')));
  }
  return usage(fmt::format("unknown command \"{}{}\"", before, text),
               did_you_mean(diag::suggest(text, names), before, nullptr));
}

Parser::Status Parser::apply(const Option& option, std::string_view shown,
                             std::optional<std::string_view> value) {
  if (option.takes == Option::Takes::nothing && value) {
    return usage(fmt::format("{} takes no value", shown), see_help(found_.entry));
  }
  if (option.takes == Option::Takes::value && !value) {
    if (at_ >= args_.size()) {
      return usage(fmt::format("{} needs a value", shown), see_help(found_.entry));
    }
    value = args_[at_++];
  }
  const std::string_view given = value.value_or("");
  if (!option.choices.empty() && !contains(option.choices, given)) {
    const auto guess = diag::suggest(given, option.choices);
    return usage(
        fmt::format("{} is one of {}, not \"{}\"", shown, fmt::join(option.choices, ", "), given),
        did_you_mean(guess, "", found_.entry));
  }
  if (auto done = option.set(given); !done) {
    return usage(fmt::format("{}: {}", shown, done.error().message), see_help(found_.entry));
  }
  return {};
}

Parser::Status Parser::long_option(std::string_view text) {
  const auto equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (name == "help") {
    wants_help_ = true;
    return {};
  }
  if (name == "version" && found_.entry == nullptr && found_.group.empty()) {
    found_.kind = Invocation::Kind::version;
    return {};
  }
  const Option* option = find(name);
  if (option == nullptr) return unknown_option(name);
  std::optional<std::string_view> value;
  if (equals != std::string_view::npos) value = text.substr(equals + 1);
  return apply(*option, fmt::format("--{}", name), value);
}

Parser::Status Parser::letters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == 'h') {
      wants_help_ = true;
      continue;
    }
    const Option* option = find(text[i]);
    const std::string shown = fmt::format("-{}", text[i]);
    if (option == nullptr) {
      return usage(fmt::format("unknown option {}{}", shown,
                               found_.entry ? fmt::format(" for {}", found_.entry->name) : ""),
                   see_help(found_.entry));
    }
    if (option->takes == Option::Takes::nothing) {
      if (auto done = apply(*option, shown, std::nullopt); !done) return done;
      continue;
    }
    std::string_view value = text.substr(i + 1);
    if (value.starts_with('=')) value.remove_prefix(1);
    return apply(*option, shown,
                 value.empty() ? std::nullopt : std::optional<std::string_view>(value));
  }
  return {};
}

Parser::Status Parser::take(const Entry& entry) {
  found_.entry = &entry;
  found_.command = entry.make();
  // The command's own come first: `logs -F` and `init` may reuse a letter.
  options_.insert(options_.begin(), found_.command.options.begin(), found_.command.options.end());
  return {};
}

Parser::Status Parser::command_word(const std::string& text) {
  const std::string full = found_.group.empty() ? text : found_.group + " " + text;
  if (const Entry* entry = find_entry(full)) return take(*entry);
  if (found_.group.empty() && !entries_under(text).empty()) {
    found_.group = text;
    return {};
  }
  return unknown_command(text);
}

Parser::Status Parser::word(const std::string& text) {
  if (found_.entry == nullptr) return command_word(text);
  words_.push_back(text);
  return {};
}

Parser::Status Parser::finish() {
  Command& command = found_.command;
  const Words& takes = command.words;
  if (common_.output != Output::table && !contains(command.outputs, common_.output)) {
    std::vector<std::string_view> fits = {"table"};
    for (const Output output : command.outputs) fits.push_back(to_string(output));
    return usage(
        fmt::format("{} cannot print -o {}", found_.entry->name, to_string(common_.output)),
        fmt::format("it takes -o {}", fmt::join(fits, ", ")));
  }
  if (has_rest_ && command.rest == nullptr && takes.into == nullptr) {
    return usage(fmt::format("{} takes nothing after --", found_.entry->name),
                 see_help(found_.entry));
  }
  if (words_.size() > takes.most) {
    return usage(fmt::format("unexpected \"{}\" after {}", words_[takes.most], found_.entry->name),
                 fmt::format("usage: ccloud {} {}", found_.entry->name, command.usage));
  }
  if (words_.size() < takes.least) {
    return usage(fmt::format("{} needs more than that", found_.entry->name),
                 fmt::format("usage: ccloud {} {}", found_.entry->name, command.usage));
  }
  if (takes.into != nullptr) *takes.into = std::move(words_);
  return {};
}

std::expected<Invocation, UsageError> Parser::run() {
  while (at_ < args_.size()) {
    const std::string& arg = args_[at_++];
    if (arg == "--" && found_.entry != nullptr) {
      has_rest_ = true;
      auto* into = found_.command.rest != nullptr ? found_.command.rest : &words_;
      into->insert(into->end(), args_.begin() + static_cast<std::ptrdiff_t>(at_), args_.end());
      break;
    }
    Status done;
    if (arg.starts_with("--") && arg.size() > 2) {
      done = long_option(std::string_view(arg).substr(2));
    } else if (arg.starts_with('-') && arg.size() > 1 && arg != "--") {
      done = letters(std::string_view(arg).substr(1));
    } else {
      done = word(arg);
    }
    if (!done) return Failure(done.error());
  }
  if (found_.kind == Invocation::Kind::version) return std::move(found_);
  if (wants_help_ || (found_.entry == nullptr && found_.group.empty())) {
    found_.kind = Invocation::Kind::help;
    return std::move(found_);
  }
  if (found_.entry == nullptr) {
    std::vector<std::string_view> names;
    for (const Entry* entry : entries_under(found_.group)) {
      names.push_back(entry->name.substr(found_.group.size() + 1));
    }
    return usage(fmt::format("{} needs one of {}", found_.group, fmt::join(names, ", ")),
                 fmt::format("see `ccloud help {}`", found_.group));
  }
  if (auto done = finish(); !done) return Failure(done.error());
  return std::move(found_);
}

}  // namespace

std::expected<Invocation, UsageError> parse(const std::vector<std::string>& args, Common& common) {
  return Parser(args, common).run();
}

}  // namespace ccloud::cli
