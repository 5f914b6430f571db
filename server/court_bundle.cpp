// The numbered pieces of a case. See court_file.h.
#include <zip.h>

#include <algorithm>
#include <memory>

#include "host/csv.h"
#include "host/digest.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/local_day.h"
#include "host/unbooked_money.h"
#include "host/value_text.h"
#include "server/court_file.h"
#include "server/report_pdf.h"
#include "server/stored_files.h"

namespace relance::server {
namespace {

constexpr mode_t kPieceMode = 0600;

std::string file_name(std::size_t number, const std::string& title, std::string_view ending) {
  std::string out = (number < 10 ? "0" : "") + std::to_string(number) + "-";
  bool is_gap = false;
  for (const char c : folded(title)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_word && is_gap && out.back() != '-') out += '-';
    if (is_word) out += c;
    is_gap = !is_word;
    if (out.size() > 60) break;
  }
  return out + std::string(ending);
}

std::string_view ending_of(std::string_view media_type) {
  if (media_type == "application/pdf") return ".pdf";
  if (media_type == "image/png") return ".png";
  if (media_type == "image/jpeg") return ".jpg";
  if (media_type == "text/plain") return ".txt";
  if (media_type == "text/csv") return ".csv";
  if (media_type == "application/xml") return ".xml";
  return media_type == "message/rfc822" ? ".eml" : ".bin";
}

// ---- tables ------------------------------------------------------------------------------------------------------

// Entries, claims that no entry stands behind, and money that the ledger does not show, in the order of their days.
constexpr std::string_view kEntriesAndClaims =
    "SELECT coalesce(e.booked_on, '') AS day, e.kind, coalesce(e.piece_ref, '') AS piece,"
    " coalesce(e.label, '') AS label, coalesce(k.due_on, '') AS due, e.amount_cents AS cents, e.id AS id"
    " FROM entry e LEFT JOIN claim k ON k.entry_id = e.id WHERE e.case_id = ?1"
    " UNION ALL SELECT coalesce(issued_on, ''), kind, coalesce(piece_ref, ''), coalesce(label, ''),"
    " coalesce(due_on, ''), gross_cents, id FROM claim WHERE case_id = ?1 AND entry_id IS NULL AND state = "
    "'open'";

std::string ledger_query() {
  return std::string(kEntriesAndClaims) +
         " UNION ALL SELECT coalesce(u.paid_on, ''), u.state, coalesce(u.bank_ref, ''), '', '', 0 - u.cents, "
         "u.id FROM " +
         std::string(kUnbookedMoney) + " u WHERE u.case_id = ?1 AND u.cents <> 0 ORDER BY day, id";
}

std::string ledger_csv(sql::Connection& db, const Id& case_id) {
  CsvWriter csv(CsvStyle::french, true);
  for (const std::string_view title :
       {"date", "nature", "pièce", "libellé", "échéance", "débit", "crédit", "solde"})
    csv.text(title);
  csv.end_row();
  std::int64_t balance = 0;
  sql::Query q(db, ledger_query(), case_id);
  while (q.next()) {
    const std::int64_t cents = q.integer(5);
    balance += cents;
    for (int c = 0; c < 5; ++c) csv.text(q.view(c));
    (cents >= 0 ? csv.cents(cents) : csv.empty());
    (cents < 0 ? csv.cents(-cents) : csv.empty());
    csv.cents(balance).end_row();
  }
  return csv.content();
}

struct Part {
  std::int64_t asked = 0, paid = 0;
};

// What is owed as principal, interest and charges, and what was paid of each.
std::string statement_csv(sql::Connection& db, const Id& case_id) {
  Part principal, interest, charges;
  std::int64_t received = 0;
  sql::Query q(db, ledger_query(), case_id);
  while (q.next()) {
    const std::string_view kind = q.view(1);
    if (kind == "payment" || kind == "received" || kind == "bounced")
      received -= q.integer(5);
    else
      (kind == "interest" ? interest : kind == "charge" ? charges : principal).asked += q.integer(5);
  }
  sql::Query paid(
      db,
      "SELECT part, CAST(sum(amount_cents) AS BIGINT) FROM allocation WHERE case_id = ?1 AND undone = 0"
      " AND part <> 'principal' AND (payment_id IS NULL OR entry_id IS NULL) GROUP BY part",
      case_id);
  while (paid.next()) (paid.view(0) == "interest" ? interest : charges).paid = paid.integer(1);
  principal.paid = received - interest.paid - charges.paid;
  CsvWriter csv(CsvStyle::french, true);
  csv.text("poste").text("demandé").text("réglé").text("reste dû").end_row();
  const auto row = [&](std::string_view name, const Part& part) {
    csv.text(name).cents(part.asked).cents(part.paid).cents(part.asked - part.paid).end_row();
  };
  row("principal", principal);
  row("intérêts", interest);
  row("frais", charges);
  row("total",
      {principal.asked + interest.asked + charges.asked, principal.paid + interest.paid + charges.paid});
  return csv.content();
}

struct Event {
  std::string on, what, detail, proof, words;
};

std::vector<Event> history_of(sql::Connection& db, const Id& case_id) {
  std::vector<Event> out;
  sql::Query contacts(
      db,
      "SELECT coalesce(happened_at, created_at), channel, direction, outcome,"
      " coalesce(letter_recalled, ''), coalesce(note, '') FROM contact_event c WHERE case_id = ?1"
      " AND NOT EXISTS (SELECT 1 FROM contact_event n WHERE n.amends_id = c.id) ORDER BY id",
      case_id);
  while (contacts.next())
    out.push_back({local_day(contacts.integer(0)), contacts.text(1) + " " + contacts.text(2),
                   contacts.text(3), contacts.text(4), contacts.text(5)});
  sql::Query letters(
      db,
      "SELECT coalesce(sent_on, issued_on, ''), kind, coalesce(number, ''), coalesce(registered_no, ''),"
      " tracking, coalesce(tracked_on, '') FROM letter WHERE case_id = ?1"
      " AND state IN ('issued', 'sent', 'delivered', 'returned') ORDER BY id",
      case_id);
  while (letters.next())
    out.push_back(
        {letters.text(0), "letter " + letters.text(1), letters.text(2),
         letters.text(3) + (letters.view(4) == "none" ? "" : " " + letters.text(4) + " " + letters.text(5)),
         ""});
  sql::Query promises(
      db, "SELECT created_at, due_on, amount_cents, state FROM promise WHERE case_id = ?1 ORDER BY id",
      case_id);
  while (promises.next())
    out.push_back({local_day(promises.integer(0)), "promise",
                   cents_text(promises.integer(2)) + " " + promises.text(1), "", ""});
  sql::Query steps(db,
                   "SELECT coalesce(done_on, planned_on, ''), kind, coalesce(court, ''), coalesce(result, '')"
                   " FROM legal_step WHERE case_id = ?1 ORDER BY id",
                   case_id);
  while (steps.next())
    out.push_back({steps.text(0), "court " + steps.text(1), steps.text(2), steps.text(3), ""});
  std::stable_sort(out.begin(), out.end(), [](const Event& a, const Event& b) { return a.on < b.on; });
  return out;
}

std::string history_csv(sql::Connection& db, const Id& case_id, bool with_notes) {
  CsvWriter csv(CsvStyle::french, true);
  csv.text("date").text("acte").text("suite").text("preuve");
  if (with_notes) csv.text("note");
  csv.end_row();
  for (const Event& one : history_of(db, case_id)) {
    csv.text(one.on).text(one.what).text(one.detail).text(one.proof);
    if (with_notes) csv.text(one.words);
    csv.end_row();
  }
  return csv.content();
}

// ---- files -------------------------------------------------------------------------------------------------------

constexpr std::string_view kLetters =
    "SELECT kind, coalesce(issued_on, ''), file_hash, 'application/pdf', coalesce(number, '') FROM letter"
    " WHERE case_id = ?1 AND file_hash IS NOT NULL ORDER BY issued_on, number, id";
constexpr std::string_view kDocuments =
    "SELECT name, coalesce(received_on, ''), file_hash, coalesce(media_type, ''), '' FROM document"
    " WHERE case_id = ?1 AND file_hash IS NOT NULL ORDER BY kind, received_on, name, id";

class Maker {
 public:
  Maker(sql::Connection& db, const Id& case_id) : db_(db), case_id_(case_id) {}

