#include "server/bank_camt.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "rules/civil_date.h"
#include "rules/money.h"
#include "schema/amounts.h"

namespace relance::server {
namespace {

using pugi::xml_node;

constexpr std::string_view kNamespace = "urn:iso:std:iso:20022:tech:xsd:camt.";
// Sub-families of ISO 20022's bank transaction codes by which money that had come goes back: unpaid cheques, debits and
// cards, and reversals for a return.
constexpr std::array<std::string_view, 7> kReturnFamilies{"UPCQ", "UPDD", "UPCT", "CQRV",
                                                          "PRDD", "RRTN", "RPCR"};
constexpr std::size_t kReferenceBytesMax = 140;  // longest reference of ISO 20022

// ---- names, whatever their prefix ------------------------------------------------------------------------------

std::string_view local_name(const xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

xml_node child(const xml_node& node, std::string_view name) {
  for (const xml_node& one : node.children())
    if (local_name(one) == name) return one;
  return {};
}

/// The node at "Refs/EndToEndId"; null where a part is missing.
xml_node at_path(xml_node node, std::string_view path) {
  while (node && !path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    node = child(node, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return node;
}

std::vector<xml_node> children(const xml_node& node, std::string_view name) {
  std::vector<xml_node> out;
  for (const xml_node& one : node.children())
    if (local_name(one) == name) out.push_back(one);
  return out;
}

std::string text_at(const xml_node& node, std::string_view path, std::size_t max = kReferenceBytesMax) {
  return bank_text(at_path(node, path).child_value(), max);
}

/// The lines of a text, by offset into it.
class LineNumbers {
 public:
  explicit LineNumbers(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (bytes[i] == '\n') ends_.push_back(i);
  }
  [[nodiscard]] std::uint64_t at(std::ptrdiff_t offset) const {
    if (offset < 0) return 0;
    const auto end = std::lower_bound(ends_.begin(), ends_.end(), static_cast<std::size_t>(offset));
    return static_cast<std::uint64_t>(end - ends_.begin()) + 1;
  }

 private:
  std::vector<std::size_t> ends_;
};

// ---- the document ----------------------------------------------------------------------------------------------

struct Money {
  std::int64_t cents = 0;  // without sign
  std::string currency;
};

class Camt {
 public:
  explicit Camt(std::string_view bytes) : bytes_(bytes), lines_(bytes) {}

  BankFile read() {
    const pugi::xml_parse_result parsed =
        document_.load_buffer(bytes_.data(), bytes_.size(), pugi::parse_default | pugi::parse_doctype);
    if (!parsed) {
      out_.problem(lines_.at(parsed.offset),
                   "the XML is damaged (" + std::string(parsed.description()) + ")");
      return out_.finish();
    }
    for (const xml_node& node : document_.children())
      if (node.type() == pugi::node_doctype) {
        out_.problem(line_of(node), "a statement has no DOCTYPE: the file is not read");
        return out_.finish();
      }
    if (const xml_node body = body_of(document_.document_element())) read_statements(body);
    return out_.finish();
  }

 private:
  [[nodiscard]] std::uint64_t line_of(const xml_node& node) const { return lines_.at(node.offset_debug()); }
  void problem(const xml_node& node, std::string what) { out_.problem(line_of(node), std::move(what)); }

  // <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
  xml_node body_of(const xml_node& root) {
    std::string_view space;
    for (const pugi::xml_attribute& attribute : root.attributes()) {
      const std::string_view content = attribute.value();
      if (std::string_view(attribute.name()).starts_with("xmlns") && content.starts_with(kNamespace))
        space = content;
    }
    if (local_name(root) != "Document" || space.empty()) {
      problem(root, "this XML is no CAMT.053 or CAMT.054");
      return {};
    }
    const std::string_view kind = space.substr(kNamespace.size());  // "053.001.02"
    is_statement_ = kind.starts_with("053.001.");
    if (!is_statement_ && !kind.starts_with("054.001.")) {
      problem(root, "only CAMT.053 and CAMT.054 are read");
      return {};
    }
    const std::string_view digits = kind.substr(std::string_view("053.001.").size());
    const bool is_number =
        digits.size() == 2 && digits[0] >= '0' && digits[0] <= '9' && digits[1] >= '0' && digits[1] <= '9';
    const int version = is_number ? (digits[0] - '0') * 10 + (digits[1] - '0') : 0;
    if (version < kCamtVersionFirst || version > kCamtVersionLast) {
      problem(root, "of CAMT, versions " + std::to_string(kCamtVersionFirst) + " to " +
                        std::to_string(kCamtVersionLast) + " are read");
      return {};
    }
    out_.is(is_statement_ ? BankFormat::camt053 : BankFormat::camt054);
    const xml_node body = child(root, is_statement_ ? "BkToCstmrStmt" : "BkToCstmrDbtCdtNtfctn");
    if (!body) problem(root, "the document holds no message of an account");
    return body;
  }

  void read_statements(const xml_node& body) {
    const std::vector<xml_node> all = children(body, is_statement_ ? "Stmt" : "Ntfctn");
    if (all.empty()) problem(body, "the message holds no statement");
    for (const xml_node& statement : all) {
      out_.statement();
      account_ = text_at(statement, "Acct/Id/IBAN");
      if (account_.empty()) account_ = text_at(statement, "Acct/Id/Othr/Id");
      if (account_.empty()) problem(statement, "the statement names no account");
      made_on_ = date_at(statement, "CreDtTm").value_or("");
      for (const xml_node& entry : children(statement, "Ntry"))
        if (!read_entry(entry)) return;
    }
  }

  // ---- one entry -----------------------------------------------------------------------------------------------

  bool read_entry(const xml_node& entry) {
    std::string status = text_at(entry, "Sts/Cd");
    if (status.empty()) status = text_at(entry, "Sts");
    if (status != "BOOK") {
      if (status != "PDNG" && status != "INFO" && status != "FUTR")
        problem(entry, "the entry does not say whether it is booked");
      out_.pending();
      return true;
    }
    const auto money = money_of(entry, "Amt");
    const auto sign = sign_of(entry);
    if (!money || !sign) {
      problem(entry,
              !money ? "the entry has no amount in a currency" : "the entry says neither credit nor debit");
      return true;
    }
    BankRecord record = common_of(entry);
    record.line.currency = money->currency;
    record.line.amount_cents = money->cents * *sign;
    std::vector<xml_node> parts;
    for (const xml_node& details : children(entry, "NtryDtls"))
      for (const xml_node& part : children(details, "TxDtls")) parts.push_back(part);
    if (parts.size() > 1 && adds_up(parts, *money, *sign)) return add_parts(record, parts, *money, *sign);
    for (const xml_node& part : parts) describe(record, part);
    return add(std::move(record));
  }

  BankRecord common_of(const xml_node& entry) {
    BankRecord record;
    record.account = account_;
    record.bank_ref = text_at(entry, "AcctSvcrRef");
    record.line.line = line_of(entry);
    record.line.booked_on = day_at(entry, "BookgDt");
    record.line.value_on = day_at(entry, "ValDt");
    if (record.line.booked_on.empty()) record.line.booked_on = made_on_;
    if (record.line.booked_on.empty()) problem(entry, "the entry has no booking date");
    record.line.label = text_at(entry, "AddtlNtryInf", kBankLabelBytesMax);
    // A booking that was taken back: of money that had come in, that is a return. See add() for money that came.
    if (text_at(entry, "RvslInd") == "true") record.line.return_code = "reversal";
    const std::string family = text_at(entry, "BkTxCd/Domn/Fmly/SubFmlyCd");
    if (std::find(kReturnFamilies.begin(), kReturnFamilies.end(), family) != kReturnFamilies.end())
      record.line.return_code = family;
    return record;
  }

  bool add_parts(const BankRecord& common, const std::vector<xml_node>& parts, const Money& money, int sign) {
    for (std::size_t at = 0; at < parts.size(); ++at) {
      BankRecord record = common;
      record.line.line = line_of(parts[at]);
      record.line.amount_cents = part_cents(parts[at], money, sign).value_or(0);
      record.detail = std::to_string(at + 1);
      describe(record, parts[at]);
      if (!add(std::move(record))) return false;
    }
    return true;
  }

  bool add(BankRecord record) {
    record.line.label = bank_text(record.line.label, kBankLabelBytesMax);
    if (record.line.amount_cents >= 0) record.line.return_code.clear();
    return out_.add(std::move(record));
  }

  // What a transaction says of itself, added to what the entry says.
  void describe(BankRecord& record, const xml_node& part) {
    BankLine& line = record.line;
    const bool is_credit = line.amount_cents >= 0;
    const xml_node parties = child(part, "RltdPties");
    const xml_node other = child(parties, is_credit ? "Dbtr" : "Cdtr");
    std::string name = text_at(other, "Nm", kBankNameBytesMax);
    if (name.empty()) name = text_at(other, "Pty/Nm", kBankNameBytesMax);  // since version 3 or later
    if (line.payer.empty()) line.payer = name;
    std::string end_to_end = text_at(part, "Refs/EndToEndId");
    if (end_to_end == "NOTPROVIDED") end_to_end.clear();
    std::string structured;
    const xml_node remitted = child(part, "RmtInf");
    for (const xml_node& one : children(remitted, "Strd")) {
      const std::string reference = text_at(one, "CdtrRefInf/Ref");
      if (structured.empty()) structured = reference;
      append_words(line.label, reference);
      append_words(line.label, text_at(one, "RfrdDocInf/Nb"));
    }
    for (const xml_node& one : children(remitted, "Ustrd"))
      append_words(line.label, bank_text(one.child_value(), kBankLabelBytesMax));
    if (line.end_to_end.empty()) line.end_to_end = structured.empty() ? end_to_end : structured;
    append_words(line.label, end_to_end);
    if (record.bank_ref.empty()) record.bank_ref = text_at(part, "Refs/AcctSvcrRef");
    if (!is_credit) note_return(line, child(part, "RtrInf"));
    if (line.label.size() > kBankLabelBytesMax) line.label = bank_text(line.label, kBankLabelBytesMax);
  }

  static void note_return(BankLine& line, const xml_node& returned) {
    if (!returned) return;
    std::string code = text_at(returned, "Rsn/Cd");
    if (code.empty()) code = text_at(returned, "Rsn/Prtry");
    if (code.empty()) code = text_at(returned, "RtrRsn/Cd");
    line.return_code = code.empty() ? "return" : bank_text(code, 40);
  }

  // ---- amounts and dates -----------------------------------------------------------------------------------------

  static std::optional<int> sign_of(const xml_node& node) {
    const std::string word = text_at(node, "CdtDbtInd");
    if (word == "CRDT") return 1;
    if (word == "DBIT") return -1;
    return std::nullopt;
  }

  static std::optional<Money> money_of(const xml_node& node, std::string_view path) {
    const xml_node amount = at_path(node, path);
    if (!amount) return std::nullopt;
    const std::string_view digits = amount.child_value();
    const std::string_view currency = amount.attribute("Ccy").value();
    const bool is_plain =
        !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos;
    const std::int64_t cents =
        is_plain ? parse_cents(digits).value_or(-1) : -1;  // no sign, so none is below zero
    const bool is_code = currency.size() == 3 &&
                         currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
    if (cents < 0 || cents > schema::kCentsMax || !is_code) return std::nullopt;
    return Money{cents, std::string(currency)};
  }

  static std::optional<std::int64_t> part_cents(const xml_node& part, const Money& whole, int sign) {
    auto money = money_of(part, "Amt");
    if (!money) money = money_of(part, "AmtDtls/TxAmt/Amt");
    if (!money) money = money_of(part, "AmtDtls/InstdAmt/Amt");
    if (!money || money->currency != whole.currency) return std::nullopt;
    return money->cents * sign_of(part).value_or(sign);
  }

  static bool adds_up(const std::vector<xml_node>& parts, const Money& whole, int sign) {
    std::int64_t sum = 0;
    for (const xml_node& part : parts) {
      const auto cents = part_cents(part, whole, sign);
      if (!cents || parts.size() > kBankLinesMax) return false;
      sum += *cents;
    }
    return sum == whole.cents * sign;
  }

  // "2015-03-10" or "2015-03-10T18:43:50+00:00": the day as the bank writes it.
  std::optional<std::string> date_at(const xml_node& node, std::string_view path) {
    const std::string text = text_at(node, path);
    const auto date = parse_civil_date(text.substr(0, std::string_view("2015-03-10").size()));
    const bool is_date =
        date && text.size() >= 10 &&
        (text.size() == 10 || text[10] == 'T' || text[10] == 'Z' || text[10] == '+' || text[10] == '-');
    if (!is_date) return std::nullopt;
    return iso_text(*date);
  }

  std::string day_at(const xml_node& entry, std::string_view name) {
    const xml_node node = child(entry, name);
    if (!node) return {};
    auto day = date_at(node, "Dt");
    if (!day) day = date_at(node, "DtTm");
    if (!day) problem(node, "the date is not a day");
    return day.value_or("");
  }

  std::string_view bytes_;
  LineNumbers lines_;
  pugi::xml_document document_;
  BankCollector out_{BankFormat::camt053};
  bool is_statement_ = true;
  std::string account_, made_on_;
};

}  // namespace

BankFile read_camt(std::string_view bytes) { return Camt(bytes).read(); }

}  // namespace relance::server
