#include "cli/complete.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace ccloud::cli {
namespace {

/// bash splits `--output=js` into three words; they are one here.
std::vector<std::string> joined(const std::vector<std::string>& words, bool& was_split) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool follows_option = !out.empty() && out.back().starts_with("--");
    if (words[i] == "=" && follows_option) {
      was_split = i + 2 >= words.size();
      out.back() += "=";
      if (i + 1 < words.size()) out.back() += words[++i];
    } else {
      out.push_back(words[i]);
    }
  }
  return out;
}

class Completer {
 public:
  Completer(const NamesOf& names_of) : names_of_(names_of), options_(common_options(common_)) {}

  std::vector<Candidate> run(const std::vector<std::string>& words);

 private:
  void skip(const std::string& word);
  void options(std::string_view typed);
  void values(const Option& option, std::string_view typed, std::string_view before);
  void commands(std::string_view typed);
  void words_of(std::string_view kind, std::string_view typed);
  void offer(std::string_view typed, std::string_view word, std::string_view says = {});
  const Option* option_named(std::string_view word) const;

  const NamesOf& names_of_;
  Common common_;
  std::vector<Option> options_;
  const Entry* entry_ = nullptr;
  Command command_;
  std::string group_;
  const Option* waiting_ = nullptr;  // takes the next word as its value
  bool is_rest_ = false;
  std::size_t count_ = 0;  // of words after the command
  std::vector<Candidate> found_;
};

const Option* Completer::option_named(std::string_view word) const {
  const auto it = std::ranges::find_if(options_, [&](const Option& option) {
    return word == "--" + std::string(option.name) ||
           (word.size() == 2 && option.letter != 0 && word[1] == option.letter);
  });
  return it == options_.end() ? nullptr : &*it;
}

void Completer::skip(const std::string& word) {
  if (waiting_ != nullptr) {
    (void)waiting_->set(word);
    waiting_ = nullptr;
    return;
  }
  if (word == "--") {
    is_rest_ = true;
  } else if (word.starts_with('-')) {
    const auto equals = word.find('=');
    const Option* option = option_named(std::string_view(word).substr(0, equals));
    if (option == nullptr) return;
    if (equals != std::string::npos) {
      (void)option->set(std::string_view(word).substr(equals + 1));
    } else if (option->takes == Option::Takes::value) {
      waiting_ = option;
    } else {
      (void)option->set("");
    }
  } else if (entry_ != nullptr) {
    ++count_;
  } else if (const Entry* entry = find_entry(group_.empty() ? word : group_ + " " + word)) {
    entry_ = entry;
    command_ = entry->make();
    options_.insert(options_.begin(), command_.options.begin(), command_.options.end());
  } else if (!entries_under(word).empty()) {
    group_ = word;
  }
}

void Completer::offer(std::string_view typed, std::string_view word, std::string_view says) {
  if (word.starts_with(typed)) found_.push_back({std::string(word), std::string(says)});
}

void Completer::commands(std::string_view typed) {
  std::set<std::string_view> seen;
  const std::string before = group_.empty() ? "" : group_ + " ";
  for (const Entry& entry : registry()) {
    if (!entry.name.starts_with(before)) continue;
    const std::string_view rest = entry.name.substr(before.size());
    const auto blank = rest.find(' ');
    const std::string_view word = rest.substr(0, blank);
    if (!seen.insert(word).second) continue;
    offer(typed, word, blank == std::string_view::npos ? entry.summary : "");
  }
}

void Completer::options(std::string_view typed) {
  for (const Option& option : options_) {
    offer(typed, "--" + std::string(option.name), option.help.substr(0, option.help.find('\n')));
  }
  offer(typed, "--help", "show the help of the command");
}

void Completer::values(const Option& option, std::string_view typed, std::string_view before) {
  const std::size_t from = found_.size();
  for (const std::string_view value : option.choices) offer(typed, value);
  if (option.name == "environment") words_of("environment", typed);
  if (option.name == "service") words_of("service", typed);
  if (option.name == "provider") words_of("provider", typed);
  for (std::size_t i = from; i < found_.size(); ++i) found_[i].word.insert(0, before);
}

void Completer::words_of(std::string_view kind, std::string_view typed) {
  if (kind == "file" || kind.empty()) return;
  if (kind == "command") return commands(typed);
  const auto from = [&](std::vector<std::string> KnownNames::* list) {
    const KnownNames known = names_of_(common_);
    for (const std::string& name : known.*list) offer(typed, name);
  };
  if (kind == "selector") {
    from(&KnownNames::selectors);
  } else if (kind == "service") {
    from(&KnownNames::services);
  } else if (kind == "environment") {
    from(&KnownNames::environments);
  } else if (kind == "provider") {
    from(&KnownNames::providers);
  } else if (kind == "code") {
    from(&KnownNames::codes);
  } else {
    for (const std::string& word : split(kind, ' ')) offer(typed, word);
  }
}

std::vector<Candidate> Completer::run(const std::vector<std::string>& given) {
  bool was_split = false;
  const std::vector<std::string> words = joined(given, was_split);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!is_rest_) skip(words[i]);
  }
  if (is_rest_) return {};
  const std::string_view typed = words.empty() ? std::string_view() : words.back();
  if (waiting_ != nullptr) {
    values(*waiting_, typed, "");
  } else if (typed.starts_with("--") && typed.contains('=')) {
    const auto equals = typed.find('=');
    const Option* option = option_named(typed.substr(0, equals));
    const std::string_view before = was_split ? "" : typed.substr(0, equals + 1);
    if (option != nullptr) values(*option, typed.substr(equals + 1), before);
  } else if (typed.starts_with('-')) {
    options(typed);
  } else if (entry_ == nullptr) {
    commands(typed);
  } else if (count_ < command_.words.most) {
    words_of(command_.words.kind, typed);
  }
  return std::move(found_);
}

}  // namespace

std::vector<Candidate> complete(const std::vector<std::string>& words, const NamesOf& names_of) {
  return Completer(names_of).run(words);
}

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") {
    return R"SCRIPT(# ccloud's completion for bash: eval "$(ccloud completion bash)"
_ccloud() {
  local IFS=$'\n'
  COMPREPLY=($(ccloud __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _ccloud ccloud
)SCRIPT";
  }
  if (shell == "zsh") {
    return R"SCRIPT(#compdef ccloud
# ccloud's completion for zsh: source <(ccloud completion zsh)
_ccloud() {
  local -a lines shown
  lines=("${(@f)$(ccloud __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "${lines[*]}" ]]; then
    _files
    return
  fi
  local line
  for line in $lines; do
    if [[ $line == *$'\t'* ]]; then
      shown+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    else
      shown+=("${line//:/\\:}")
    fi
  done
  _describe ccloud shown
}
compdef _ccloud ccloud
)SCRIPT";
  }
  if (shell == "fish") {
    return R"SCRIPT(# ccloud's completion for fish: ccloud completion fish | source
function __ccloud_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (ccloud __complete $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ccloud -f -a '(__ccloud_complete)'
)SCRIPT";
  }
  return {};
}

}  // namespace ccloud::cli
