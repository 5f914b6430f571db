// See einvoice_reader.h.
#include "server/einvoice_reader.h"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "rules/civil_date.h"
#include "rules/money.h"
#include "rules/siren.h"
#include "server/encoding.h"
#include "server/facturx_pdf.h"

namespace relance {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kCiiNamespace = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100";
constexpr std::string_view kInvoiceNamespace = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
constexpr std::string_view kCreditNoteNamespace = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";
constexpr std::string_view kUsualAccount = "411";
constexpr std::size_t kTextBytesMax = 1000;  // of one value; columns of the database hold less

// BT-3, of UNTDID 1001: what is claimed like an invoice, and what is set against one.
constexpr std::array<std::string_view, 7> kInvoiceTypes{"380", "326", "382", "383", "384", "386", "389"};
constexpr std::array<std::string_view, 2> kCreditNoteTypes{"381", "261"};
// Schemes of identifiers (ISO 6523): the French register.
constexpr std::string_view kSirenScheme = "0002";
constexpr std::string_view kSiretScheme = "0009";

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  return node.find_child([&](const pugi::xml_node& one) { return local_name(one) == name; });
}

template <class... Names>
pugi::xml_node at(pugi::xml_node node, Names... names) {
  ((node = child(node, names)), ...);
  return node;
}

std::string text_of(const pugi::xml_node& node) {
  std::string out = tidy_text(std::string_view(node.text().get()).substr(0, kTextBytesMax));
  while (!is_utf8(out)) out.pop_back();  // a value cut inside a character; the whole is UTF-8
  return out;
}

std::string_view scheme_of(const pugi::xml_node& node) { return node.attribute("schemeID").value(); }

/// The URI of the namespace that the root's name is in.
std::string_view namespace_of(const pugi::xml_node& root) {
  const std::string_view name = root.name();
  const std::size_t colon = name.find(':');
  const std::string attribute =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  return root.attribute(attribute.c_str()).value();
}

/// Iterative: a document nested a million deep must not use up the stack.
bool is_too_deep(const pugi::xml_node& root) {
  std::size_t depth = 1;
  pugi::xml_node node = root;
  while (node) {
    if (depth > kInvoiceDepthMax) return true;
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node == root) return false;
    node = node.next_sibling();
  }
  return false;
}

/// One party as both forms tell it.
struct Party {
  std::string name;
  std::string id;  // whatever the seller calls the buyer by
  std::string siren, siret, phone, email;
};

class Reader {
 public:
  explicit Reader(std::string_view xml) : xml_(xml) { file_.lines_read = 1; }

  ClaimFile read() {
    pugi::xml_document document;
    const pugi::xml_node root = parse(document);
    if (!root) return std::move(file_);
    const std::string_view uri = namespace_of(root);
    if (uri == kCiiNamespace && local_name(root) == "CrossIndustryInvoice")
      read_cii(root);
    else if (uri == kInvoiceNamespace || uri == kCreditNoteNamespace)
      read_ubl(root, uri == kCreditNoteNamespace);
    else if (local_name(root) == "CrossIndustryDocument")
      file_.problem(1, "", "is a ZUGFeRD 1.0 invoice, which the European norm replaced: ask for Factur-X");
    else
      file_.problem(1, "", "is neither a CII nor a UBL invoice");
    return std::move(file_);
  }

 private:
  // ---- the document ----------------------------------------------------------------------------------------------

