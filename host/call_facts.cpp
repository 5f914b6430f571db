// The rows behind a call. See call_facts.h.
#include "host/call_facts.h"

#include <set>

#include "host/mandate_query.h"

namespace relance {
namespace {

constexpr std::string_view kDebtor =
    "SELECT d.id, coalesce(d.legal_name, d.trade_name, ''), coalesce(d.time_zone, ''), d.status,"
    " coalesce((SELECT p.postcode FROM contact_point p WHERE p.debtor_id = d.id AND p.postcode IS NOT NULL"
    "  AND p.status NOT IN ('wrong', 'refused') ORDER BY p.preferred DESC, p.id DESC LIMIT 1), '')"
    " FROM case_file c JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1";
constexpr std::string_view kGuardians =
    "SELECT name, coalesce(contact, '') FROM party_role WHERE case_id = ?1 AND role = 'guardian'"
    " AND (valid_from IS NULL OR valid_from <= ?2) AND (valid_to IS NULL OR valid_to >= ?2) ORDER BY id";
constexpr std::string_view kLetter =
    "SELECT coalesce(number, ''), coalesce(sent_on, issued_on, '') FROM letter WHERE case_id = ?1"
    " AND kind = 'agency_notice' AND state IN ('sent', 'delivered', 'returned')"
    " AND tracking <> 'unknown_there' ORDER BY 2, id LIMIT 1";
constexpr std::string_view kContacts =
    "SELECT e.id, e.outcome, e.amends_id, e.direction, e.channel, coalesce(e.happened_at, e.created_at)"
    " FROM contact_event e JOIN case_file c ON c.id = e.case_id WHERE c.debtor_id = ?1";

void count_contacts(sql::Connection& db, CallFacts& facts, Ms since) {
  struct Contact {
    Id id;
    bool is_answered;
  };
  std::vector<Contact> contacts;
  std::set<Id> corrected;
  sql::Query q(db, kContacts, facts.debtor_id);
  while (q.next()) {
    if (const auto old = q.maybe_id(2)) corrected.insert(*old);
    if (q.view(3) != "outbound" || q.view(4) == "letter" || q.integer(5) < since) continue;
    contacts.push_back({q.id(0), q.view(1) != "no_answer" && q.view(1) != "voicemail"});
  }
  for (const Contact& contact : contacts) {
    if (corrected.contains(contact.id)) continue;
    ++facts.outbound;
    if (contact.is_answered) ++facts.answered;
  }
}

}  // namespace

CallFacts call_facts(sql::Connection& db, const Id& case_id, const std::string& today, Ms since) {
  CallFacts out;
  {
    sql::Query q(db, kDebtor, case_id);
    if (q.next()) {
      out.debtor_id = q.id(0);
      out.debtor = q.text(1);
      out.zone = q.text(2);
      out.is_protected = q.view(3) == "protected";
      out.is_deceased = q.view(3) == "deceased";
      out.postcode = q.text(4);
    }
  }
  const MandateStanding mandate = mandate_standing(db, case_id, today);
  out.is_agency = mandate.is_agency;
  out.has_mandate = mandate.is_in_force;
  {
    sql::Query q(db, kGuardians, case_id, today);
    while (q.next()) out.guardians.push_back({q.text(0), q.text(1)});
  }
  {
    sql::Query q(db, kLetter, case_id);
    if (q.next()) out.letter = CallFacts::Letter{q.text(0), q.text(1)};
  }
  count_contacts(db, out, since);
  return out;
}

std::string national_digits(std::string_view number) {
  std::string digits;
  for (const char c : number)
    if (c >= '0' && c <= '9') digits += c;
  if (number.starts_with("+33")) digits.erase(0, 2);
  if (digits.starts_with("0033")) digits.erase(0, 4);
  if (digits.starts_with('0')) digits.erase(0, 1);
  return digits;
}

std::optional<Id> contact_point_of(sql::Connection& db, const Id& case_id, std::string_view number) {
  const std::string wanted = national_digits(number);
  sql::Query q(
      db,
      "SELECT p.id, coalesce(p.value, '') FROM contact_point p JOIN case_file c ON c.debtor_id = p.debtor_id"
      " WHERE c.id = ?1 AND p.type IN ('phone', 'mobile') ORDER BY p.id",
      case_id);
  while (q.next())
    if (!wanted.empty() && national_digits(q.view(1)) == wanted) return q.id(0);
  return std::nullopt;
}

}  // namespace relance
