#include "server/letter_facts.h"

#include <algorithm>
#include <map>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/dunning_query.h"
#include "host/failure.h"
#include "host/late_interest.h"
#include "host/mandate_query.h"
#include "host/unbooked_money.h"
#include "rules/interest.h"
#include "rules/receivables.h"
#include "server/default_letters.h"

namespace relance::server {
namespace {

std::optional<CivilDate> day(const sql::Query& q, int column) { return parse_civil_date(q.view(column)); }

struct OpenClaim {
  Id id;
  LetterItem item;
  bool is_disputed = false;
  bool is_waived = false;  // the fixed indemnity
  std::string due_on;      // ISO, or empty
};

// One case, read in parts: each function reads one kind of row.
class CaseReader {
 public:
  CaseReader(sql::Connection& db, const Id& case_id, CivilDate today)
      : db_(db), case_id_(case_id), today_(today), iso_(iso_text(today)) {}

  void read_parties(LetterStanding& standing, LetterFacts& facts) {
    sql::Query q(
        db_,
        "SELECT c.number, c.creditor_id, c.debtor_id, k.name, coalesce(k.address_line, ''),"
        " coalesce(k.postcode, ''), coalesce(k.city, ''), coalesce(k.siren, ''), d.kind, d.b2c, d.status,"
        " coalesce(d.legal_name, d.trade_name, ''), coalesce(d.first_name, ''), coalesce(d.siren, '')"
        " FROM case_file c JOIN creditor k ON k.id = c.creditor_id JOIN debtor d ON d.id = c.debtor_id"
        " WHERE c.id = ?1",
        case_id_);
    if (!q.next()) throw Failure(Code::not_found, "There is no such case.");
    facts.case_number = q.text(0);
    creditor_id_ = q.id(1);
    debtor_id_ = q.id(2);
    facts.creditor = {q.text(3), {q.text(4), q.text(5), q.text(6)}, q.text(7)};
    facts.debtor.name = q.view(12).empty() ? q.text(11) : q.text(12) + " " + q.text(11);
    facts.debtor.siren = q.text(13);
    nature_ = q.view(9) == "yes"                            ? DebtorNature::consumer
              : q.view(9) == "no" || q.view(8) == "company" ? DebtorNature::trader
                                                            : DebtorNature::unknown;
    standing.is_debtor_known = q.view(8) != "unknown";
    standing.is_deceased = q.view(10) == "deceased";
    standing.is_protected = q.view(10) == "protected";
    const MandateStanding mandate = mandate_standing(db_, case_id_, iso_);
    standing.capacity = mandate.is_agency ? Capacity::agency : Capacity::own_name;
    standing.has_mandate = mandate.is_in_force;
    facts.capacity = standing.capacity;
    standing.is_identity_in_review =
        sql::number(db_,
                    "SELECT 1 FROM conflict WHERE row_id = ?1 AND table_name = 'debtor' AND state = 'open'",
                    debtor_id_)
            .has_value();
  }

  void read_stops(LetterStanding& standing) {
    const DunningFacts facts = dunning_facts(dunning_rows(db_, case_id_));
    DunningPeriods periods;
    if (!facts.promises.empty()) periods.promise_grace_days = dated_amount(db_, "promise_grace_days", iso_);
    if (!facts.small_claims_begun.empty())
      periods.small_claim_months = dated_amount(db_, "small_claim_months", iso_);
    standing.stops = dunning_stops(facts, periods, today_);
  }

  void read_letters(LetterStanding& standing, LetterFacts* facts) {
    sql::Query q(
        db_,
        "SELECT kind, state, coalesce(issued_on, ''), coalesce(sent_on, ''), number, tracking FROM letter"
        " WHERE case_id = ?1 AND state IN ('issued', 'sent', 'delivered', 'returned') AND issued_on "
        "IS NOT NULL"
        " ORDER BY issued_on, number",
        case_id_);
    while (q.next()) {
      const auto kind = parse_letter_kind(q.view(0));
      const auto issued_on = day(q, 2);
      if (!kind || !issued_on) continue;
      // One that found nobody at the address told the debtor nothing; one that he refused or left at the post did.
      const bool is_sent = q.view(1) != "issued" && q.view(5) != "unknown_there";
      standing.letters.push_back({*kind, is_sent, day(q, 3), *issued_on});
      if (facts == nullptr || !is_sent) continue;
      // R124-4 wants the day of sending recalled, not that of issue.
      if (*kind == LetterKind::agency_notice && !facts->statutory)
        facts->statutory = StatutoryLetter{q.text(4), day(q, 3).value_or(*issued_on)};
    }
  }

