// hold: nothing of a case is erased while one stands.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "server/case_commands.h"
#include "server/legal_holds.h"
#include "server/rights_commands.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct Options {
  std::string number, id, reason, authority, from, review, as;
  bool all = false;
};

Id hold_typed(const std::string& text) {
  if (const auto id = Id::parse(text)) return *id;
  throw Failure(Code::usage, "A hold is named by its id, as `relance-server hold list` shows it.");
}

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string state_text(const HoldLine& one) {
  if (!one.lifted_on.empty()) return "lifted " + one.lifted_on;
  if (!one.lift_asked_on.empty()) return "lift asked by " + one.lift_asked_by + " " + one.lift_asked_on;
  return one.is_review_over ? "REVIEW OVERDUE" : "stands";
}

void list(CommandContext& context, bool all) {
  json::array out;
  TextTable table({{"id"},
                   {"case"},
                   {"from"},
                   {"review"},
                   {"authority"},
                   {"reason", TextTable::Align::left, 50},
                   {"state"}});
  for (const HoldLine& one : legal_holds(context.reading(), today_of(context), !all)) {
    out.push_back(json::object{{"id", one.id.text()},
                               {"case", one.number},
                               {"reason", one.reason},
                               {"authority", one.authority},
                               {"valid_from", one.valid_from},
                               {"review_on", one.review_on},
                               {"reviewed_on", or_null(one.reviewed_on)},
                               {"review_overdue", one.is_review_over},
                               {"lift_asked_by", or_null(one.lift_asked_by)},
                               {"lift_asked_on", or_null(one.lift_asked_on)},
                               {"lift_reason", or_null(one.lift_reason)},
                               {"lifted_on", or_null(one.lifted_on)}});
    table.add({one.id.text(), one.number, one.valid_from, one.review_on, one.authority, one.reason,
               state_text(one)});
  }
  if (context.json) return print_json(json::object{{"holds", std::move(out)}});
  print(table.empty() ? "No legal hold stands.\n" : table.text());
}

void add_making(CLI::App& hold, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* command =
      hold.add_subcommand("add", "Nothing of the case is erased from now on; prints the hold's id");
  command->add_option("case", options->number, "Its number")->required();
  command->add_option("--reason", options->reason, "Why: a lawsuit, a complaint, an audit ...")->required();
  command->add_option("--authority", options->authority, "Who asks for it")->required();
  command->add_option("--review", options->review, "By when somebody asks whether it is still needed")
      ->required();
  command->add_option("--from", options->from, "First day (else today)");
  command->add_option("--as", options->as, "In whose name (office or dpo)")->required();
  command->footer(
      "Example:\n  relance-server hold add D-000017 --reason 'Assignation du 3 novembre' --authority 'TJ "
      "Lyon' --review "
      "2027-05-01 --as olga");
  command->callback([&context, options] {
    const Author author = context.author(options->as);
    const Id case_id = row_named(context.reading(), schema::table("case_file"), options->number);
    Id id;
    context.commit([&](Ledger& ledger) {
      id = add_hold(ledger, author,
                    {.case_id = case_id,
                     .reason = options->reason,
                     .authority = options->authority,
                     .valid_from = day_or_today(context, options->from),
                     .review_on = day_or_today(context, options->review)});
    });
    if (context.json) return print_json(json::object{{"id", id.text()}});
    print(id.text() + "\n");
  });
}

void add_ending(CLI::App& hold, CommandContext& context) {
  auto reviewed = std::make_shared<Options>();
  auto* command = hold.add_subcommand("review", "It was looked at and stands on");
  command->add_option("id", reviewed->id, "The hold")->required();
  command->add_option("--next", reviewed->review, "By when it is looked at again")->required();
  command->add_option("--as", reviewed->as, "In whose name (office or dpo)")->required();
  command->callback([&context, reviewed] {
    const Author author = context.author(reviewed->as);
    const Id id = hold_typed(reviewed->id);
    context.commit([&](Ledger& ledger) {
      review_hold(ledger, author, id, today_of(context), day_or_today(context, reviewed->review));
    });
    if (context.json) return print_json(json::object{{"id", id.text()}, {"review_on", reviewed->review}});
    print("It stands on, until it is looked at again on " + reviewed->review + ".\n");
  });

  auto lifted = std::make_shared<Options>();
  command = hold.add_subcommand("lift", "One person asks, another lifts it");
  command->add_option("id", lifted->id, "The hold")->required();
  command->add_option("--reason", lifted->reason, "Why; who asks has to say it");
  command->add_option("--as", lifted->as, "In whose name (office or dpo)")->required();
  command->footer(
      "Examples:\n  relance-server hold lift ID --reason 'Désistement' --as olga\n  relance-server hold lift "
      "ID --as omar");
  command->callback([&context, lifted] {
    const Author author = context.author(lifted->as);
    const Id id = hold_typed(lifted->id);
    Lifting what = Lifting::asked;
    context.commit(
        [&](Ledger& ledger) { what = lift_hold(ledger, author, id, lifted->reason, today_of(context)); });
    if (context.json)
      return print_json(
          json::object{{"id", id.text()}, {"state", what == Lifting::asked ? "lift_asked" : "lifted"}});
    print(what == Lifting::asked
              ? "Noted: another person of the office, or the data protection officer, lifts it with the "
                "same command.\n"
              : "Lifted.\n");
  });
}

}  // namespace

void add_hold_commands(CLI::App& app, CommandContext& context) {
  auto* hold = app.add_subcommand("hold", "Legal holds: nothing of these cases is erased");
  hold->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* listed = hold->add_subcommand("list", "Those that stand, by their review");
  listed->add_flag("--all", options->all, "The lifted ones too");
  listed->callback([&context, options] { list(context, options->all); });
  add_making(*hold, context);
  add_ending(*hold, context);
}

}  // namespace relance::server
