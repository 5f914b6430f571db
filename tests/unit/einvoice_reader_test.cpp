// Electronic invoices: the samples of the norm and of French programs, what is missing in each, and hostile files.
#include "server/einvoice_reader.h"

#include "host/files.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

std::string data(const std::string& name) {
  return read_file(std::string(RELANCE_SOURCE_DIR) + "/tests/data/einvoice/" + name, 1 << 20);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string problem_of(const std::string& bytes) {
  const ClaimFile file = read_einvoice(bytes);
  CHECK((file.problems.empty() || file.lines.empty()));
  return file.problems.empty() ? "" : problem_sentence(file.problems.front());
}

constexpr const char* kCreditNote = R"(<?xml version="1.0" encoding="UTF-8"?>
<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:ID>AV-7</cbc:ID><cbc:IssueDate>2026-07-01</cbc:IssueDate><cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party/></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Ma jolie boutique</cbc:Name></cac:PartyName>
 <cac:PartyTaxScheme><cbc:CompanyID>FR19787878784</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
 </cac:PartyTaxScheme></cac:Party></cac:AccountingCustomerParty>
 <cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="EUR">50.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
</CreditNote>)";

}  // namespace

TEST_CASE("R60: the profile MINIMUM has no due date; a SIREN with a wrong check digit is left out",
          "[R60][R01]") {
  const ClaimFile file = read_einvoice(data("factur-x-minimum.xml"));
  REQUIRE(file.lines.size() == 1);
  CHECK(file.format == "cii");
  CHECK(file.seller_siren == "123456782");
  const ClaimLine& line = file.lines[0];
  CHECK(line.piece_ref == "F20260023");
  CHECK(line.issued_on == "2026-01-31");
  CHECK(line.due_on.empty());
  CHECK(line.amount_cents == 10490);
  CHECK(line.debtor_name == "LE CLIENT");
  CHECK(line.siren.empty());
  REQUIRE(file.notices.size() == 1);
  CHECK(file.notices[0].column == "siren");
}

TEST_CASE("R60: Factur-X in XML and inside a PDF/A-3 are the same invoice", "[R60]") {
  const ClaimFile xml = read_einvoice(data("factur-x-en16931.xml"));
  const ClaimFile pdf = read_einvoice(data("facturx_invoice_EN16931.pdf"));
  REQUIRE(xml.lines.size() == 1);
  REQUIRE(pdf.lines.size() == 1);
  for (const ClaimLine* line : {&xml.lines[0], &pdf.lines[0]}) {
    CHECK(line->identity == "2026:F20260023");
    CHECK(line->due_on == "2026-03-02");
    CHECK(line->amount_cents == 10490);
    CHECK(line->address_line == "MON ADRESSE LIGNE 1");
    CHECK(line->postcode == "06000");
    CHECK(line->email == "buyer@buyer.com");
    CHECK(line->phone == "+33101254587");
  }
}

TEST_CASE("R60: a UBL invoice, its buyer by SIREN and SIRET", "[R60]") {
  const ClaimFile file = read_einvoice(data("ubl-21-en16931.xml"));
  REQUIRE(file.lines.size() == 1);
  CHECK(file.format == "ubl");
  const ClaimLine& line = file.lines[0];
  CHECK(line.debtor_ref == "787878784");
  CHECK(line.siret == "78787878400018");
  CHECK(line.debtor_name == "Ma jolie boutique SARL");
  CHECK(line.due_on == "2026-07-16");
  CHECK(line.amount_cents == 20803);
  CHECK(line.phone == "+33742124212");
}

TEST_CASE("R60: a credit note (381) is owed to the debtor, in both forms", "[R60]") {
  const ClaimFile ubl = read_einvoice(kCreditNote);
  REQUIRE(ubl.lines.size() == 1);
  CHECK(ubl.lines[0].amount_cents == -5000);
  CHECK(ubl.lines[0].kind == ClaimKind::credit_note);
  CHECK(ubl.lines[0].siren == "787878784");  // out of the VAT number
  const ClaimFile cii =
      read_einvoice(replaced(data("factur-x-minimum.xml"), "<ram:TypeCode>380<", "<ram:TypeCode>381<"));
  REQUIRE(cii.lines.size() == 1);
  CHECK(cii.lines[0].amount_cents == -10490);
  CHECK(problem_of(replaced(kCreditNote, ">50.00<", ">-50.00<"))
            .find("BT-115: is below zero on a credit note") != std::string::npos);
}

