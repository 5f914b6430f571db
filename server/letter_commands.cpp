#include "server/letter_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/case_query.h"
#include "host/csv.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/local_day.h"
#include "host/value_text.h"
#include "server/letter_pdf.h"
#include "server/letters.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr mode_t kPrivate = 0600;  // letters hold what only the office and the debtor may read

CivilDate today_of(const CommandContext& context) {
  return *parse_civil_date(local_day(context.clock.now()));
}

CivilDate named_day(const CommandContext& context, const std::string& typed) {
  if (typed.empty()) return today_of(context);
  const auto day = parse_civil_date(typed);
  if (!day) throw Failure(Code::usage, "A day is given as 2026-11-21.");
  if (*day > today_of(context))
    throw Failure(Code::usage, iso_text(*day) + " is still to come: enter it once it has happened.");
  return *day;
}

LetterKind named_kind(const std::string& word) {
  if (const auto kind = parse_letter_kind(word)) return *kind;
  throw Failure(Code::usage,
                "There is no letter of that kind; there are pre_due, reminder_1, reminder_2, reminder_3, "
                "agency_notice, "
                "formal_notice, plan_agreement, receipt, refusal, creditor_notice, answer, other.");
}

std::optional<Id> named_id(const std::string& typed) {
  if (typed.empty()) return std::nullopt;
  if (const auto id = Id::parse(typed)) return id;
  throw Failure(Code::usage, "An id is given as its 36 characters.");
}

struct OrderOptions {
  std::string case_number, kind, passage, payment, plan;

  void add_to(CLI::App& command) {
    command.add_option("case", case_number, "Its number, or its id")->required();
    command.add_option("kind", kind, "reminder_1, agency_notice, formal_notice, receipt ...")->required();
    command.add_option("--passage", passage, "Own words, in the place that the template leaves for them");
    command.add_option("--payment", payment, "The payment's id, of a receipt or a notice to the creditor");
    command.add_option("--plan", plan, "The plan's id, of an agreement (else the approved one)");
  }
  [[nodiscard]] LetterOrder order(sql::Connection& db) const {
    const auto case_id = find_case(db, case_number);
    if (!case_id)
      throw Failure(Code::not_found, "There is no case of that number; `relance-server cases` lists them.");
    const auto subject = named_id(payment.empty() ? plan : payment);
    return {.case_id = *case_id, .kind = named_kind(kind), .subject_id = subject, .passage = passage};
  }
};

int tell_obstacles(const CommandContext& context, const std::vector<LetterObstacle>& obstacles) {
  std::string sentence, names;
  for (const LetterObstacle& one : obstacles) {
    sentence += (sentence.empty() ? "" : " ") + one.sentence;
    for (const std::string& detail : one.details) names += (names.empty() ? "" : ", ") + detail;
  }
  ErrorReport report("relance-server");
  report.use_json(context.json);
  ErrorReport::Details details;
  if (!names.empty()) details.emplace_back("names", names);
  return report.tell(obstacles.front().code, sentence, 3, details);
}

json::array obstacles_json(const std::vector<LetterObstacle>& obstacles) {
  json::array out;
  for (const LetterObstacle& one : obstacles) {
    json::array names;
    for (const std::string& detail : one.details) names.emplace_back(detail);
    out.push_back(json::object{{"code", one.code}, {"message", one.sentence}, {"names", std::move(names)}});
  }
  return out;
}

void save(const std::string& path, std::string_view content) { write_file_durably(path, content, kPrivate); }

// ---- preview -------------------------------------------------------------------------------------------------------

void preview(CommandContext& context, const OrderOptions& options, const std::string& out) {
  sql::Connection& db = context.reading();
  const sql::Transaction snapshot(db, sql::Access::read);
  const LetterOrder order = options.order(db);
  const PreparedLetter made = prepare_letter(db, order, today_of(context));
  if (!out.empty()) save(out, letter_pdf(made.facts, made.text));
  context.note_read("letter", order.case_id);
  if (context.json) {
    print_json(json::object{{"kind", name_of(made.facts.kind)},
                            {"subject", made.text.subject},
                            {"asked_cents", made.text.asked_cents},
                            {"principal_cents", made.facts.principal_cents},
                            {"interest_cents", made.facts.interest_cents},
                            {"charges_cents", made.facts.charges_cents},
                            {"disputed_cents", made.facts.disputed_cents},
                            {"text", made.text.plain()},
                            {"obstacles", obstacles_json(made.obstacles)}});
  } else {
    print(made.text.plain());
    for (const LetterObstacle& one : made.obstacles) say("Not to be issued: " + one.sentence);
    for (const std::string& warning : made.warnings) say(warning);
  }
}

