#include "server/proposal_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "host/value_text.h"
#include "server/proposals.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::object entry_json(const ProposalEntry& entry) {
  const ProposalFacts& f = entry.facts;
  return {{"id", entry.id.text()},
          {"case", entry.number},
          {"debtor", entry.debtor},
          {"creditor", entry.creditor},
          {"kind", entry.kind},
          {"author", entry.author},
          {"amount_cents", f.amount_cents},
          {"months", f.months},
          {"until_on", entry.until_on.empty() ? json::value(nullptr) : json::value(entry.until_on)},
          {"grounds", entry.grounds},
          {"balance_then_cents",
           f.balance_then_cents ? json::value(*f.balance_then_cents) : json::value(nullptr)},
          {"balance_now_cents", f.balance_now_cents},
          {"within_authority", entry.is_within_authority},
          {"over_indebted", f.is_over_indebted},
          {"insolvent", f.is_insolvent},
          {"verdict", entry.verdict.empty() ? json::value(nullptr) : json::value(entry.verdict)}};
}

std::string entry_text(const ProposalEntry& entry) {
  const ProposalFacts& f = entry.facts;
  std::string out = printable(entry.id.text() + "  " + entry.kind + "  " + entry.number + "  " +
                              entry.debtor + " / " + entry.creditor) +
                    "\n  by " + printable(entry.author);
  if (f.amount_cents != 0) out += ", " + cents_text(f.amount_cents);
  if (f.months > 0) out += " over " + std::to_string(f.months) + (f.months == 1 ? " month" : " months");
  if (!entry.until_on.empty()) out += ", until " + entry.until_on;
  out += entry.is_within_authority ? " (within the author's authority)" : "";
  if (f.balance_then_cents && *f.balance_then_cents != f.balance_now_cents)
    out += "\n  The balance was " + cents_text(*f.balance_then_cents) +
           " when it was made; the balance is now " + cents_text(f.balance_now_cents) + ".";
  else
    out += "\n  Balance " + cents_text(f.balance_now_cents) + ", asked " + cents_text(f.asked_cents) + ".";
  if (f.is_over_indebted)
    out += "\n  The debtor's over-indebtedness file is admissible: no plan may be agreed (C. conso. L722-5).";
  if (f.is_insolvent) out += "\n  Insolvency proceedings are open: no plan may be agreed (C. com. L622-7).";
  if (!entry.grounds.empty()) out += "\n  " + printable(entry.grounds);
  if (!entry.verdict.empty()) out += "\n  " + entry.verdict;
  return out + "\n";
}

void list(CommandContext& context, bool all) {
  const auto entries = proposals(context.reading_for_work(), local_day(context.clock.now()), !all);
  if (context.json) {
    json::array out;
    for (const ProposalEntry& entry : entries) out.push_back(entry_json(entry));
    return print_json(json::object{{"proposals", std::move(out)}});
  }
  if (entries.empty()) return print("No proposal waits for a decision.\n");
  for (const ProposalEntry& entry : entries) print(entry_text(entry));
}

std::string sentence(DecisionFault fault, const ProposalEntry& entry) {
  switch (fault) {
    case DecisionFault::none: return {};
    case DecisionFault::decided_already:
      return "It has been decided already; a new proposal is a new decision.";
    case DecisionFault::own_proposal:
      return "Nobody decides his own proposal: another clerk has to look at it.";
    case DecisionFault::ticks_missing:
      return "An approval needs both ticks: --law (it stands in law) and --expediency (it is worth it).";
    case DecisionFault::comment_missing: return "A refusal says why: give --comment.";
    case DecisionFault::balance_moved:
      return "The balance is now " + cents_text(entry.facts.balance_now_cents) + "; it was " +
             cents_text(entry.facts.balance_then_cents.value_or(0)) +
             " when the proposal was made. Look again, and give --balance-cents " +
             std::to_string(entry.facts.balance_now_cents) + " if it still holds.";
    case DecisionFault::above_mandate:
      return "The discount is above what the creditor's mandate allows: with his consent give "
             "--creditor-consents.";
    case DecisionFault::over_indebtedness:
      return "The debtor's over-indebtedness file is admissible: earlier debts may not be paid (C. conso. "
             "L722-5), so no "
             "plan can be approved.";
    case DecisionFault::insolvency:
      return "Insolvency proceedings are open: prior debts may not be paid (C. com. L622-7), so no plan can "
             "be "
             "approved; declare the claim.";
  }
  return {};
}