  Bundle make(bool with_notes) {
    add("Grand livre du compte", "", ledger_csv(db_, case_id_), ".csv");
    add("Décompte principal intérêts frais", "", statement_csv(db_, case_id_), ".csv");
    add("Historique des relances", "", history_csv(db_, case_id_, with_notes), ".csv");
    add_files(kDocuments);
    add_files(kLetters);
    add_index();
    return std::move(out_);
  }

 private:
  void add(const std::string& title, const std::string& on, std::string content, std::string_view ending) {
    const std::size_t number = out_.pieces.size() + 1;
    out_.pieces.push_back({file_name(number, title, ending), title, on, std::move(content)});
  }

  void add_files(std::string_view query) {
    sql::Query q(db_, query, case_id_);
    while (q.next()) {
      auto bytes = stored_file(db_, case_id_, q.view(2));
      const std::string title = q.text(0) + (q.view(4).empty() ? "" : " " + q.text(4));
      if (!bytes) {
        out_.missing.push_back(title);
        continue;
      }
      const std::string type = q.view(3).empty() ? std::string(media_type_of("", *bytes)) : q.text(3);
      add(title, q.text(1), std::move(*bytes), ending_of(type));
    }
  }

  void add_index() {
    std::string text = "BORDEREAU DES PIÈCES\r\n\r\n";
    sql::Query q(db_,
                 "SELECT c.number, k.name, coalesce(k.siren, ''), coalesce(d.legal_name, d.trade_name, ''),"
                 " coalesce(d.siren, '') FROM case_file c JOIN creditor k ON k.id = c.creditor_id"
                 " JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1",
                 case_id_);
    if (q.next()) {
      out_.case_number = q.text(0);
      text += "Dossier    " + q.text(0) + "\r\nCréancier  " + q.text(1) + with_siren(q.text(2)) +
              "\r\nDébiteur   " + q.text(3) + with_siren(q.text(4)) + "\r\n";
    }
    sql::Query parties(
        db_, "SELECT role, name FROM party_role WHERE case_id = ?1 AND valid_to IS NULL ORDER BY role, name",
        case_id_);
    while (parties.next()) text += "Tiers      " + parties.text(1) + " (" + parties.text(0) + ")\r\n";
    text += "\r\n";
    for (std::size_t i = 0; i < out_.pieces.size(); ++i) {
      const BundlePiece& piece = out_.pieces[i];
      text += std::to_string(i + 1) + ". " + piece.title + (piece.on.empty() ? "" : ", " + piece.on) +
              "\r\n   " + piece.name + "\r\n   SHA-256 " + hex(bytes_of(sha256(piece.content))) + "\r\n";
    }
    for (const std::string& title : out_.missing) text += "-. " + title + ": fichier absent du dossier\r\n";
    BundlePiece page{"00-bordereau.pdf", "Bordereau", "", index_page()};
    out_.pieces.insert(out_.pieces.begin(),
                       {{"00-bordereau.txt", "Bordereau", "", std::move(text)}, std::move(page)});
  }