TEST_CASE("R60: an invoice that is paid already leaves nothing to ask, and says so", "[R60]") {
  const ClaimFile file = read_einvoice(
      replaced(data("factur-x-minimum.xml"), "<ram:DuePayableAmount>104.90<", "<ram:DuePayableAmount>0.00<"));
  CHECK(file.problem_count == 0);
  CHECK(file.lines.empty());
  CHECK(file.lines_other == 1);
}

TEST_CASE("R60: what is wrong in an invoice is named by line and business term", "[R60]") {
  const std::string good = data("factur-x-minimum.xml");
  CHECK(problem_of(replaced(good, "<ram:ID>F20260023</ram:ID>", "")) == "line 15, BT-1: is missing");
  CHECK(problem_of(replaced(good, "20260131<", "20261331<")) == "line 19, BT-2: is not a date");
  CHECK(problem_of(replaced(good, ">380<", ">751<")) ==
        "line 17, BT-3: is the code of neither an invoice nor a credit note");
  CHECK(problem_of(replaced(good, ">EUR<", ">USD<")) == "line 49, BT-5: is not EUR: cases are kept in euros");
  CHECK(problem_of(replaced(good, "<ram:Name>LE CLIENT</ram:Name>", "")) == "line 37, BT-44: is missing");
  CHECK(problem_of(replaced(good, "<ram:DuePayableAmount>104.90<", "<ram:DuePayableAmount>104,9x<")) ==
        "line 54, BT-115: is not an amount");
  CHECK(problem_of(replaced(good, "<ram:DuePayableAmount>104.90</ram:DuePayableAmount>", "")) ==
        "line 48, BT-115: is missing");
  CHECK(problem_of(data("en16931_CII_business_example_01.xml")) ==
        "line 386, BT-5: is not EUR: cases are kept in euros");
}

TEST_CASE("R60: files that are no invoice are refused in one sentence", "[R60]") {
  CHECK(problem_of("") == "line 1 is not whole XML");
  CHECK(problem_of("<a>").ends_with("is not whole XML"));
  CHECK(problem_of("<a/>") == "line 1 is neither a CII nor a UBL invoice");
  CHECK(problem_of("<Invoice xmlns='urn:x'/>") == "line 1 is neither a CII nor a UBL invoice");
  CHECK(problem_of("<rsm:CrossIndustryDocument xmlns:rsm='urn:ferd:CrossIndustryDocument:invoice:1p0'/>")
            .find("ZUGFeRD 1.0") != std::string::npos);
  CHECK(problem_of("%PDF-1.7 nothing") == "the file is a PDF that is damaged or locked by a password");
  CHECK(problem_of(std::string("\xFF\xFE<\0a\0/\0>\0", 10)) == "the file is not XML in UTF-8");
}

TEST_CASE("R60: no document type, no entity, no depth and no size can hurt the reader", "[R60]") {
  const std::string good = data("factur-x-minimum.xml");
  const std::size_t root = good.find("<rsm:CrossIndustryInvoice");
  std::string doctype = good;
  doctype.insert(root, "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n");
  CHECK(problem_of(doctype) == "line 2 has a document type definition, which no invoice needs");
  std::string deep;
  for (int i = 0; i < 200000; ++i) deep += "<a>";
  for (int i = 0; i < 200000; ++i) deep += "</a>";
  CHECK(problem_of(deep) == "line 1 nests its elements deeper than any invoice does");
  CHECK(problem_of("<a>" + std::string(kInvoiceXmlBytesMax, ' ') + "</a>") ==
        "the file is an invoice of more than 16 MiB");
  CHECK(problem_of(data("bomb.pdf")) == "the file holds an invoice that unpacks to more than 16 MiB");
}