  /// Claims with what is open of each, credits set against those that nobody contests first: where it is in doubt which
  /// debt a credit pays, less is asked.
  void read_claims(LetterStanding& standing, LetterFacts* facts) {
    const auto all = case_facts(db_, case_id_);
    if (all.empty()) return;
    const CaseFacts& figures = all.front();
    load_claims(figures);
    std::int64_t credit = credit_for_claims(figures);
    if (facts != nullptr) {
      facts->balance_cents = figures.balance_cents;
      list_credits(credit, *facts);
    }
    for (const bool is_disputed : {false, true}) {
      std::vector<ClaimDue> dues;
      std::vector<OpenClaim*> places;
      for (OpenClaim& one : claims_) {
        if (one.is_disputed != is_disputed) continue;
        dues.push_back({one.due_on, one.item.open_cents});
        places.push_back(&one);
      }
      const Asked asked = what_is_asked(dues, credit);
      for (std::size_t i = 0; i < places.size(); ++i) places[i]->item.open_cents = asked.open_cents[i];
      if (is_disputed && facts != nullptr) facts->disputed_cents = asked.asked_cents;
      credit = asked.credit_left_cents;
    }
    for (const OpenClaim& one : claims_)
      standing.claims.push_back({one.item.due_on, one.item.open_cents, one.is_disputed});
  }

  /// The items of the letter, and the parts of what is asked.
  void ask(LetterFacts& facts, const LetterPeriods& periods, std::optional<CivilDate>& rate_unknown_from) {
    std::vector<const OpenClaim*> asked;
    for (const OpenClaim& one : claims_) {
      const ScheduledClaim claim{one.item.due_on, one.item.open_cents, one.is_disputed};
      if (facts.kind == LetterKind::pre_due ? is_pre_due(claim, today_, periods) : is_past_due(claim, today_))
        asked.push_back(&one);
    }
    for (const OpenClaim* one : asked) {
      facts.items.push_back(one->item);
      facts.principal_cents += one->item.open_cents;
    }
    if (facts.kind == LetterKind::pre_due) return;
    ask_interest(asked, facts, rate_unknown_from);
    std::vector<LateClaim> late;
    for (const OpenClaim* one : asked)
      late.push_back({.due_on = *one->item.due_on, .paid_on = {}, .is_waived = one->is_waived});
    if (nature_ == DebtorNature::trader)
      facts.charges_cents =
          indemnity_cents(nature_, late, today_, dated_amount(db_, "indemnity_cents", iso_), false);
    read_charges(facts);
  }

  void read_address(LetterFacts& facts) {
    sql::Query q(
        db_,
        "SELECT coalesce(value, ''), coalesce(postcode, ''), coalesce(city, '') FROM contact_point"
        " WHERE debtor_id = ?1 AND type = 'post' AND status IN ('valid', 'unverified')"
        " ORDER BY preferred DESC, status = 'valid' DESC, coalesce(found_on, '') DESC, created_at DESC, id"
        " LIMIT 1",
        debtor_id_);
    if (q.next()) facts.debtor.address = {q.text(0), q.text(1), q.text(2)};
  }

  void read_subject(const LetterOrder& order, LetterFacts& facts) {
    if (order.kind == LetterKind::plan_agreement) read_plan(order.subject_id, facts);
    if (order.kind == LetterKind::receipt || order.subject_id) read_payment(order, facts);
  }

  [[nodiscard]] const Id& creditor_id() const { return creditor_id_; }