  // Dated by the newest piece, not by the day on which it is made: the same pieces give the same page.
  [[nodiscard]] std::string index_page() const {
    PdfTable page{.title = "Bordereau des pièces, dossier " + out_.case_number,
                  .columns = {{.title = "N°", .align = PdfTable::Column::Align::right, .share = 1},
                              {.title = "Pièce", .share = 8},
                              {.title = "Date", .share = 3},
                              {.title = "Fichier", .share = 8}}};
    std::string newest;
    for (std::size_t i = 0; i < out_.pieces.size(); ++i) {
      newest = std::max(newest, out_.pieces[i].on);
      page.rows.push_back(
          {.cells = {std::to_string(i + 1), out_.pieces[i].title, out_.pieces[i].on, out_.pieces[i].name}});
    }
    for (const std::string& title : out_.missing)
      page.notes.push_back(title + " : fichier absent du dossier");
    return table_pdf(page, parse_civil_date(newest).value_or(CivilDate{2000, 1, 1}));
  }

  static std::string with_siren(const std::string& siren) {
    return siren.empty() ? std::string() : " (SIREN " + siren + ")";
  }

  sql::Connection& db_;
  const Id& case_id_;
  Bundle out_;
};

// ---- the archive -------------------------------------------------------------------------------------------------

[[noreturn]] void zip_failed() {
  throw Failure(Code::internal, "The archive could not be made: too little memory, or a defect of libzip.");
}

// One day for every piece (1 January 1980, where the format's calendar begins): dates would change the bytes.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = 33;
constexpr zip_uint32_t kUnixFile = 0100600U << 16U;

struct SourceFree {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Source = std::unique_ptr<zip_source_t, SourceFree>;

void add_piece(zip_t* archive, const BundlePiece& piece) {
  zip_source_t* content = zip_source_buffer(archive, piece.content.data(), piece.content.size(), 0);
  if (content == nullptr) zip_failed();
  const zip_int64_t added = zip_file_add(archive, piece.name.c_str(), content, ZIP_FL_ENC_UTF_8);
  if (added < 0) {
    zip_source_free(content);
    zip_failed();
  }
  const auto index = static_cast<zip_uint64_t>(added);
  if (zip_file_set_dostime(archive, index, kDosTime, kDosDate, 0) != 0 ||
      zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, 6) != 0 ||
      zip_file_set_external_attributes(archive, index, 0, ZIP_OPSYS_UNIX, kUnixFile) != 0)
    zip_failed();
}

std::string content_of(zip_source_t* source) {
  zip_stat_t facts;
  zip_stat_init(&facts);
  if (zip_source_stat(source, &facts) != 0 || zip_source_open(source) != 0) zip_failed();
  std::string out(facts.size, '\0');
  const zip_int64_t read = zip_source_read(source, out.data(), out.size());
  zip_source_close(source);
  if (read < 0 || static_cast<std::size_t>(read) != out.size()) zip_failed();
  return out;
}

}  // namespace

