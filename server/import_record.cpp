#include "server/import_record.h"

#include "host/failure.h"
#include "schema/lookup.h"

namespace relance::server {
namespace {

constexpr std::size_t kSentencesInFailure = 3;  // the report has the others

}  // namespace

void require_creditor_and_terms(const std::string& creditor, const std::optional<std::int64_t>& terms_days) {
  const schema::Table& t = schema::table("creditor");
  if (creditor.empty() || !schema::why_not(t.columns[schema::column(t, "name")], creditor).empty())
    throw Failure(Code::usage, "The creditor's name must be 1 to 200 bytes of text.");
  if (terms_days && (*terms_days < 0 || *terms_days > kTermsDaysMax))
    throw Failure(Code::usage, "The terms must be 0 to " + std::to_string(kTermsDaysMax) + " days.");
}

void write_import_record(sql::Connection& db, const ImportRecord& record) {
  sql::run(db,
           "INSERT INTO import_batch (id, creditor_id, format, file_hash, staff_id, happened_at, lines_read,"
           " lines_kept, entries_added) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
           record.id, record.creditor_id, record.format, Bytes{std::string(bytes_of(record.hash))},
           record.staff_id, record.happened_at, record.lines_read, record.lines_kept, record.entries_added);
}

std::string first_sentences(const std::vector<std::string>& sentences, std::uint64_t count) {
  std::string out;
  for (std::size_t i = 0; i < sentences.size() && i < kSentencesInFailure; ++i)
    out += (i == 0 ? "" : "; ") + sentences[i];
  return count > kSentencesInFailure ? out + " ..." : out;
}

}  // namespace relance::server