void add_preview(CLI::App& letter, CommandContext& context) {
  auto* command =
      letter.add_subcommand("preview", "The letter as it would be issued today; nothing is stored");
  auto options = std::make_shared<OrderOptions>();
  auto out = std::make_shared<std::string>();
  options->add_to(*command);
  command->add_option("--out", *out, "Write it as a PDF, too");
  command->footer("Example:\n  relance-server letter preview D-000017 reminder_2 --out projet.pdf");
  command->callback([&context, options, out] { preview(context, *options, *out); });
}

// ---- issue ---------------------------------------------------------------------------------------------------------

struct IssueOptions {
  OrderOptions order;
  std::string as, registered, draft;
};

void issue(CommandContext& context, const IssueOptions& options) {
  const Author author = context.author(options.as);
  const LetterOrder order = options.order.order(context.reading());
  IssuedLetter letter;
  context.commit([&](Ledger& ledger) {
    letter =
        issue_letter(ledger, author, order, today_of(context), named_id(options.draft), options.registered);
  });
  if (!letter.obstacles.empty()) {
    context.exit_code = tell_obstacles(context, letter.obstacles);
    return;
  }
  for (const std::string& warning : letter.warnings) say(warning);
  if (!letter.superseded.empty())
    say(std::to_string(letter.superseded.size()) + " other drafts were superseded.");
  if (context.json)
    print_json(json::object{{"id", letter.id.text()},
                            {"number", letter.number},
                            {"file_hash", letter.file_hash},
                            {"asked_cents", letter.asked_cents}});
  else
    print(letter.number + "\n");
}

void add_issue(CLI::App& letter, CommandContext& context) {
  auto* command = letter.add_subcommand("issue", "Number it and freeze its bytes; prints the number");
  auto options = std::make_shared<IssueOptions>();
  options->order.add_to(*command);
  command->add_option("--as", options->as, "In whose name (role clerk or office)")->required();
  command->add_option("--registered", options->registered, "Number of the registered letter");
  command->add_option("--draft", options->draft, "Issue this draft, by its id");
  command->footer(
      "A letter that lacks a mention of law, or that something stops, is refused (exit code 3) and the "
      "reason named.\n"
      "Examples:\n  relance-server letter issue D-000017 agency_notice --as claire\n"
      "  relance-server letter issue D-000017 formal_notice --as claire --registered 1A00000000000\n"
      "  relance-server letter issue D-000017 receipt --payment 0190…  --as claire");
  command->callback([&context, options] { issue(context, *options); });
}

// ---- one letter ----------------------------------------------------------------------------------------------------

constexpr std::string_view kLetters =
    "SELECT l.id, coalesce(l.number, ''), l.kind, l.state, c.number, k.name, coalesce(d.legal_name, "
    "d.trade_name, ''),"
    " coalesce(l.issued_on, ''), coalesce(l.sent_on, ''), l.tracking, coalesce(l.tracked_on, ''),"
    " coalesce(l.registered_no, ''), coalesce(l.asked_cents, 0), coalesce(l.file_hash, '')"
    " FROM letter l JOIN case_file c ON c.id = l.case_id JOIN creditor k ON k.id = c.creditor_id"
    " JOIN debtor d ON d.id = c.debtor_id";

struct LetterLine {
  std::string id, number, kind, state, case_number, creditor, debtor, issued_on, sent_on, tracking,
      tracked_on, registered_no;
  std::int64_t asked_cents = 0;
  std::string file_hash;
};

LetterLine line_of(const sql::Query& q) {
  return {q.id(0).text(), q.text(1), q.text(2), q.text(3),  q.text(4),  q.text(5),     q.text(6),
          q.text(7),      q.text(8), q.text(9), q.text(10), q.text(11), q.integer(12), q.text(13)};
}

json::object line_json(const LetterLine& l) {
  return {{"id", l.id},
          {"number", l.number},
          {"kind", l.kind},
          {"state", l.state},
          {"case", l.case_number},
          {"creditor", l.creditor},
          {"debtor", l.debtor},
          {"issued_on", l.issued_on},
          {"sent_on", l.sent_on},
          {"tracking", l.tracking},
          {"tracked_on", l.tracked_on},
          {"registered_no", l.registered_no},
          {"asked_cents", l.asked_cents},
          {"file_hash", l.file_hash}};
}