struct DecideOptions {
  std::string proposal, verdict, comment, as;
  DecisionAsked asked;
  std::optional<std::int64_t> balance_seen;
};

void run_decide(CommandContext& context, DecideOptions& o) {
  if (o.verdict != "approve" && o.verdict != "refuse")
    throw Failure(Code::usage,
                  "The verdict is `approve` or `refuse`; `" + printable(o.verdict) + "` is neither.");
  const Author author = context.author(o.as);
  const std::string day = local_day(context.clock.now());
  o.asked.approves = o.verdict == "approve";
  o.asked.has_comment = !o.comment.empty();
  o.asked.balance_seen_cents = o.balance_seen;
  const auto id = Id::parse(o.proposal);
  std::optional<ProposalEntry> entry;
  DecisionFault fault = DecisionFault::none;
  context.commit([&](Ledger& ledger) {
    entry = id ? find_proposal(ledger.db(), *id, day) : std::nullopt;
    if (!entry)
      throw Failure(Code::not_found,
                    "There is no proposal of that id; `relance-server proposals` lists them.");
    entry->facts.is_by_decider = entry->author_id == author.staff_id;
    fault = fault_of(entry->facts, o.asked);
    if (fault == DecisionFault::none) decide(ledger, author, *entry, o.asked, o.comment, day);
  });
  if (fault != DecisionFault::none) {
    ErrorReport report("relance-server");
    report.use_json(context.json);
    context.exit_code = report.tell(name_of(fault), sentence(fault, *entry), 3);
    return;
  }
  if (context.json)
    return print_json(
        json::object{{"id", entry->id.text()}, {"verdict", o.asked.approves ? "approved" : "refused"}});
  print(o.asked.approves ? "Approved; its author hears of it at the next sync.\n"
                         : "Refused; its author reads why at the next sync.\n");
}

}  // namespace

void add_proposal_commands(CLI::App& app, CommandContext& context) {
  auto* inbox =
      app.add_subcommand("proposals", "What agents would like to agree, with what has changed since");
  auto all = std::make_shared<bool>(false);
  inbox->add_flag("--all", *all, "The decided ones too");
  inbox->footer("Examples:\n  relance-server proposals\n  relance-server proposals --all --json");
  inbox->callback([&context, all] { list(context, *all); });

  auto* command = app.add_subcommand("decide", "Approve or refuse a proposal; never one's own");
  auto o = std::make_shared<DecideOptions>();
  command->add_option("proposal", o->proposal, "Its id, as `proposals` shows it")->required();
  command->add_option("verdict", o->verdict, "approve or refuse")->required();
  command->add_flag("--law", o->asked.law_ok, "It stands in law");
  command->add_flag("--expediency", o->asked.expediency_ok, "It is worth it");
  command->add_option("--comment", o->comment, "Why; wanted for a refusal");
  command->add_option("--balance-cents", o->balance_seen,
                      "The balance that was looked at, where it has moved");
  command->add_flag("--creditor-consents", o->asked.creditor_consents,
                    "The creditor agrees to a discount above his mandate's limit");
  command->add_option("--as", o->as, "In whose name (role clerk or office)")->required();
  command->footer(
      "Examples:\n"
      "  relance-server decide 0190163d-8694-739b-aea5-966c26f8ad91 approve --law --expediency --as nadia\n"
      "  relance-server decide 0190163d-8694-739b-aea5-966c26f8ad91 refuse --comment 'Acompte trop faible' "
      "--as nadia");
  command->callback([&context, o] { run_decide(context, *o); });
}

}  // namespace relance::server
