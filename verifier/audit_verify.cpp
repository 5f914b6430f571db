#include "verifier/audit_verify.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

namespace audit_verify {
namespace {

namespace json = boost::json;

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kLineMax = 64 * 1024;
constexpr std::size_t kWrongMax = 20;  // sentences; a log that was made anew would have one for each head

// ---- bytes ---------------------------------------------------------------------------------------------------------

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> bytes_of_hex(std::string_view text, std::size_t size) {
  if (text.size() != 2 * size) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_of(text[i]), low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

// An id is written 8-4-4-4-12, lower case.
std::optional<std::string> bytes_of_id(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_place != (text[i] == '-')) return std::nullopt;
    if (!is_dash_place) digits += text[i];
  }
  return bytes_of_hex(digits, kIdBytes);
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string eight_bytes(std::uint64_t n) {
  std::string out(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) out[7 - i] = static_cast<char>((n >> (8 * i)) & 255U);
  return out;
}

std::string sized(char kind, std::string_view content) {
  return kind + eight_bytes(content.size()) + std::string(content);
}

std::string number(std::int64_t n) { return "i" + eight_bytes(static_cast<std::uint64_t>(n)); }

// ---- hashes and signatures --------------------------------------------------------------------------------

std::string sha256_of(std::string_view text) {
  std::string out(kHashBytes, '\0');
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(),
             nullptr);
  return out;
}

bool is_signed_by(const std::string& key, std::string_view text, const std::string& signature) {
  const auto raw = [](std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  };
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key), key.size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return public_key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
}

// ---- what a line holds ------------------------------------------------------------------------------------

struct Head {
  std::string epoch;
  std::int64_t seq = 0;
  std::string hash;  // raw
  std::int64_t signed_at = 0;
  std::string signature;  // raw
};

