#include "server/erasure_ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>

#include "host/digest.h"
#include "host/failure.h"
#include "host/files.h"
#include "schema/instant.h"
#include "sync/json.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeadName = "erasure_head";

std::string content_of(const ErasureLine& line) {
  std::string out = "{\"n\":" + std::to_string(line.n) + ",\"at\":\"" + instant_text(line.at) +
                    "\",\"epoch\":\"" + line.epoch.text() + "\",\"run\":\"" + line.run.text() +
                    "\",\"order\":";
  std::string order;
  sync::append_order(order, {line.order.id, line.order.case_id, line.order.debtor_id, {}});
  out += order + ",\"rule\":";
  sync::append_json(out, std::string_view(line.rule));
  return out;
}

std::string hash_of(const ErasureLine& line, std::string_view previous) {
  return hex(bytes_of(sha256(std::string(previous) + content_of(line))));
}

std::optional<ErasureLine> parse_line(std::string_view text) {
  const auto parsed = sync::parse_json(text);
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr) return std::nullopt;
  const auto n = sync::integer_member(*from, "n");
  const auto at = sync::text_member(*from, "at");
  const auto when = at ? parse_instant(*at) : std::nullopt;
  const auto epoch = sync::id_member(*from, "epoch");
  const auto run = sync::id_member(*from, "run");
  const json::object* order = sync::object_member(*from, "order");
  const auto rule = sync::text_member(*from, "rule");
  const auto hash = sync::text_member(*from, "hash");
  const auto id = order == nullptr ? std::nullopt : sync::id_member(*order, "erasure");
  const auto case_id = order == nullptr ? std::nullopt : sync::id_member(*order, "case");
  if (!n || !when || !epoch || !run || !id || !case_id || !rule || !hash) return std::nullopt;
  return ErasureLine{.n = *n,
                     .at = *when,
                     .epoch = *epoch,
                     .run = *run,
                     .order = {*id, *case_id, sync::id_member(*order, "debtor"), {}},
                     .rule = std::string(*rule),
                     .hash = std::string(*hash)};
}

[[noreturn]] void broken(const std::filesystem::path& file, std::size_t line) {
  throw Failure(Code::corrupt, "The erasure ledger " + file.string() + " is broken at line " +
                                   std::to_string(line) +
                                   "; put back its copy from the newest backup, or from the other disk.");
}

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void append_durably(const std::filesystem::path& file, std::size_t at, std::string_view text) {
  const bool is_new = !std::filesystem::exists(file);
  const Descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  const auto failed = [&] {
    throw Failure(Code::io, "The erasure ledger " + file.string() +
                                " cannot be written; nothing was erased. Check its disk and try again.");
  };
  if (out.fd < 0 || ::ftruncate(out.fd, static_cast<off_t>(at)) != 0) failed();
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t n =
        ::pwrite(out.fd, text.data() + written, text.size() - written, static_cast<off_t>(at + written));
    if (n <= 0) failed();
    written += static_cast<std::size_t>(n);
  }
  if (::fsync(out.fd) != 0) failed();
  if (is_new) sync_directory(std::filesystem::absolute(file).parent_path());
}

}  // namespace

ErasureLedger::ErasureLedger(std::filesystem::path file) : file_(std::move(file)) {
  if (!std::filesystem::exists(file_)) return;
  const std::string text = read_file(file_, kErasureLedgerBytesMax);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;  // a power cut in the middle of a line: its erasure had not begun
    const auto line = parse_line(std::string_view(text).substr(at, end - at));
    const std::string_view previous = lines_.empty() ? std::string_view{} : lines_.back().hash;
    if (!line || line->n != static_cast<std::int64_t>(lines_.size()) + 1 ||
        line->hash != hash_of(*line, previous))
      broken(file_, lines_.size() + 1);
    lines_.push_back(*line);
    at = whole_bytes_ = end + 1;
  }
}

ErasureHead ErasureLedger::head() const {
  return lines_.empty() ? ErasureHead{} : ErasureHead{lines_.back().n, lines_.back().hash};
}

bool ErasureLedger::is_current() const {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(file_, failed);
  return (failed ? 0 : bytes) == whole_bytes_;
}

void ErasureLedger::append(Ms at, const Id& epoch, const Id& run,
                           const std::vector<std::pair<sync::ErasureOrder, std::string>>& orders_and_rules) {
  std::string text;
  std::vector<ErasureLine> added;
  for (const auto& [order, rule] : orders_and_rules) {
    const std::string previous = added.empty() ? head().hash : added.back().hash;
    const auto n = static_cast<std::int64_t>(lines_.size() + added.size()) + 1;
    ErasureLine line{.n = n, .at = at, .epoch = epoch, .run = run, .order = order, .rule = rule, .hash = {}};
    line.hash = hash_of(line, previous);
    text += content_of(line) + ",\"hash\":\"" + line.hash + "\"}\n";
    added.push_back(std::move(line));
  }
  append_durably(file_, whole_bytes_, text);
  whole_bytes_ += text.size();
  lines_.insert(lines_.end(), added.begin(), added.end());
}

bool ErasureLedger::continues(const ErasureLedger& other) const {
  const ErasureHead end = other.head();
  if (end.n == 0) return true;
  return end.n <= head().n && lines_[static_cast<std::size_t>(end.n) - 1].hash == end.hash;
}

ErasureHead erasure_head(sql::Connection& db) {
  const auto text = sql::get_meta(db, kHeadName);
  if (!text) return {};
  ErasureHead head;
  const auto space = text->find(' ');
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), head.n);
  if (error != std::errc{} || space == std::string::npos || end != text->data() + space)
    throw Failure(Code::corrupt,
                  "The database's place in the erasure ledger cannot be read; restore a backup.");
  head.hash = text->substr(space + 1);
  return head;
}

void set_erasure_head(sql::Connection& db, const ErasureHead& head) {
  sql::set_meta(db, kHeadName, std::to_string(head.n) + " " + head.hash);
}

}  // namespace relance::server