 private:
  void load_claims(const CaseFacts& figures) {
    std::map<Id, std::int64_t> open;
    for (const CaseFacts::Claim& one : figures.claims) open[one.id] = one.open_cents;
    sql::Query q(
        db_,
        "SELECT id, coalesce(piece_ref, ''), coalesce(label, ''), coalesce(issued_on, ''), coalesce(due_on, "
        "''),"
        " gross_cents, indemnity_waived,"
        " EXISTS (SELECT 1 FROM dispute s WHERE s.case_id = c.case_id AND s.state = 'open'"
        "  AND (s.claim_id IS NULL OR s.claim_id = c.id))"
        " FROM claim c WHERE case_id = ?1 AND state = 'open' ORDER BY coalesce(due_on, ''), piece_ref, id",
        case_id_);
    while (q.next()) {
      const auto found = open.find(q.id(0));
      if (found == open.end()) continue;
      claims_.push_back({.id = q.id(0),
                         .item = {.piece = q.text(1),
                                  .label = q.text(2),
                                  .issued_on = day(q, 3),
                                  .due_on = day(q, 4),
                                  .gross_cents = q.integer(5),
                                  .open_cents = found->second},
                         .is_disputed = q.integer(7) != 0,
                         .is_waived = q.integer(6) != 0,
                         .due_on = q.text(4)});
    }
  }

  // Each for itself where they add up to what was set off; where parts of them are allocated already, their sum.
  void list_credits(std::int64_t total, LetterFacts& facts) {
    if (total <= 0) return;
    std::int64_t sum = 0;
    const auto take = [&](std::string label, const std::optional<CivilDate>& on, std::int64_t cents) {
      facts.credits.push_back({std::move(label), on, cents});
      sum += cents;
    };
    sql::Query entries(
        db_,
        "SELECT account, kind, coalesce(piece_ref, ''), coalesce(piece_on, booked_on, ''), amount_cents"
        " FROM entry WHERE case_id = ?1 AND amount_cents < 0 AND settled = 0 ORDER BY 4, 3, id",
        case_id_);
    while (entries.next())
      if (is_claim_account(entries.view(0)))
        take((entries.view(1) == "credit_note" ? "Avoir " : "Règlement ") + entries.text(2), day(entries, 3),
             -entries.integer(4));
    sql::Query payments(
        db_,
        "SELECT coalesce(u.paid_on, ''), u.cents FROM " + std::string(kUnbookedMoney) +
            " u WHERE u.case_id = ?1 AND u.cents > 0 AND u.id NOT IN"
            " (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'bounced')"
            " ORDER BY 1, u.id",
        case_id_);
    while (payments.next()) take("Règlement reçu", day(payments, 0), payments.integer(1));
    if (sum != total) facts.credits = {{"Avoirs et règlements à valoir", std::nullopt, total}};
  }

  void ask_interest(const std::vector<const OpenClaim*>& asked, LetterFacts& facts,
                    std::optional<CivilDate>& unknown_from) {
    if (nature_ == DebtorNature::unknown) return;
    const LateInterest interest(db_, case_id_, nature_, iso_);
    for (const OpenClaim* one : asked) {
      const ClaimInterest part = interest.of(one->id, *one->item.due_on, one->item.open_cents);
      facts.interest_cents += part.cents;
      const CivilDate last = part.unknown_from ? add_days(*part.unknown_from, -1) : today_;
      if (part.cents > 0 && (!facts.interest_until || *facts.interest_until < last))
        facts.interest_until = last;
      if (part.unknown_from && (!unknown_from || *part.unknown_from < *unknown_from))
        unknown_from = part.unknown_from;
    }
  }

  // What was booked of interest or charges, less what payments were set against it.
  [[nodiscard]] std::int64_t open_booked(std::string_view kind, std::string_view part) {
    const auto booked = sql::number(
        db_,
        "SELECT CAST(coalesce(sum(amount_cents), 0) AS BIGINT) FROM entry WHERE case_id = ?1 AND kind = ?2"
        " AND settled = 0 AND id NOT IN (SELECT entry_id FROM claim WHERE entry_id IS NOT "
        "NULL AND case_id = ?1)",
        case_id_, kind);
    const auto paid = sql::number(
        db_,
        "SELECT CAST(coalesce(sum(amount_cents), 0) AS BIGINT) FROM allocation WHERE case_id = ?1 AND part = "
        "?2 AND undone = 0",
        case_id_, part);
    return std::max<std::int64_t>(booked.value_or(0) - paid.value_or(0), 0);
  }