void show(CommandContext& context, const std::string& number) {
  sql::Connection& db = context.reading();
  sql::Query q(db, std::string(kLetters) + " WHERE l.id = ?1", find_letter(db, number));
  if (!q.next()) throw Failure(Code::not_found, "There is no letter of that number.");
  const LetterLine l = line_of(q);
  if (context.json) return print_json(line_json(l));
  std::string out = (l.number.empty() ? l.id : l.number) + "  " + l.kind + ", " + l.state + "\n";
  const auto row = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += std::string(name) + value + "\n";
  };
  row("Case        ", l.case_number + ", " + printable(l.debtor) + " to " + printable(l.creditor));
  row("Asked       ", cents_text(l.asked_cents));
  row("Issued      ", l.issued_on);
  row("Sent        ", l.sent_on);
  row("Registered  ", l.registered_no);
  if (l.tracking != "none")
    row("Post        ", l.tracking + (l.tracked_on.empty() ? "" : " on " + l.tracked_on));
  row("SHA-256     ", l.file_hash);
  print(out);
}

void add_one(CLI::App& letter, CommandContext& context) {
  auto number = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>();
  auto* shown = letter.add_subcommand("show", "What is known of one letter");
  shown->add_option("number", *number, "Its number, or its id")->required();
  shown->footer("Example:\n  relance-server letter show L-2026-000042");
  shown->callback([&context, number] { show(context, *number); });

  auto* file = letter.add_subcommand("file", "The PDF as it was issued, the same bytes for ever");
  file->add_option("number", *number, "Its number, or its id")->required();
  file->add_option("--out", *out, "Where to write it")->required();
  file->footer("Example:\n  relance-server letter file L-2026-000042 --out L-2026-000042.pdf");
  file->callback([&context, number, out] {
    sql::Connection& db = context.reading();
    const Id id = find_letter(db, *number);
    const std::string content = letter_file(db, id);
    save(*out, content);
    context.note_read("letter", sql::id(db, "SELECT case_id FROM letter WHERE id = ?1", id));
    if (context.json) print_json(json::object{{"file", *out}, {"size_bytes", content.size()}});
  });
}

// ---- what became of it ---------------------------------------------------------------------------------------------

struct NewsOptions {
  std::string number, tracking, on, as;
};

void add_news(CLI::App& letter, CommandContext& context) {
  auto options = std::make_shared<NewsOptions>();
  const auto common = [&](CLI::App& command) {
    command.add_option("number", options->number, "Its number, or its id")->required();
    command.add_option("--on", options->on, "The day (else today)");
    command.add_option("--as", options->as, "In whose name (role clerk or office)")->required();
  };
  auto* sent = letter.add_subcommand("sent", "It was posted: only now it counts as a step");
  common(*sent);
  sent->footer("Example:\n  relance-server letter sent L-2026-000042 --on 2026-11-21 --as claire");
  sent->callback([&context, options] {
    const Author author = context.author(options->as);
    const Id id = find_letter(context.reading(), options->number);
    context.commit([&](Ledger& l) { mark_sent(l, author, id, named_day(context, options->on)); });
    if (context.json) print_json(json::object{{"id", id.text()}, {"state", "sent"}});
  });
  auto* track = letter.add_subcommand("track", "What the post says of it");
  common(*track);
  track->add_option("tracking", options->tracking, "presented, received, unknown_there, refused or unclaimed")
      ->required()
      ->check(CLI::IsMember({"presented", "received", "unknown_there", "refused", "unclaimed"}));
  track->footer(
      "unknown_there (NPAI) opens a task: find the address.\nExample:\n  relance-server letter track "
      "L-2026-000042 "
      "unknown_there --on 2026-11-25 --as claire");
  track->callback([&context, options] {
    const Author author = context.author(options->as);
    const Id id = find_letter(context.reading(), options->number);
    context.commit(
        [&](Ledger& l) { track_letter(l, author, id, options->tracking, named_day(context, options->on)); });
    if (context.json) print_json(json::object{{"id", id.text()}, {"tracking", options->tracking}});
  });
}

// ---- lists ---------------------------------------------------------------------------------------------------------