std::string text_in(const json::object& from, const char* name) {
  const json::value* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::optional<std::int64_t> number_in(const json::object& from, const char* name) {
  const json::value* value = from.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<Head> head_in(const json::value* from) {
  if (from == nullptr || !from->is_object()) return std::nullopt;
  const json::object& object = from->get_object();
  const auto seq = number_in(object, "seq"), signed_at = number_in(object, "signed_at");
  const auto hash = bytes_of_hex(text_in(object, "hash"), kHashBytes);
  const auto signature = bytes_of_hex(text_in(object, "signature"), kSignatureBytes);
  Head out{.epoch = text_in(object, "epoch"), .seq = seq.value_or(0), .signed_at = signed_at.value_or(0)};
  if (!bytes_of_id(out.epoch) || !seq || *seq < 1 || !signed_at || !hash || !signature) return std::nullopt;
  out.hash = *hash;
  out.signature = *signature;
  return out;
}

// ---- the log ----------------------------------------------------------------------------------------------

struct Span {
  std::string epoch;
  std::int64_t first = 1;
};

// A key that the log says was replaced: good for heads of before that.
struct OldKey {
  std::string key;  // raw
  std::int64_t until = 0;
};

class Reader {
 public:
  explicit Reader(const Options& options) : options_(options) {}

  Verdict run(std::istream& lines) {
    std::string line;
    bool is_first = true;
    while (std::getline(lines, line)) {
      ++line_;
      if (line.size() > kLineMax) return stop("is longer than any line of an export");
      json::error_code error;
      const json::value value = json::parse(line, error);
      if (error || !value.is_object()) return stop("is no JSON object");
      const bool is_read = is_first ? read_first(value.get_object()) : read_line(value.get_object());
      if (!is_read) return std::move(verdict_);
      is_first = false;
    }
    if (is_first) return stop("is missing: the file is empty");
    check_end();
    return std::move(verdict_);
  }

 private:
  void wrong(std::string sentence) {
    if (verdict_.wrong.size() < kWrongMax) verdict_.wrong.push_back(std::move(sentence));
  }
  bool damaged(const std::string& what) {
    wrong("line " + std::to_string(line_) + " " + what);
    return false;
  }
  Verdict stop(const std::string& what) {
    damaged(what);
    return std::move(verdict_);
  }

  bool read_first(const json::object& from) {
    const auto version = number_in(from, "relance_audit"), entries = number_in(from, "entries");
    const auto key = bytes_of_hex(text_in(from, "key"), kKeyBytes);
    epoch_ = text_in(from, "epoch");
    if (!version || *version != 1 || !entries || !key || !bytes_of_id(epoch_))
      return damaged("is not how an export of version 1 begins");
    key_ = *key;
    promised_ = *entries;
    verdict_.key = hex_of(key_);
    if (!options_.key.empty() && options_.key != verdict_.key)
      wrong("the export names another key than the one it should be signed with");
    head_ = head_in(from.if_contains("head"));
    if (!head_) wrong("the office has not signed this export: it found its own log wrong");
    return true;
  }

  bool read_line(const json::object& from) {
    if (from.if_contains("kept") != nullptr) {
      auto kept = head_in(from.if_contains("kept"));
      if (!kept) return damaged("is a kept head that is none");
      kept_.push_back(std::move(*kept));
      return true;
    }
    return read_entry(from);
  }

  bool read_entry(const json::object& from) {
    const auto seq = number_in(from, "seq"), at = number_in(from, "at");
    const auto staff = bytes_of_id(text_in(from, "staff")), device = bytes_of_id(text_in(from, "device"));
    const auto object = bytes_of_hex(text_in(from, "object"), kHashBytes);
    const auto hash = bytes_of_hex(text_in(from, "hash"), kHashBytes);
    const std::string action = text_in(from, "action");
    if (!seq || !at || !staff || !device || !object || !hash) return damaged("is no entry of the log");
    const auto expected = static_cast<std::int64_t>(hashes_.size()) + 1;
    if (*seq != expected)
      return damaged("holds entry " + std::to_string(*seq) + " where entry " + std::to_string(expected) +
                     " should stand");
    const std::string link = (hashes_.empty() ? std::string{} : hashes_.back()) + number(*seq) + number(*at) +
                             sized('u', *staff) + sized('u', *device) + sized('t', action) +
                             sized('b', *object);
    if (sha256_of(link) != *hash)
      return damaged("holds entry " + std::to_string(*seq) + ", which does not continue the one before it");
    hashes_.push_back(*hash);
    note_action(*seq, action);
    return true;
  }

  // Two actions speak in clear: whence a restored office goes on, and which key took whose place.
  void note_action(std::int64_t seq, const std::string& action) {
    if (action.starts_with("restore ") && action.size() == 8 + 36 + 1 + 36) {
      const std::string from = action.substr(8, 36), to = action.substr(45, 36);
      if (!spans_.empty() && spans_.back().epoch != from)
        wrong("entry " + std::to_string(seq) + " goes on from another epoch than the one it stands in");
      if (spans_.empty()) spans_.push_back({from, 1});
      spans_.push_back({to, seq});
      verdict_.notes.push_back("At entry " + std::to_string(seq) +
                               " the office went back to a backup; it goes on from "
                               "entry " +
                               std::to_string(seq - 1) + ".");
    }
    if (action.starts_with("audit.key ") && action.size() == 10 + 64 + 1 + 64) {
      if (const auto old = bytes_of_hex(std::string_view(action).substr(10, 64), kKeyBytes))
        old_keys_.push_back({*old, seq});
      verdict_.notes.push_back("At entry " + std::to_string(seq) + " the office took another audit key.");
    }
  }

  [[nodiscard]] bool is_signed(const Head& head) const {
    const std::string text = "relance audit head 1\n" + head.epoch + "\n" + std::to_string(head.seq) + "\n" +
                             hex_of(head.hash) + "\n" + std::to_string(head.signed_at) + "\n";
    if (is_signed_by(key_, text, head.signature)) return true;
    return std::any_of(old_keys_.begin(), old_keys_.end(), [&](const OldKey& old) {
      return head.seq < old.until && is_signed_by(old.key, text, head.signature);
    });
  }

  [[nodiscard]] bool is_there(std::int64_t seq, const std::string& hash) const {
    return seq >= 1 && seq <= static_cast<std::int64_t>(hashes_.size()) &&
           hashes_[static_cast<std::size_t>(seq - 1)] == hash;
  }

  // Only a restore takes entries, and only those after the backup, or of an epoch that began after it.
  [[nodiscard]] bool may_be_lost(const std::string& epoch, std::int64_t seq) const {
    if (epoch.empty() || epoch == epoch_) return false;
    for (std::size_t i = 0; i < spans_.size(); ++i)
      if (spans_[i].epoch == epoch) return i + 1 < spans_.size() && seq >= spans_[i + 1].first;
    return !spans_.empty();
  }

  void check_place(const std::string& epoch, std::int64_t seq, const std::string& hash,
                   const std::string& whose) {
    if (is_there(seq, hash)) return;
    if (may_be_lost(epoch, seq))
      verdict_.notes.push_back(whose + " of entry " + std::to_string(seq) +
                               " is of what a restore took; that entry is not in this log any more.");
    else
      wrong(whose + " of entry " + std::to_string(seq) +
            " is of another log than this: it was rewritten or cut");
  }

  void check_end() {
    verdict_.entries = static_cast<std::int64_t>(hashes_.size());
    verdict_.last_hash = hashes_.empty() ? "" : hex_of(hashes_.back());
    if (promised_ != verdict_.entries)
      wrong("the export says that it has " + std::to_string(promised_) + " entries and has " +
            std::to_string(verdict_.entries));
    if (!spans_.empty() && spans_.back().epoch != epoch_)
      wrong("the log ends in another epoch than the office is in");
    if (head_) {
      if (!is_signed(*head_)) wrong("the export's own head is not signed by its key");
      if (head_->seq != verdict_.entries || head_->epoch != epoch_ || !is_there(head_->seq, head_->hash))
        wrong("the export's own head is of entry " + std::to_string(head_->seq) + ", which is not its last");
    }
    for (const Head& kept : kept_) {
      if (!is_signed(kept))
        wrong("the kept head of entry " + std::to_string(kept.seq) + " is not signed by the office");
      check_place(kept.epoch, kept.seq, kept.hash, "The kept head");
    }
    verdict_.heads = static_cast<std::int64_t>(kept_.size()) + (head_ ? 1 : 0);
    for (const Witness& witness : options_.witnesses)
      check_place(witness.epoch, witness.seq, bytes_of_hex(witness.hash, kHashBytes).value_or(""),
                  "The witness");
  }

  const Options& options_;
  Verdict verdict_;
  std::int64_t line_ = 0;
  std::int64_t promised_ = 0;
  std::string epoch_, key_;
  std::optional<Head> head_;
  std::vector<Head> kept_;
  std::vector<std::string> hashes_;  // of entry 1, 2, 3 …
  std::vector<Span> spans_;
  std::vector<OldKey> old_keys_;
};

}  // namespace

Verdict verify(std::istream& lines, const Options& options) { return Reader(options).run(lines); }

bool read_witness(const std::string& text, Witness& out) {
  const std::size_t last = text.rfind(':');
  if (last == std::string::npos) return false;
  const std::size_t before = last == 0 ? std::string::npos : text.rfind(':', last - 1);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  out.epoch = before == std::string::npos ? "" : text.substr(0, before);
  out.hash = text.substr(last + 1);
  const auto [end, error] = std::from_chars(text.data() + start, text.data() + last, out.seq);
  return error == std::errc{} && end == text.data() + last && out.seq > 0 &&
         bytes_of_hex(out.hash, kHashBytes) && (out.epoch.empty() || bytes_of_id(out.epoch));
}

}  // namespace audit_verify
