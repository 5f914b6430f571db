#include "server/daily_command.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "server/audit_export.h"
#include "server/case_reads.h"
#include "server/daily.h"
#include "server/purge.h"
#include "server/rights_commands.h"

namespace relance::server {
namespace {

namespace json = boost::json;

void tell(const CommandContext& context, const DailyReport& r, std::int64_t outlived,
          const std::vector<RightsAlarm>& alarms) {
  if (context.json)
    return print_json(json::object{{"promises_kept", r.promises_kept},
                                   {"promises_partly", r.promises_partly},
                                   {"promises_broken", r.promises_broken},
                                   {"promises_superseded", r.promises_superseded},
                                   {"plans_kept", r.plans_kept},
                                   {"plans_broken", r.plans_broken},
                                   {"plans_reopened", r.plans_reopened},
                                   {"discounts_granted", r.discounts_granted},
                                   {"discounts_lapsed", r.discounts_lapsed},
                                   {"discounts_taken_back", r.discounts_taken_back},
                                   {"records_outlived", outlived},
                                   {"rights", alarms_json(alarms)}});
  const auto n = [](std::int64_t count) { return std::to_string(count); };
  print("Promises   " + n(r.promises_kept) + " kept, " + n(r.promises_partly) + " partly, " +
        n(r.promises_broken) + " broken, " + n(r.promises_superseded) + " superseded\n" + "Plans      " +
        n(r.plans_kept) + " kept, " + n(r.plans_broken) + " broken, " + n(r.plans_reopened) +
        " open again\n" + "Discounts  " + n(r.discounts_granted) + " granted, " + n(r.discounts_lapsed) +
        " lapsed, " + n(r.discounts_taken_back) + " taken back: the whole is owed again\n" +
        (outlived > 0 ? "Erased     " + n(outlived) + " vouchers and journal lines whose time was over\n"
                      : ""));
  for (const RightsAlarm& alarm : alarms) print(alarm.sentence + "\n");
}

}  // namespace

void add_daily_command(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "daily",
      "Judge promises, plans and discounts by the money that has come in; once a day, again changes nothing");
  command->footer("Example, in the office's crontab:\n  15 6 * * * relance-server --data /srv/relance daily");
  command->callback([&context] {
    const Author author = context.author("");
    const std::string today = local_day(context.clock.now());
    DailyReport report;
    std::int64_t outlived = 0;
    context.commit([&](Ledger& ledger) {
      report = run_daily(ledger, author, today);
      purge_reads(ledger, today);
      outlived = purge_records(ledger, today_of(context));
    });
    for (const std::string& wrong : sign_audit(context.office(), context.ledger()).wrong)
      say("Wrong: " + wrong + ".");
    tell(context, report, outlived, rights_alarms(context.reading(), today_of(context)));
  });
}

}  // namespace relance::server