void list(CommandContext& context, const std::string& case_number, bool csv) {
  sql::Connection& db = context.reading();
  std::optional<Id> only;
  if (!case_number.empty()) {
    only = find_case(db, case_number);
    if (!only) throw Failure(Code::not_found, "There is no case of that number.");
  }
  std::vector<LetterLine> lines;
  sql::Query q(db,
               std::string(kLetters) + " WHERE ?1 IS NULL OR l.case_id = ?1 ORDER BY l.created_at DESC, l.id",
               only);
  while (q.next()) lines.push_back(line_of(q));
  if (context.json) {
    json::array all;
    for (const LetterLine& line : lines) all.push_back(line_json(line));
    return print_json(json::object{{"letters", std::move(all)}});
  }
  if (csv) {
    CsvWriter out;
    for (const char* title : {"number", "kind", "state", "case", "creditor", "debtor", "issued_on", "sent_on",
                              "tracking", "tracked_on", "registered_no", "asked"})
      out.text(title);
    out.end_row();
    for (const LetterLine& l : lines) {
      for (const std::string* cell : {&l.number, &l.kind, &l.state, &l.case_number, &l.creditor, &l.debtor,
                                      &l.issued_on, &l.sent_on, &l.tracking, &l.tracked_on, &l.registered_no})
        out.text(*cell);
      out.cents(l.asked_cents).end_row();
    }
    return print(out.content());
  }
  if (lines.empty()) return print("There is no letter.\n");
  TextTable table({{"number"},
                   {"case"},
                   {"debtor", {}, 30},
                   {"kind"},
                   {"state"},
                   {"issued"},
                   {"sent"},
                   {"post"},
                   {"asked", TextTable::Align::right}});
  for (const LetterLine& l : lines)
    table.add({l.number.empty() ? "-" : l.number, l.case_number, l.debtor, l.kind, l.state, l.issued_on,
               l.sent_on, l.tracking == "none" ? "" : l.tracking, cents_text(l.asked_cents)});
  print(table.text());
}

void list_due(CommandContext& context, bool with_barred, bool csv) {
  sql::Connection& db = with_barred ? context.reading() : context.reading_for_work();
  const sql::Transaction snapshot(db, sql::Access::read);
  const auto due = letters_due(db, today_of(context), with_barred);
  if (context.json) {
    json::array all;
    for (const CaseDueLetter& one : due)
      all.push_back(json::object{{"case", one.case_number},
                                 {"creditor", one.creditor},
                                 {"debtor", one.debtor},
                                 {"kind", name_of(*one.due.kind)},
                                 {"bar", name_of(one.due.bar)},
                                 {"why_not", one.why_not}});
    return print_json(json::object{{"due", std::move(all)}});
  }
  if (csv) {
    CsvWriter out;
    out.text("case").text("creditor").text("debtor").text("kind").text("why_not").end_row();
    for (const CaseDueLetter& one : due)
      out.text(one.case_number)
          .text(one.creditor)
          .text(one.debtor)
          .text(name_of(*one.due.kind))
          .text(one.why_not)
          .end_row();
    return print(out.content());
  }
  if (due.empty()) return print("No letter is due.\n");
  TextTable table(
      {{"case"}, {"creditor", {}, 24}, {"debtor", {}, 30}, {"letter"}, {"what stands in its way", {}, 80}});
  for (const CaseDueLetter& one : due)
    table.add({one.case_number, one.creditor, one.debtor, std::string(name_of(*one.due.kind)), one.why_not});
  print(table.text());
}

void add_lists(CLI::App& app, CommandContext& context) {
  auto* letters = app.add_subcommand("letters", "Letters, newest first; those that are due");
  letters->require_subcommand(0, 1);
  struct Options {
    std::string case_number;
    bool csv = false, all = false;
  };
  auto options = std::make_shared<Options>();
  letters->add_option("--case", options->case_number, "Only this case's");
  letters->add_flag("--csv", options->csv, "As CSV");
  letters->footer("Examples:\n  relance-server letters --case D-000017\n  relance-server letters due --csv");
  auto* due = letters->add_subcommand("due", "Which letter is due in which case today");
  due->add_flag("--all", options->all, "Those too that something stops, with what it is");
  letters->callback([&context, options, due] {
    if (due->parsed())
      list_due(context, options->all, options->csv);
    else
      list(context, options->case_number, options->csv);
  });
}

}  // namespace

void add_letter_commands(CLI::App& app, CommandContext& context) {
  auto* letter = app.add_subcommand("letter", "Letters: preview, issue, show, file, sent, track");
  letter->require_subcommand(1);
  add_preview(*letter, context);
  add_issue(*letter, context);
  add_one(*letter, context);
  add_news(*letter, context);
  add_lists(app, context);
  add_template_commands(app, context);
}

}  // namespace relance::server
