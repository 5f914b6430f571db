// conflicts and conflict resolve: the inbox of what met.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>

#include "server/case_commands.h"
#include "server/conflict_view.h"

namespace relance::server {
namespace {

namespace json = boost::json;

void list(CommandContext& context) {
  const std::vector<ConflictEntry> conflicts = open_conflicts(context.reading());
  if (context.json) {
    json::array all;
    for (const ConflictEntry& one : conflicts) all.push_back(conflict_json(one));
    return print_json(json::object{{"conflicts", std::move(all)}});
  }
  if (conflicts.empty()) return print("No conflict is open.\n");
  for (const ConflictEntry& one : conflicts) print(conflict_text(one));
}

void resolve(CommandContext& context, const std::string& id, const std::vector<std::string>& take,
             const std::string& as) {
  const std::vector<ConflictEntry> conflicts = open_conflicts(context.reading());
  const auto found = std::find_if(conflicts.begin(), conflicts.end(),
                                  [&](const ConflictEntry& one) { return one.id.text() == id; });
  if (found == conflicts.end())
    throw Failure(Code::not_found,
                  "There is no open conflict of that id; `relance-server conflicts` lists them.");
  const ConflictChoice choice = choose(*found, take);
  const Author author = context.author(as);
  sync::Outcome outcome;
  context.commit([&](Ledger& ledger) {
    outcome = ledger.apply_office(author, "conflict.resolve", resolution_ops(*found, choice));
  });
  if (context.told_refusal(outcome)) return;
  if (outcome.status == sync::Status::conflict) {
    // The row changed between looking and choosing: the choice has joined the conflict.
    ErrorReport report("relance-server");
    report.use_json(context.json);
    context.exit_code = report.tell("conflict",
                                    "The row has changed meanwhile: the conflict stays open, with this "
                                    "choice as one more side. Look again.",
                                    3);
    return;
  }
  if (context.json)
    return print_json(json::object{{"id", found->id.text()},
                                   {"resolution", choice.resolution},
                                   {"status", sync::name_of(outcome.status)}});
  print("The conflict is closed; the holders hear of it at their next sync.\n");
}

}  // namespace

void add_conflict_commands(CLI::App& app, CommandContext& context) {
  auto* conflicts = app.add_subcommand(
      "conflicts", "What a person has to choose: every value that met, with its author, oldest first");
  conflicts->footer("Example:\n  relance-server conflicts --json");
  conflicts->callback([&context] { list(context); });

  auto* conflict = app.add_subcommand("conflict", "Settle a conflict");
  conflict->require_subcommand(1);
  auto* command = conflict->add_subcommand("resolve", "Choose one of the values, or another one");
  struct Options {
    std::string id, as;
    std::vector<std::string> take;
  };
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "The conflict")->required();
  command
      ->add_option("--take", options->take,
                   "current, proposed, the id of a side, or column=value (may be repeated)")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--as", options->as, "In whose name")->required();
  command->footer(
      "Examples:\n"
      "  relance-server conflict resolve 0190163d-8694-739b-aea5-966c26f8ad91 --take proposed --as nadia\n"
      "  relance-server conflict resolve 0190163d-8694-739b-aea5-966c26f8ad91 --take legal_name='Lenoir "
      "SARL' --as nadia");
  command->callback([&context, options] { resolve(context, options->id, options->take, options->as); });
}

}  // namespace relance::server
