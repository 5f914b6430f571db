// The agent's working day on the command line: today, call, mail, promises, plans, tasks, messages.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/desk.h"
#include "client/worklist.h"

namespace CLI {
class App;
}

namespace relance::client {

using Run = std::function<int(Desk&)>;
/// Adds a command below `parent` in the manner of all: help text, examples, what it does.
using AddCommand = std::function<CLI::App*(CLI::App& parent, const std::string& name, Text text,
                                           const std::vector<std::string>& examples, Run run)>;

void add_work_commands(CLI::App& app, Lang lang, const AddCommand& add);

/// What `cases` shows and how.
struct CasesOptions {
  CaseQuery query = {};
  std::size_t limit = 0;
  bool csv = false;
};
void add_case_filters(CLI::App& cases, Lang lang, CasesOptions& options);

}  // namespace relance::client