  // An indemnity that was booked with a payment is asked as what is left of it, and not once more: nobody wrote down of
  // which invoice it was, so in doubt less is asked. Costs of recovery stay with the creditor (CPCE L111-8): counted to
  // be refused.
  void read_charges(LetterFacts& facts) {
    std::int64_t indemnity = 0;
    sql::Query q(db_,
                 "SELECT coalesce(label, ''), amount_cents FROM entry WHERE case_id = ?1 AND kind = 'charge'",
                 case_id_);
    while (q.next()) {
      const std::string label = plain_french(q.view(0));
      if (label.find("indemnite forfaitaire") != std::string::npos)
        indemnity += q.integer(1);
      else if (label.find("recouvrement") != std::string::npos)
        facts.recovery_costs_cents += q.integer(1);
    }
    facts.recovery_costs_cents = std::max<std::int64_t>(facts.recovery_costs_cents, 0);
    facts.charges_cents =
        std::max<std::int64_t>(facts.charges_cents - std::max<std::int64_t>(indemnity, 0), 0) +
        open_booked("charge", "charges");
    facts.interest_cents += open_booked("interest", "interest");
  }

  void read_plan(const std::optional<Id>& plan, LetterFacts& facts) {
    sql::Query q(
        db_,
        "SELECT id, whole_if_missed, debt_acknowledged FROM payment_plan WHERE case_id = ?1 AND"
        " (?2 IS NULL OR id = ?2) AND state IN ('approved', 'active') ORDER BY version DESC, id LIMIT 1",
        case_id_, plan);
    if (!q.next())
      throw Failure(Code::not_found,
                    "The case has no approved plan; a plan is proposed and approved before its letter.");
    facts.is_whole_if_missed = q.integer(1) != 0;
    facts.is_debt_acknowledged = q.integer(2) != 0;
    sql::Query parts(
        db_, "SELECT position, due_on, amount_cents FROM instalment WHERE plan_id = ?1 ORDER BY position",
        q.id(0));
    while (parts.next())
      if (const auto due = day(parts, 1))
        facts.instalments.push_back({parts.integer(0), *due, parts.integer(2)});
  }

  void read_payment(const LetterOrder& order, LetterFacts& facts) {
    sql::Query q(db_,
                 "SELECT amount_cents, coalesce(paid_on, ''), coalesce(means, ''), state FROM payment WHERE "
                 "id = ?1 AND "
                 "case_id = ?2",
                 order.subject_id, case_id_);
    if (!q.next()) {
      if (order.kind != LetterKind::receipt) return;
      throw Failure(Code::not_found, "A receipt is for one payment of the case; name it with --payment ID.");
    }
    if (order.kind == LetterKind::receipt && q.view(3) != "received")
      throw Failure(Code::refused,
                    "A receipt is for money that was received; this payment is only " + q.text(3) + ".");
    if (order.kind == LetterKind::receipt) require_standing(*order.subject_id);
    facts.payment = LetterPayment{.cents = q.integer(0), .on = day(q, 1), .means = q.text(2)};
  }

  // A receipt proves that the debtor has paid.
  void require_standing(const Id& payment) {
    sql::Query q(
        db_,
        "SELECT state, coalesce(paid_on, '') FROM payment WHERE amends_id = ?1 AND state <> 'declared'"
        " ORDER BY state, paid_on, id LIMIT 1",
        payment);
    if (!q.next()) return;
    if (q.view(0) == "bounced")
      throw Failure(Code::refused, "This payment came back" +
                                       (q.view(1).empty() ? std::string() : " on " + q.text(1)) +
                                       ": nothing was paid by it, so it has no receipt. Nothing was stored.");
    throw Failure(
        Code::refused,
        "Another payment takes this one's place: give the receipt for that one. Nothing was stored.");
  }