Bundle court_bundle(sql::Connection& db, const Id& case_id, bool with_notes) {
  return Maker(db, case_id).make(with_notes);
}

std::string bundle_zip(const Bundle& bundle) {
  zip_error_t error;
  zip_error_init(&error);
  Source target(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!target) zip_failed();
  zip_t* archive = zip_open_from_source(target.get(), ZIP_TRUNCATE, &error);
  if (archive == nullptr) zip_failed();
  zip_source_keep(target.get());  // closing the archive lets go of it once
  try {
    for (const BundlePiece& piece : bundle.pieces) add_piece(archive, piece);
  } catch (...) {
    zip_discard(archive);
    throw;
  }
  if (zip_close(archive) != 0) {
    zip_discard(archive);
    zip_failed();
  }
  return content_of(target.get());
}

void write_bundle(const Bundle& bundle, const std::filesystem::path& out) {
  if (out.extension() == ".zip") return write_file_durably(out, bundle_zip(bundle), kPieceMode);
  if (std::filesystem::exists(out) && !std::filesystem::is_empty(out))
    throw Failure(Code::exists, "The folder " + out.string() + " is there and not empty; name another one.");
  make_private_directory(out);
  for (const BundlePiece& piece : bundle.pieces)
    write_file_durably(out / piece.name, piece.content, kPieceMode);
}

}  // namespace relance::server
