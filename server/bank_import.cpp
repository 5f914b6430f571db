#include "server/bank_import.h"

#include <optional>

#include "host/failure.h"
#include "host/files.h"
#include "server/edit_batch.h"
#include "server/erased_ids.h"
#include "server/import_record.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

constexpr std::string_view kEuro = "EUR";

void require_good(const BankFile& file) {
  if (file.problem_count == 0) return;
  throw Failure(Code::bad_file,
                "The bank's file cannot be taken in: " + first_problems(file.problems, file.problem_count) +
                    ". Ask the bank for it anew. Nothing was stored.");
}

/// Whose account: the creditor named; the office's only one; nobody's, where there are several.
std::optional<Id> account_owner(sql::Connection& db, const std::string& name) {
  if (!name.empty()) {
    const auto id = sql::id(db, "SELECT id FROM creditor WHERE name = ?1", name);
    if (!id)
      throw Failure(Code::not_found,
                    "There is no creditor of that name; names are given as they are written.");
    return id;
  }
  if (sql::number(db, "SELECT count(*) FROM creditor").value_or(0) != 1) return std::nullopt;
  return sql::id(db, "SELECT id FROM creditor");
}

class Import {
 public:
  /// `ledger` null: a dry run.
  Import(sql::Connection& db, Ledger* ledger, const BankSource& source, const BankImportOptions& options)
      : db_(db),
        ledger_(ledger),
        source_(source),
        options_(options),
        owner_(account_owner(db, options.creditor)),
        erased_(db) {}

  BankImportReport run() {
    const BankFile& file = source_.file;
    report_ = {.format = file.format,
               .statements = file.statements,
               .lines_read = static_cast<std::int64_t>(file.lines.size()),
               .lines_pending = static_cast<std::int64_t>(file.pending),
               .first_on = file.first_on,
               .last_on = file.last_on,
               .notices = file.notices,
               .dry_run = ledger_ == nullptr};
    std::vector<const BankLine*> fresh;
    for (const BankLine& line : file.lines)
      if (is_kept(line) && is_new(line)) fresh.push_back(&line);
    if (ledger_ != nullptr && !fresh.empty()) write(fresh);
    return std::move(report_);
  }

 private:
  bool is_kept(const BankLine& line) {
    const bool is_ours = line.amount_cents > 0 || !line.return_code.empty() || options_.with_debits;
    const bool is_kept = is_ours && line.amount_cents != 0;
    ++(is_kept ? report_.lines_kept : report_.lines_other);
    return is_kept;
  }

  bool is_new(const BankLine& line) {
    // The movement of somebody who was erased here is not taken for a new one: it would bring his name back.
    if (erased_.knows_reference("bank_line.reference", line.reference)) {
      ++report_.lines_erased;
      return false;
    }
    const bool is_known =
        sql::id(db_, "SELECT id FROM bank_line WHERE reference = ?1", line.reference).has_value();
    ++(is_known ? report_.lines_known : report_.lines_new);
    if (!is_known && line.currency == kEuro)
      (line.amount_cents > 0 ? report_.received_cents : report_.returned_cents) += line.amount_cents;
    return !is_known;
  }

  void write(const std::vector<const BankLine*>& fresh) {
    RowIds ids(ledger_->random(), ledger_->now());
    const std::optional<Id> batch = owner_ ? std::optional(write_batch(ids.next(), *owner_)) : std::nullopt;
    EditBatch edits(*ledger_, options_.author, "import.bank");
    for (const BankLine* line : fresh) {
      OpDraft draft(sync::OpKind::insert, "bank_line", ids.next());
      draft.set("account", line->account)
          .set("reference", line->reference)
          .set("booked_on", line->booked_on)
          .set("value_on", line->value_on)
          .set("amount_cents", line->amount_cents)
          .set("currency", line->currency)
          .set("label", line->label)
          .set("payer", line->payer)
          .set("return_code", line->return_code);
      if (batch) draft.set("batch_id", *batch);
      edits.add(draft.take());
    }
    edits.flush();
  }

  // An account of several creditors has no batch: the row names one whose it is.
  Id write_batch(const Id& id, const Id& creditor) {
    write_import_record(db_, {.id = id,
                              .creditor_id = creditor,
                              .staff_id = options_.author.staff_id,
                              .format = std::string(name_of(source_.file.format)),
                              .hash = source_.hash,
                              .happened_at = ledger_->now(),
                              .lines_read = report_.lines_read,
                              .lines_kept = report_.lines_kept,
                              .entries_added = report_.lines_new});
    return id;
  }

  sql::Connection& db_;
  Ledger* ledger_;
  const BankSource& source_;
  const BankImportOptions& options_;
  std::optional<Id> owner_;
  ErasedIds erased_;
  BankImportReport report_;
};

}  // namespace

BankSource read_bank_source(const std::filesystem::path& path) {
  std::error_code no_kind;
  if (std::filesystem::is_directory(path, no_kind))
    throw Failure(Code::bad_file, path.string() + " is a directory; name the bank's file itself.");
  const std::string bytes = read_file(path, kBankFileBytesMax);
  return {.file = read_bank_file(bytes), .hash = sha256(bytes)};
}

BankImportReport import_bank(Committer& committer, const BankSource& source,
                             const BankImportOptions& options) {
  require_good(source.file);
  BankImportReport report;
  committer.commit([&](Ledger& ledger) { report = Import(ledger.db(), &ledger, source, options).run(); });
  return report;
}

BankImportReport preview_bank(sql::Connection& db, const BankSource& source,
                              const BankImportOptions& options) {
  require_good(source.file);
  const sql::Transaction snapshot(db, sql::Access::read);
  return Import(db, nullptr, source, options).run();
}

}  // namespace relance::server