  pugi::xml_node parse(pugi::xml_document& document) {
    if (xml_.size() > kInvoiceXmlBytesMax) return refuse(0, "is an invoice of more than 16 MiB");
    if (xml_.starts_with(kBom)) xml_.remove_prefix(kBom.size());
    if (!is_utf8(xml_) || xml_.find('\0') != std::string_view::npos) return refuse(0, "is not XML in UTF-8");
    // Neither is needed by any invoice, and both can make a small file a large one.
    for (const std::string_view forbidden : {"<!DOCTYPE", "<!ENTITY"})
      if (const std::size_t place = xml_.find(forbidden); place != std::string_view::npos)
        return refuse(line_at(place), "has a document type definition, which no invoice needs");
    const pugi::xml_parse_result result =
        document.load_buffer(xml_.data(), xml_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!result)
      return refuse(line_at(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.offset, 0))),
                    "is not whole XML");
    const pugi::xml_node root = document.document_element();
    if (is_too_deep(root)) return refuse(1, "nests its elements deeper than any invoice does");
    return root;
  }

  pugi::xml_node refuse(std::uint64_t line, std::string what) {
    file_.problem(line, "", std::move(what));
    return {};
  }

  [[nodiscard]] std::uint64_t line_at(std::size_t offset) const {
    const std::string_view before = xml_.substr(0, offset);
    return 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
  }
  [[nodiscard]] std::uint64_t line_of(const pugi::xml_node& node) const {
    const std::ptrdiff_t offset = node.offset_debug();
    return offset < 0 ? 1 : line_at(static_cast<std::size_t>(offset));
  }

  // ---- UN/CEFACT CII ---------------------------------------------------------------------------------------------

  void read_cii(const pugi::xml_node& root) {
    file_.format = "cii";
    const pugi::xml_node document = child(root, "ExchangedDocument");
    const pugi::xml_node trade = child(root, "SupplyChainTradeTransaction");
    const pugi::xml_node agreement = child(trade, "ApplicableHeaderTradeAgreement");
    const pugi::xml_node settlement = child(trade, "ApplicableHeaderTradeSettlement");
    file_.seller_siren = siren_of(cii_party(child(agreement, "SellerTradeParty")));
    const Party buyer = cii_party(child(agreement, "BuyerTradeParty"));
    ClaimLine line;
    take_number(line, child(document, "ID"), document ? document : root);
    const bool is_credit = take_type(child(document, "TypeCode"), false, document ? document : root);
    line.issued_on = date_of(at(document, "IssueDateTime", "DateTimeString"), "BT-2", document);
    if (line.issued_on.empty() && file_.problem_count == 0) missing("BT-2", document);
    for (const pugi::xml_node& terms : settlement.children())
      if (local_name(terms) == "SpecifiedTradePaymentTerms")
        take_due(line, date_of(at(terms, "DueDateDateTime", "DateTimeString"), "BT-9", terms), terms);
    take_currency(child(settlement, "InvoiceCurrencyCode"), settlement);
    take_amount(line, at(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", "DuePayableAmount"),
                is_credit, settlement);
    const pugi::xml_node address = at(agreement, "BuyerTradeParty", "PostalTradeAddress");
    line.address_line = text_of(child(address, "LineOne"));
    line.postcode = text_of(child(address, "PostcodeCode"));
    line.city = text_of(child(address, "CityName"));
    keep(std::move(line), buyer, is_credit, child(agreement, "BuyerTradeParty"));
  }

  static Party cii_party(const pugi::xml_node& node) {
    Party out;
    out.name = text_of(child(node, "Name"));
    const pugi::xml_node global = child(node, "GlobalID");
    out.id = text_of(child(node, "ID"));
    if (out.id.empty()) out.id = text_of(global);
    take_register_number(out, global);
    take_register_number(out, at(node, "SpecifiedLegalOrganization", "ID"));
    for (const pugi::xml_node& tax : node.children())
      if (local_name(tax) == "SpecifiedTaxRegistration" && scheme_of(child(tax, "ID")) == "VA")
        take_vat_number(out, child(tax, "ID"));
    const pugi::xml_node contact = child(node, "DefinedTradeContact");
    out.phone = text_of(at(contact, "TelephoneUniversalCommunication", "CompleteNumber"));
    out.email = text_of(at(contact, "EmailURIUniversalCommunication", "URIID"));
    return out;
  }

  // ---- UBL -------------------------------------------------------------------------------------------------------

  void read_ubl(const pugi::xml_node& root, bool is_credit_note) {
    file_.format = "ubl";
    file_.seller_siren = siren_of(ubl_party(at(root, "AccountingSupplierParty", "Party")));
    const pugi::xml_node buyer_node = at(root, "AccountingCustomerParty", "Party");
    const Party buyer = ubl_party(buyer_node);
    ClaimLine line;
    take_number(line, child(root, "ID"), root);
    const pugi::xml_node type = child(root, is_credit_note ? "CreditNoteTypeCode" : "InvoiceTypeCode");
    const bool is_credit = take_type(type, is_credit_note, root);
    line.issued_on = date_of(child(root, "IssueDate"), "BT-2", root);
    if (line.issued_on.empty() && file_.problem_count == 0) missing("BT-2", root);
    take_due(line, date_of(child(root, "DueDate"), "BT-9", root), root);
    take_due(line, date_of(at(root, "PaymentMeans", "PaymentDueDate"), "BT-9", root), root);
    take_currency(child(root, "DocumentCurrencyCode"), root);
    take_amount(line, at(root, "LegalMonetaryTotal", "PayableAmount"), is_credit, root);
    const pugi::xml_node address = child(buyer_node, "PostalAddress");
    line.address_line = text_of(child(address, "StreetName"));
    line.postcode = text_of(child(address, "PostalZone"));
    line.city = text_of(child(address, "CityName"));
    keep(std::move(line), buyer, is_credit, buyer_node);
  }

  static Party ubl_party(const pugi::xml_node& node) {
    Party out;
    const pugi::xml_node legal = child(node, "PartyLegalEntity");
    out.name = text_of(child(legal, "RegistrationName"));
    if (out.name.empty()) out.name = text_of(at(node, "PartyName", "Name"));
    out.id = text_of(at(node, "PartyIdentification", "ID"));
    for (const pugi::xml_node& one : node.children()) {
      if (local_name(one) == "PartyIdentification") take_register_number(out, child(one, "ID"));
      if (local_name(one) == "PartyTaxScheme" && text_of(at(one, "TaxScheme", "ID")) == "VAT")
        take_vat_number(out, child(one, "CompanyID"));
    }
    take_register_number(out, child(legal, "CompanyID"));
    const pugi::xml_node contact = child(node, "Contact");
    out.phone = text_of(child(contact, "Telephone"));
    out.email = text_of(child(contact, "ElectronicMail"));
    return out;
  }

  // ---- both ------------------------------------------------------------------------------------------------------

  // The register's own number (BT-47) comes last and wins over one that another place repeats.
  static void take_register_number(Party& party, const pugi::xml_node& node) {
    const std::string number = text_of(node);
    if (number.empty()) return;
    if (scheme_of(node) == kSirenScheme) party.siren = number;
    if (scheme_of(node) == kSiretScheme) party.siret = number;
  }

  static void take_vat_number(Party& party, const pugi::xml_node& node) {
    if (!party.siren.empty()) return;
    if (auto siren = siren_of_vat_number(text_of(node))) party.siren = std::move(*siren);
  }

  /// The valid one that the party gives, or nothing.
  static std::string siren_of(const Party& party) {
    ClaimFile ignored;
    ClaimLine line;
    take_details(ignored, line, {.siren = party.siren, .siret = party.siret});
    return line.siren;
  }

  void take_number(ClaimLine& line, const pugi::xml_node& node, const pugi::xml_node& near) {
    line.piece_ref = text_of(node);
    if (line.piece_ref.empty()) missing("BT-1", near);
  }

  bool take_type(const pugi::xml_node& node, bool is_credit_note, const pugi::xml_node& near) {
    const std::string type = text_of(node);
    if (type.empty()) missing("BT-3", near);
    if (std::find(kCreditNoteTypes.begin(), kCreditNoteTypes.end(), type) != kCreditNoteTypes.end())
      return true;
    const bool is_invoice =
        std::find(kInvoiceTypes.begin(), kInvoiceTypes.end(), type) != kInvoiceTypes.end();
    if (!type.empty() && (!is_invoice || is_credit_note))
      complain(node, "BT-3", "is the code of neither an invoice nor a credit note");
    return is_credit_note;
  }

  std::string date_of(const pugi::xml_node& node, std::string_view term, const pugi::xml_node& near) {
    if (!node) return "";
    const std::string_view form = node.attribute("format").value();
    const auto date = parse_civil_date(text_of(node));
    if (date && (form.empty() || form == "102")) return iso_text(*date);
    complain(node ? node : near, term, "is not a date");
    return "";
  }

  // Of several due dates the last one holds for the whole: nobody is asked before all of it is due.
  void take_due(ClaimLine& line, const std::string& due_on, const pugi::xml_node& near) {
    if (!line.due_on.empty() && !due_on.empty() && due_on != line.due_on)
      file_.notice(line_of(near), "BT-9", "is one of several due dates: the last one is taken");
    line.due_on = std::max(line.due_on, due_on);
  }

  void take_currency(const pugi::xml_node& node, const pugi::xml_node& near) {
    const std::string currency = text_of(node);
    if (currency.empty())
      missing("BT-5", near);
    else if (currency != "EUR")
      complain(node, "BT-5", "is not EUR: cases are kept in euros");
  }

  void take_amount(ClaimLine& line, const pugi::xml_node& node, bool is_credit, const pugi::xml_node& near) {
    if (!node) return missing("BT-115", near);
    const auto cents = parse_cents(text_of(node));
    if (!cents) return complain(node, "BT-115", "is not an amount");
    if (is_credit && *cents < 0)
      return complain(node, "BT-115",
                      "is below zero on a credit note: whether it is owed or due cannot be told");
    line.amount_cents = is_credit ? -*cents : *cents;
  }

  void keep(ClaimLine line, const Party& buyer, bool is_credit, const pugi::xml_node& buyer_node) {
    line.line = buyer_node ? line_of(buyer_node) : 1;
    if (buyer.name.empty()) missing("BT-44", buyer_node);
    line.debtor_name = buyer.name;
    line.account = kUsualAccount;
    line.kind = is_credit || line.amount_cents < 0 ? ClaimKind::credit_note : ClaimKind::invoice;
    take_details(file_, line,
                 {.siren = buyer.siren, .siret = buyer.siret, .phone = buyer.phone, .email = buyer.email});
    line.debtor_ref = line.siren;
    if (line.debtor_ref.empty()) line.debtor_ref = buyer.id.empty() ? buyer.name : buyer.id;
    // A number is unique among a seller's invoices of a year (CGI annex II, 242 nonies A).
    line.identity = line.issued_on.substr(0, 4) + ":" + line.piece_ref;
    if (file_.problem_count > 0) return;
    if (line.amount_cents == 0) {
      file_.notice(line.line, "BT-115", "is zero: nothing of this invoice is left to pay");
      ++file_.lines_other;
      return;
    }
    file_.lines.push_back(std::move(line));
    if (!amounts_fit(file_)) file_.lines.clear();
  }

  void missing(std::string_view term, const pugi::xml_node& near) {
    file_.problem(near ? line_of(near) : 1, term, "is missing");
  }
  void complain(const pugi::xml_node& node, std::string_view term, std::string what) {
    file_.problem(line_of(node), term, std::move(what));
  }

  std::string_view xml_;
  ClaimFile file_;
};

}  // namespace

ClaimFile read_invoice_xml(std::string_view xml) { return Reader(xml).read(); }

ClaimFile read_einvoice(std::string_view bytes) {
  if (!bytes.starts_with("%PDF")) return read_invoice_xml(bytes);
  const AttachedInvoice found = invoice_in_pdf(bytes, kInvoiceXmlBytesMax);
  if (found.why_not.empty()) return read_invoice_xml(found.xml);
  ClaimFile file;
  file.lines_read = 1;
  file.problem(0, "", found.why_not);
  return file;
}

}  // namespace relance