  sql::Connection& db_;
  Id case_id_, creditor_id_, debtor_id_;
  CivilDate today_;
  std::string iso_;
  DebtorNature nature_ = DebtorNature::unknown;
  std::vector<OpenClaim> claims_;
};

LetterSender read_sender(sql::Connection& db) {
  sql::Query q(
      db,
      "SELECT name, coalesce(address_line, ''), coalesce(postcode, ''), coalesce(city, ''), coalesce(siren, "
      "''),"
      " coalesce(phone, ''), coalesce(email, ''), coalesce(pay_to, ''), coalesce(insurance_ref, ''),"
      " coalesce(account_ref, ''), coalesce(declared_on, ''), coalesce(privacy_contact, '') FROM sender"
      " ORDER BY created_at DESC, id LIMIT 1");
  if (!q.next()) return {};
  return {.name = q.text(0),
          .address = {q.text(1), q.text(2), q.text(3)},
          .siren = q.text(4),
          .phone = q.text(5),
          .email = q.text(6),
          .pay_to = q.text(7),
          .insurance_ref = q.text(8),
          .account_ref = q.text(9),
          .declared_on = day(q, 10),
          .privacy_contact = q.text(11)};
}

}  // namespace

CaseForLetters read_case(sql::Connection& db, const LetterOrder& order, CivilDate today) {
  CaseForLetters out;
  LetterFacts& facts = out.facts;
  facts.kind = order.kind;
  facts.issued_on = today;
  facts.passage = order.passage;
  facts.sender = read_sender(db);
  facts.law_text = law_text(db, today);
  CaseReader reader(db, order.case_id, today);
  reader.read_parties(out.standing, facts);
  reader.read_address(facts);
  reader.read_stops(out.standing);
  reader.read_letters(out.standing, &facts);
  reader.read_claims(out.standing, &facts);
  if (asks_for_payment(order.kind)) reader.ask(facts, letter_periods(db, today), out.rate_unknown_from);
  reader.read_subject(order, facts);
  return out;
}

LetterStanding read_standing(sql::Connection& db, const Id& case_id, CivilDate today) {
  LetterStanding standing;
  LetterFacts unused;
  CaseReader reader(db, case_id, today);
  reader.read_parties(standing, unused);
  reader.read_stops(standing);
  reader.read_letters(standing, nullptr);
  reader.read_claims(standing, nullptr);
  return standing;
}

LetterPeriods letter_periods(sql::Connection& db, CivilDate today) {
  const std::string iso = iso_text(today);
  return {.pre_due_from_days = dated_amount(db, "pre_due_from_days", iso),
          .pre_due_until_days = dated_amount(db, "pre_due_until_days", iso),
          .gap_days = dated_amount(db, "reminder_gap_days", iso)};
}

std::string law_text(sql::Connection& db, CivilDate today) {
  const auto found =
      sql::text(db,
                "SELECT body FROM letter_template WHERE kind = 'other' AND title = ?1 AND valid_from <= ?2"
                " AND (valid_to IS NULL OR valid_to >= ?2) ORDER BY version DESC, valid_from DESC LIMIT 1",
                kLawTextTitle, iso_text(today));
  if (!found)
    throw Failure(Code::not_found,
                  "There is no template `" + std::string(kLawTextTitle) +
                      "` of kind other for this day: it holds the text of law that letters quote.");
  return *found;
}

LetterTemplate letter_template(sql::Connection& db, LetterKind kind, const std::optional<Id>& creditor,
                               CivilDate today) {
  sql::Query q(db,
               "SELECT id, title, body, version FROM letter_template WHERE kind = ?1 AND language = 'fr' AND "
               "title <> ?2"
               " AND (creditor_id IS NULL OR creditor_id = ?3) AND valid_from <= ?4 AND (valid_to IS NULL OR "
               "valid_to >= "
               "?4) ORDER BY creditor_id IS NULL, version DESC, valid_from DESC, id LIMIT 1",
               name_of(kind), kLawTextTitle, creditor, iso_text(today));
  if (!q.next())
    throw Failure(Code::not_found, "There is no template of kind " + std::string(name_of(kind)) +
                                       " in force; `relance-server template publish` makes one.");
  return {.id = q.id(0), .title = q.text(1), .body = q.text(2), .version = q.integer(3)};
}

}  // namespace relance::server
