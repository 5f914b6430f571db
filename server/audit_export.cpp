#include "server/audit_export.h"

#include "host/failure.h"
#include "sync/json.h"

namespace relance::server {
namespace {

constexpr std::size_t kHeadBytesMax = 4096;
constexpr mode_t kHeadMode = 0644;
constexpr std::string_view kHeadFile = "audit.head";

void add_text(std::string& out, const char* name, std::string_view text) {
  out += name;
  sync::append_json(out, text);
}

void add_number(std::string& out, const char* name, std::int64_t n) {
  out += name;
  sync::append_json(out, n);
}

std::string bytes_member(const boost::json::object& from, std::string_view name) {
  return unhex(sync::text_member(from, name).value_or("")).value_or("");
}

void put_outside(const Office& office, const sync::AuditHead& head) {
  write_file_durably(office.file(kHeadFile), head_json(head) + "\n", kHeadMode);
}

std::string entry_json(const sql::Query& q) {
  std::string out;
  add_number(out, "{\"seq\":", q.integer(0));
  add_number(out, ",\"at\":", q.integer(1));
  add_text(out, ",\"staff\":", q.id(2).text());
  add_text(out, ",\"device\":", q.id(3).text());
  add_text(out, ",\"action\":", q.view(4));
  add_text(out, ",\"object\":", hex(q.view(5)));
  add_text(out, ",\"hash\":", hex(q.view(6)));
  return out + "}\n";
}

std::vector<std::string> examine(sql::Connection& db, const AuditSigner& signer,
                                 const std::optional<sync::AuditHead>& outside) {
  std::vector<std::string> wrong;
  check_audit(db, wrong);
  check_heads(db, signer.public_key(), outside, wrong);
  return wrong;
}

}  // namespace

std::string head_json(const sync::AuditHead& head) {
  std::string out;
  add_text(out, "{\"epoch\":", head.epoch.text());
  add_number(out, ",\"seq\":", head.seq);
  add_text(out, ",\"hash\":", hex(head.hash));
  add_number(out, ",\"signed_at\":", head.signed_at);
  add_text(out, ",\"signature\":", hex(head.signature));
  return out + "}";
}

std::optional<sync::AuditHead> read_head_json(std::string_view text) {
  const auto parsed = sync::parse_json(text);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto epoch = from == nullptr ? std::nullopt : sync::id_member(*from, "epoch");
  if (!epoch) return std::nullopt;
  sync::AuditHead head{.epoch = *epoch,
                       .seq = sync::integer_member(*from, "seq").value_or(0),
                       .hash = bytes_member(*from, "hash"),
                       .signed_at = sync::integer_member(*from, "signed_at").value_or(0),
                       .signature = bytes_member(*from, "signature")};
  if (head.seq < 1 || head.hash.size() != Digest{}.size() || head.signature.empty()) return std::nullopt;
  return head;
}

std::optional<sync::AuditHead> outside_head(const Office& office) {
  const auto file = office.file(kHeadFile);
  if (!std::filesystem::exists(file)) return std::nullopt;
  auto head = read_head_json(read_file(file, kHeadBytesMax));
  if (!head)
    throw Failure(Code::corrupt, "The file " + file.string() +
                                     " is no head of the audit log; keep a copy of it, remove it, and run "
                                     "`relance-server audit sign`.");
  return head;
}

SignReport sign_audit(const Office& office, Ledger& ledger) {
  SignReport report;
  try {
    AuditSigner signer(office.audit_key().view());
    Ledger::Work work(ledger);
    check_heads(ledger.db(), signer.public_key(), outside_head(office), report.wrong);
    if (!report.wrong.empty()) return report;
    report.head = signer.keep_now(ledger);
    work.commit();
  } catch (const Failure& failure) {
    // Of the key or of audit.head. Who makes a backup must not be kept from it by them.
    if (failure.code() != Code::corrupt && failure.code() != Code::bad_file) throw;
    report.wrong.push_back(failure.message());
  }
  if (report.head) put_outside(office, *report.head);
  return report;
}

void keep_outside(const Office& office, sql::Connection& db) {
  const sql::Transaction snapshot(db, sql::Access::read);
  const auto heads = kept_heads(db);
  const auto outside = outside_head(office);
  if (heads.empty() || (outside && outside->epoch == heads.back().epoch && outside->seq >= heads.back().seq))
    return;
  if (outside && fate_in(db, *outside) == sync::HeadFate::rewritten)
    throw Failure(Code::corrupt,
                  "The audit log is not the one that audit.head was signed for; run `relance-server "
                  "verify`.");
  put_outside(office, heads.back());
}

ExportReport export_audit(sql::Connection& db, AuditSigner& signer,
                          const std::optional<sync::AuditHead>& outside, Ms now,
                          const std::function<void(std::string_view)>& write) {
  const sql::Transaction snapshot(db, sql::Access::read);
  ExportReport report;
  report.wrong = examine(db, signer, outside);
  report.entries = sql::number(db, "SELECT count(*) FROM audit_entry").value_or(0);
  std::vector<sync::AuditHead> heads = kept_heads(db);
  if (outside) heads.push_back(*outside);
  std::string first;
  add_number(first, "{\"relance_audit\":", 1);
  add_text(first, ",\"key\":", hex(signer.public_key()));
  add_text(first, ",\"epoch\":", sql::get_meta(db, "epoch").value_or(""));
  add_number(first, ",\"entries\":", report.entries);
  const auto head = report.wrong.empty() ? signer.head_of(db, now) : std::nullopt;
  first += ",\"head\":" + (head ? head_json(*head) : std::string("null"));
  write(first + "}\n");
  for (const sync::AuditHead& kept : heads) write("{\"kept\":" + head_json(kept) + "}\n");
  report.heads = static_cast<std::int64_t>(heads.size());
  sql::Query q(db,
               "SELECT seq, happened_at, staff_id, device_id, action, object_hash, entry_hash FROM "
               "audit_entry ORDER BY "
               "seq");
  while (q.next()) write(entry_json(q));
  return report;
}

}  // namespace relance::server
